/**
 * Platform and key holder compare their ledgers whenever a run opens. Where one chain is the beginning of the other (a restored
 * old disk, or a crash between the two appends) the shorter side takes over what it lacks: spending is never forgotten. Chains
 * that differ refuse every run.
 */
import { federationErrors } from './errors.ts'
import type { Ledger } from './ledger.ts'
import { type LedgerEntry, type LedgerHead, parseEntries } from './ledger-entry.ts'

/**
 * What the other side lacks of this chain; nothing where the other is longer.
 * @throws LedgerForked where the other side's head is not one of this chain
 */
export function lackedBy(ledger: Ledger, other: LedgerHead): LedgerEntry[] {
  const own = ledger.head
  if (other.entries > own.entries) return []
  if (ledger.hashAt(other.entries) !== other.hash) {
    throw new federationErrors.LedgerForked(Math.max(0, other.entries - 1))
  }
  return ledger.since(other.entries)
}

/**
 * Takes over what the other side sent, up to its head.
 * @param opening the run that begins: nothing was released in it, so an entry of it would only make what it releases look paid
 * @returns how many entries were missing here
 * @throws LedgerForked where they do not follow this chain or do not end at that head
 */
export async function catchUp(
  ledger: Ledger,
  other: LedgerHead,
  lines: Uint8Array,
  opening?: string,
): Promise<number> {
  const missing = parseEntries(Buffer.from(lines).toString('utf8'))
  const before = ledger.head.entries
  const last = missing.at(-1)
  const early = missing.some((entry) => entry?.run === opening)
  if (before + missing.length !== other.entries || last?.hash !== other.hash || early) {
    throw new federationErrors.LedgerForked(before)
  }
  try {
    await ledger.adopt(missing)
  } catch (fault) {
    if (fault instanceof federationErrors.LedgerTampered) throw new federationErrors.LedgerForked(before)
    throw fault
  }
  return missing.length
}

/** True where a ledger contains another side's chain. */
export const contains = (ledger: Ledger, other: LedgerHead): boolean =>
  ledger.hashAt(other.entries) === other.hash

/**
 * A run that was left goes on only over a ledger that holds what the run had charged: one set back to an older disk would be
 * charged for the rest alone, and be another chain than the other server's.
 * @throws LedgerSetBack
 */
export function checkNotSetBack(server: string, ledger: Ledger, run: string, left: LedgerHead): void {
  if (!contains(ledger, left))
    throw new federationErrors.LedgerSetBack(server, `${ledger.head.entries} of ${left.entries}`, run)
}

/**
 * A label holder's own memory: the head of the ledger it was last shown. Restoring the disks of both servers shows here.
 * @throws LedgerBehind
 */
export function checkNotBehind(seen: LedgerHead | null, shown: LedgerHead): void {
  if (!seen) return
  const same = shown.entries === seen.entries && shown.hash === seen.hash
  if (!same && shown.entries <= seen.entries)
    throw new federationErrors.LedgerBehind(shown.entries, seen.entries)
}
