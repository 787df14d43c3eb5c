import type { RowAppender } from '../../source/row-appender.ts'
import type { Stream } from '../random.ts'

/** What is planted in a file. */
export type DefectKind = 'wrong_code' | 'duplicate' | 'negative_correction'

/** The rule of the class that a planted row breaks. */
export type ExpectedRules = Readonly<Record<DefectKind, string>>

/** Name of the table of the session that collects what is planted. */
export const DEFECT_TABLE = 'planted_defects'

/** Takes note of what is planted in one file while its rows are laid out, account by account. */
export class Defects {
  readonly #appender: RowAppender
  readonly #place: { readonly party: string; readonly file: string }
  readonly #rules: ExpectedRules
  /** Rows of the accounts before. */
  #start = 0

  constructor(appender: RowAppender, place: { party: string; file: string }, rules: ExpectedRules) {
    this.#appender = appender
    this.#place = place
    this.#rules = rules
  }

  /** Rows laid out so far. */
  get rows(): number {
    return this.#start
  }

  /** @param row row of the account under way, 0 = its first */
  note(row: number, kind: DefectKind): void {
    const { party, file } = this.#place
    this.#appender.row([party, file, this.#start + row + 1, kind, this.#rules[kind]])
  }

  /** Goes on to the next account. */
  advance(rows: number): void {
    this.#start += rows
  }
}

const DIGITS = '0123456789'

/** A credit code as it is mistyped: the wrong check character, a letter that no code has, two digits swapped, one character short. */
export function mistype(uscc: string, stream: Stream): string {
  const kind = Math.floor(stream.uniform() * 4)
  if (kind === 0) {
    const others = DIGITS.replace(uscc[17], '')
    return uscc.slice(0, 17) + others[Math.floor(stream.uniform() * others.length)]
  }
  if (kind === 1) return `${uscc.slice(0, 8)}O${uscc.slice(9)}`
  // Codes here have the letters WYX at 9 to 11, so neighbours at 10 and 11 always differ.
  if (kind === 2) return `${uscc.slice(0, 9)}${uscc[10]}${uscc[9]}${uscc.slice(11)}`
  return uscc.slice(0, 17)
}

/** The rules of a class that planted rows break, as its validation names them. */
export function expectedRules(klass: string): ExpectedRules {
  return {
    wrong_code: `${klass}.uscc`,
    duplicate: `${klass}.duplicate`,
    negative_correction: `${klass}.usage-not-negative`,
  }
}
