/**
 * Additive shares between the platform P and the key holder H, and pairwise masks among those who send.
 *
 * A sender k gives P   v_k - PRG(k,H) + sum_{j<k} PRG(j,k) - sum_{j>k} PRG(k,j)   and H derives PRG(k,H) itself: the
 * pair masks cancel in P's sum, so P's and H's sums are shares of sum_k v_k and neither sees one v_k (protocol.md 5).
 */
import { addInto, residueOf, subtractInto } from './field.ts'
import type { StreamLabel } from './stream.ts'
import { uniformResidues, uniformWords } from './stream.ts'
import type { Suite } from './suite/suite.ts'

/** The pair secrets of one sender: with the key holder, and with every other sender, in the order of the plan. */
export interface PairSecrets {
  readonly keyHolder: Uint8Array
  /** Secrets with senders that stand before this one (their mask is added). */
  readonly before: readonly Uint8Array[]
  /** Secrets with senders that stand after this one (their mask is subtracted). */
  readonly after: readonly Uint8Array[]
}

/**
 * The masked vector that a sender gives P.
 * @param values signed safe integers, one a row
 * @returns uniform residues mod t
 */
export function maskResidues(
  suite: Suite,
  secrets: PairSecrets,
  label: StreamLabel,
  values: ArrayLike<number>,
): Float64Array {
  const masked = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) masked[i] = residueOf(values[i])
  subtractInto(masked, uniformResidues(suite, secrets.keyHolder, label, masked.length))
  for (const secret of secrets.before) addInto(masked, uniformResidues(suite, secret, label, masked.length))
  for (const secret of secrets.after)
    subtractInto(masked, uniformResidues(suite, secret, label, masked.length))
  return masked
}

/** H's share: the sum of PRG(k,H) over the senders. */
export function keyHolderShare(
  suite: Suite,
  secrets: readonly Uint8Array[],
  label: StreamLabel,
  count: number,
): Float64Array {
  const share = new Float64Array(count)
  for (const secret of secrets) addInto(share, uniformResidues(suite, secret, label, count))
  return share
}

/** The masked points that a provider gives P at night: values + PRG(k,H) +- PRG(k,k') mod 2^32 (protocol.md 7). */
export function maskWords(
  suite: Suite,
  secrets: PairSecrets,
  label: StreamLabel,
  values: Int32Array,
): Uint32Array {
  const masked = new Uint32Array(values.length)
  for (let i = 0; i < masked.length; i++) masked[i] = values[i]
  addWords(masked, uniformWords(suite, secrets.keyHolder, label, masked.length))
  for (const secret of secrets.before) addWords(masked, uniformWords(suite, secret, label, masked.length))
  for (const secret of secrets.after) subtractWords(masked, uniformWords(suite, secret, label, masked.length))
  return masked
}

/** What H releases for one opening: the sum of PRG(k,H) over its one set, mod 2^32. */
export function keyHolderWords(
  suite: Suite,
  secrets: readonly Uint8Array[],
  label: StreamLabel,
  count: number,
): Uint32Array {
  const words = new Uint32Array(count)
  for (const secret of secrets) addWords(words, uniformWords(suite, secret, label, count))
  return words
}

/** target += source mod 2^32 (typed arrays wrap by themselves). */
export function addWords(target: Uint32Array, source: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] += source[i]
}

/** target -= source mod 2^32. */
export function subtractWords(target: Uint32Array, source: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] -= source[i]
}
