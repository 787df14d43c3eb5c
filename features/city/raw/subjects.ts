import { type Firms, makeFirms } from '../firms.ts'
import { openStream, type Stream } from '../random.ts'
import { CALENDAR } from './calendar.ts'
import { firmName, nameVariant } from './names.ts'
import { ALL_TRADES, drawTrades, type Trade } from './trades.ts'

/** Everybody in a raw city: the firms, what they do, and how they will be a year after the as-of date. */
export interface Subjects {
  readonly firms: Firms
  /** The same firms a year later: older, and as healthy as they will be then. */
  readonly later: Firms
  /** Index into `ALL_TRADES` of each firm. */
  readonly trades: Uint8Array
}

/** How much of a firm's health lasts for a year. */
const HEALTH_LASTS = 0.85

export function makeSubjects(enterprises: number, individuals: number, seed: number): Subjects {
  const firms = makeFirms(enterprises, seed, individuals)
  const stream = openStream(seed, 'later')
  const fresh = Math.sqrt(1 - HEALTH_LASTS ** 2)
  const later: Firms = {
    ...firms,
    health: firms.health.map((health) => HEALTH_LASTS * health + fresh * stream.normal()),
    ageMonths: firms.ageMonths.map((age) => age + 12),
  }
  return { firms, later, trades: drawTrades(firms, seed) }
}

export function isIndividual({ firms }: Subjects, firm: number): boolean {
  return firm >= firms.enterprises
}

export function tradeOf({ trades }: Subjects, firm: number): Trade {
  return ALL_TRADES[trades[firm]]
}

/** The registered name. */
export function nameOf(subjects: Subjects, firm: number): string {
  const { ids } = subjects.firms
  return firmName(ids[firm], firm, tradeOf(subjects, firm).word, isIndividual(subjects, firm))
}

/** How often a department writes a name in its own way. */
const VARIANTS = 0.03

/** The name as one department has it in its books. */
export function recordedName(subjects: Subjects, firm: number, stream: Stream): string {
  const name = nameOf(subjects, firm)
  return stream.chance(VARIANTS) ? nameVariant(name, Math.floor(stream.uniform() * 4)) : name
}

/** The first month of which a department has records: the window's, or for a young firm the one after it opened its account. */
export function firstMonth({ firms }: Subjects, firm: number, stream: Stream): number {
  const opened = CALENDAR.asOfMonth - firms.ageMonths[firm] + 1 + Math.floor(3 * stream.uniform())
  return Math.max(0, opened)
}
