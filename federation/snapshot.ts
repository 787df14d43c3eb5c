/**
 * The identity of a label snapshot. It follows the labels and the label periods that their holders count them to. A digest
 * is keyed with the secret that a label holder shares with the key holder: the platform cannot test guesses against it.
 */
import type { Suite } from '../engine/index.ts'
import type { LabelPeriod } from './label-period.ts'
import { KEY_HOLDER, type Membership } from './members.ts'
import type { LabelData } from './ports.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Hash of the labels themselves; stays with their holder. */
export const labelContent = (suite: Suite, { labelled, bad }: LabelData): string =>
  hex(suite.hash(labelled, bad))

/** What a label holder says of its labels: the same for the same labels, else telling nothing. */
export function labelDigest(membership: Membership, labels: LabelData): string {
  const { suite } = membership
  return hex(suite.derive(membership.pairSecret(KEY_HOLDER, 'label digest'), labelContent(suite, labels)))
}

/** The name of the snapshot that digests and periods of all label holders make, in the order of the run. */
export function snapshotOf(
  suite: Suite,
  labelHolders: readonly string[],
  digests: readonly string[],
  periods: readonly LabelPeriod[],
): string {
  const text = JSON.stringify(labelHolders.map((name, index) => [name, digests[index], periods[index]]))
  return `labels-${hex(suite.hash(Buffer.from('yinxin snapshot 2\n'), Buffer.from(text, 'utf8'))).slice(0, 32)}`
}
