/** One link of the ledger's chain, its text form and the check that a chain is whole. */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { Suite } from '../engine/index.ts'
import { federationErrors } from './errors.ts'

/** One release as the ledger takes it; a rho of null means unbounded, because numbers leave without noise. */
export interface Charge {
  readonly what: string
  /** Numbers released. */
  readonly released: number
  /** sd of the noise of each server, in units of one row; null where an opening carries none by design. */
  readonly sigma: number | null
  readonly rho: number | null
  readonly rhoCounted: number | null
}

/** Sum of charges; null where something left without noise. */
export interface Spent {
  readonly rho: number | null
  readonly rhoCounted: number | null
}

export interface LedgerEntry extends Charge {
  readonly index: number
  readonly consortium: string
  /** The label snapshot that it was computed from. */
  readonly snapshot: string
  /** The label periods that the charge counts against; an entry of an older ledger names none and counts against all. */
  readonly families?: readonly string[]
  readonly run: string
  /** Empty before there is a plan. */
  readonly planHash: string
  readonly previous: string
  readonly hash: string
}

/** How long a chain is and the hash of its last entry, empty for none. */
export interface LedgerHead {
  readonly entries: number
  readonly hash: string
}

const Text = Type.String({ maxLength: 1024 })
const Hash = Type.String({ pattern: '^([0-9a-f]{64})?$' })
const Amount = Type.Union([Type.Number({ minimum: 0 }), Type.Null()])
const Entry = Type.Object(
  {
    index: Type.Integer({ minimum: 0 }),
    consortium: Text,
    snapshot: Text,
    // Charged to nobody, a release would be free.
    families: Type.Optional(Type.Array(Text, { minItems: 1 })),
    run: Text,
    planHash: Hash,
    what: Text,
    released: Type.Integer({ minimum: 0 }),
    sigma: Amount,
    rho: Amount,
    rhoCounted: Amount,
    previous: Hash,
    hash: Hash,
  },
  { additionalProperties: false },
)
const check = Compile(Entry)

/** The entry that follows a head. */
export function linkEntry(
  suite: Suite,
  head: LedgerHead,
  about: Pick<LedgerEntry, 'consortium' | 'snapshot' | 'families' | 'run' | 'planHash'>,
  charge: Charge,
): LedgerEntry {
  const { consortium, snapshot, families, run, planHash } = about
  const { what, released, sigma, rho, rhoCounted } = charge
  const entry = {
    index: head.entries,
    consortium,
    snapshot,
    ...(families && { families }),
    run,
    planHash,
    what,
    released,
    sigma,
    rho,
    rhoCounted,
    previous: head.hash,
  }
  const hash = suite.hash(Buffer.from('yinxin ledger 1\n'), Buffer.from(JSON.stringify(entry), 'utf8'))
  return { ...entry, hash: Buffer.from(hash).toString('hex') }
}

/** Entries as lines of JSON, each with its line end: the form on disk and between the two servers. */
export const entriesText = (entries: readonly LedgerEntry[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')

/**
 * Entries of whole lines; null stands for one that is no entry.
 * @param text ends with a line end, or is empty
 */
export function parseEntries(text: string): (LedgerEntry | null)[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      try {
        const value: unknown = JSON.parse(line)
        return check.Check(value) ? (value as LedgerEntry) : null
      } catch {
        return null
      }
    })
}

/**
 * Checks that entries follow a head, link by link.
 * @returns the head after them
 * @throws LedgerTampered naming the first entry that does not follow
 */
export function verifyEntries(
  suite: Suite,
  consortium: string,
  head: LedgerHead,
  entries: readonly (LedgerEntry | null)[],
): LedgerHead {
  let at = head
  for (const entry of entries) {
    const again = entry && linkEntry(suite, at, entry, entry)
    if (!again || entry.consortium !== consortium || JSON.stringify(again) !== JSON.stringify(entry)) {
      throw new federationErrors.LedgerTampered(at.entries)
    }
    at = { entries: at.entries + 1, hash: entry.hash }
  }
  return at
}
