/** What outlives a run in tests: identities, ledgers with a past, and what label holders remember of them. */
import {
  createIdentity,
  type Enrolled,
  KEY_HOLDER,
  Ledger,
  Membership,
  memoryLedger,
  memoryOfHead,
  PLATFORM,
} from '../../../federation/index.ts'
import type { Charge } from '../../../federation/ledger-entry.ts'
import { labelDigest, snapshotOf } from '../../../federation/snapshot.ts'
import type { ConsortiumInput } from '../../helpers/consortium.ts'

export const BANKS = ['bank-1', 'bank-2']

/** Identities of the parties of an input, as a consortium in one process names them. */
export function enrol({ providers }: ConsortiumInput): ReadonlyMap<string, Enrolled> {
  const made = [
    createIdentity(PLATFORM, 'platform'),
    createIdentity(KEY_HOLDER, 'keyholder'),
    ...providers.map(({ name }) => createIdentity(name, 'provider')),
    ...BANKS.map((name) => createIdentity(name, 'label-holder')),
  ]
  return new Map(made.map((one) => [one.identity.name, one]))
}

export function membershipOf(enrolled: ReadonlyMap<string, Enrolled>, name: string): Membership {
  const members = [...enrolled.values()].map(({ member }) => member)
  const list = { consortium: 'one process', suite: 'international', members } as const
  return new Membership(list, enrolled.get(name)!.identity)
}

/** The snapshot that the labels of an input make. */
export function snapshotIn(input: ConsortiumInput, enrolled: ReadonlyMap<string, Enrolled>): string {
  const digests = BANKS.map((name, index) =>
    labelDigest(membershipOf(enrolled, name), input.labelHolders[index]),
  )
  return snapshotOf(membershipOf(enrolled, PLATFORM).suite, BANKS, digests, ['', ''])
}

/** One past release that cost as much as is said. */
export const past = (rho: number, what = 'gradients of an earlier run'): Charge => ({
  ...{ what, released: 1, sigma: 10 },
  ...{ rho, rhoCounted: rho },
})

/** The text of a ledger that charged so much on a snapshot. @param families none for a ledger of before there were periods */
export async function ledgerText(
  enrolled: ReadonlyMap<string, Enrolled>,
  snapshot: string,
  charges: readonly Charge[],
  families?: readonly string[],
): Promise<string> {
  const store = memoryLedger()
  const ledger = await Ledger.open(store, membershipOf(enrolled, PLATFORM), null)
  const about = { snapshot, planHash: '', ...(families && { families }) }
  // Of a run each, because a run charges a thing once.
  for (const [index, charge] of charges.entries())
    await ledger.charge({ ...about, run: `run-0-${index}` }, [charge])
  return store.text
}

/** The first so many lines of a ledger: what an old disk holds. */
export const restored = (text: string, lines: number): string =>
  text
    .split('\n')
    .slice(0, lines)
    .map((line) => `${line}\n`)
    .join('')

/** State of all nodes: the two servers with these ledgers, label holders that were shown the whole of one. */
export function keptWith(
  enrolled: ReadonlyMap<string, Enrolled>,
  platform: string,
  keyHolder: string,
  shown = '',
) {
  const lines = shown.trim().split('\n').filter(Boolean)
  const last = lines.length > 0 ? (JSON.parse(lines.at(-1)!) as { hash: string }) : null
  const head = last && { entries: lines.length, hash: last.hash }
  return {
    enrolled,
    ledgers: { platform: memoryLedger(platform), keyHolder: memoryLedger(keyHolder) },
    memories: Object.fromEntries(BANKS.map((name) => [name, memoryOfHead(head)])),
  }
}
