/** The last step of a night at the platform: the key holder opens the sum that was proposed, once. */
import { addInto, subtractWords, unpackResidues } from '../../engine/index.ts'
import { nightCharge } from '../charges.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import { decodeBody } from '../messages/codec.ts'
import { wordsOfBytes } from '../runs/words.ts'
import type { NightContext, NightTotals } from './night-context.ts'
import { type NightDesk, PartyGone } from './night-desk.ts'
import type { PendingNight } from './platform-memory.ts'

/**
 * Asks for the opening, enters it into the ledger and takes it as opened.
 * @param missing entries of the ledger that the key holder lacks
 * @throws PartyGone for the key holder; what it refused is given up
 */
export async function openNight(
  { memory, ledger, node }: NightContext,
  desk: NightDesk,
  pending: PendingNight,
  missing: Uint8Array,
): Promise<NightTotals> {
  const { sum, unrated, publicOnly, parts, night, planHash, rosterDigest, at } = pending
  const rows = unrated.length
  const commit = { ...decodeBody('night.commit', PLATFORM, pending.commit), missing }
  await node.post(KEY_HOLDER, 'night.commit', commit)
  const { body } = await desk.take('night.masks', KEY_HOLDER).catch(async (fault) => {
    if (fault instanceof PartyGone && fault.refused) await memory.giveUp()
    throw fault
  })
  const { suite, consortium } = node.membership
  const { snapshot, charge } = nightCharge(suite, consortium, commit, rows)
  // Only now: what was refused is no opening, and the key holder misses none in its book.
  if (!ledger.has(snapshot, charge.what)) await ledger.charge({ snapshot, run: night, planHash }, [charge])
  const points = Uint32Array.from(sum.points)
  const fired = Float64Array.from(sum.exclusions)
  // Points travel as value + PRG(k,H), so what H releases comes off; exclusions as value - PRG(k,H), so it goes on.
  subtractWords(points, wordsOfBytes(body.points, rows))
  addInto(fired, unpackResidues(body.exclusions, rows))
  await memory.accept()
  const rated = <V extends Int32Array | Uint8Array>(values: V): V => {
    for (let row = 0; row < rows; row++) if (unrated[row]) values[row] = 0
    return values
  }
  const stale = parts.flatMap(({ since }) => since ?? []).sort()
  return {
    ...{ night, planHash, rosterDigest, at, unrated, publicOnly, parts },
    totals: rated(new Int32Array(points.buffer)),
    excluded: rated(Uint8Array.from(fired, (residue) => (residue === 0 ? 0 : 1))),
    staleSince: stale[0] ?? null,
  }
}
