/** The files by which a node knows its consortium, signed by an office that is forgotten at once. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Member, type SuiteName, signMemberList, suiteNamed } from '../../federation/index.ts'

/** Writes `members.json` and `consortium.json` into a folder. */
export function writeMembers(
  folder: string,
  { consortium, suite, members }: { consortium: string; suite: SuiteName; members: readonly Member[] },
): void {
  const root = suiteNamed(suite).createSigningKeys()
  const issued = '2026-01-01T00:00:00.000Z'
  const signed = signMemberList(root.privateKey, { consortium, suite, version: 1, issued, members })
  const pinned = { consortium, suite, rootKey: Buffer.from(root.publicKey).toString('hex') }
  writeFileSync(join(folder, 'members.json'), JSON.stringify(signed))
  writeFileSync(join(folder, 'consortium.json'), JSON.stringify(pinned))
}
