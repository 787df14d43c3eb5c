/**
 * Uniform streams that two parties derive from a shared secret: residues mod t for shares, 32-bit words for scores.
 * One label serves one payload (protocol.md section 3); a block of {@link SHARE_BLOCK} rows has a label of its own, so
 * that blocks can be drawn in parallel and any one of them again.
 */
import { engineErrors } from './errors.ts'
import { isResidue, RESIDUE_BYTES, T } from './field.ts'
import type { Suite } from './suite/suite.ts'

/** Rows of one share block. */
export const SHARE_BLOCK = 8192

/** What a stream is for. Every field takes part in the label, so two different purposes never share a stream. */
export interface StreamLabel {
  readonly consortium: string
  /** Label snapshot or night. */
  readonly snapshot: string
  readonly run: string
  readonly opening: string
  readonly phase: string
  readonly round: number
  readonly attempt: number
}

/** Most bytes of a label: what a key derivation of any suite takes. */
const MOST_LABEL_BYTES = 1024

/**
 * The label as text; parts are length-prefixed so that no two labels have the same text.
 * @throws OutOfRange for a lone surrogate, which as bytes would be the same as any other, and for a label that is too long
 */
export function labelText(label: StreamLabel, block: number): string {
  const text = [
    label.consortium,
    label.snapshot,
    label.run,
    label.opening,
    label.phase,
    label.round,
    label.attempt,
    block,
  ]
    .map(String)
    .map((part) => `${part.length}:${part}`)
    .join('')
  if (!text.isWellFormed() || Buffer.byteLength(text) > MOST_LABEL_BYTES) {
    throw new engineErrors.OutOfRange('the label of a stream', `whole characters, ${MOST_LABEL_BYTES} bytes`)
  }
  return text
}

/**
 * Reads uniform residues out of a byte source: 46 of every 48 bits, values not below t are rejected.
 * @param more called for `length` further bytes of the same stream, from byte `offset` on
 */
export function residuesFrom(
  more: (offset: number, length: number) => Uint8Array,
  count: number,
): Float64Array {
  const values = new Float64Array(count)
  let filled = 0
  let offset = 0
  while (filled < count) {
    // A rejection is rare (2^-27), so the first read almost always suffices.
    const length = (count - filled) * RESIDUE_BYTES
    const bytes = more(offset, length)
    const view = new DataView(bytes.buffer, bytes.byteOffset, length)
    offset += length
    for (let at = 0; at < length; at += RESIDUE_BYTES) {
      const candidate = (view.getUint16(at + 4, true) & 0x3fff) * 4294967296 + view.getUint32(at, true)
      if (isResidue(candidate)) values[filled++] = candidate
    }
  }
  return values
}

function keyStream(suite: Suite, key: Uint8Array): (offset: number, length: number) => Uint8Array {
  return (offset, length) => suite.stream(key, offset + length).subarray(offset)
}

/** `count` uniform residues mod t under a label, block by block. */
export function uniformResidues(
  suite: Suite,
  secret: Uint8Array,
  label: StreamLabel,
  count: number,
): Float64Array {
  const values = new Float64Array(count)
  for (let from = 0, block = 0; from < count; from += SHARE_BLOCK, block++) {
    const key = suite.derive(secret, labelText(label, block))
    values.set(residuesFrom(keyStream(suite, key), Math.min(SHARE_BLOCK, count - from)), from)
  }
  return values
}

/** `count` uniform 32-bit words under a label, block by block. */
export function uniformWords(
  suite: Suite,
  secret: Uint8Array,
  label: StreamLabel,
  count: number,
): Uint32Array {
  const words = new Uint32Array(count)
  for (let from = 0, block = 0; from < count; from += SHARE_BLOCK, block++) {
    const rows = Math.min(SHARE_BLOCK, count - from)
    const bytes = suite.stream(suite.derive(secret, labelText(label, block)), rows * 4)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < rows; i++) words[from + i] = view.getUint32(i * 4, true)
  }
  return words
}

/** Uniform residues from a random source instead of a shared secret (masks that only one party knows). */
export function freshResidues(randomBytes: (length: number) => Uint8Array, count: number): Float64Array {
  return residuesFrom((_offset, length) => randomBytes(length), count)
}

/** Uniform nonzero residue: what a provider adds for a row that one of its exclusion rules hits. */
export function freshNonzeroResidue(randomBytes: (length: number) => Uint8Array): number {
  for (;;) {
    const [value] = freshResidues(randomBytes, 1)
    if (value !== 0 && value < T) return value
  }
}

/**
 * Remembers what was masked under which label: the same payload may be sent again, another one may not, because two
 * payloads under one stream are a two-time pad (security.md T06).
 */
export class LabelGuard {
  #used: Map<string, string>

  /** @param used what {@link used} said before a run was gone on with */
  constructor(used: readonly (readonly [label: string, payload: string])[] = []) {
    this.#used = new Map(used)
  }

  /** Texts of labels and digests of what was masked: for the party's own sealed state. */
  get used(): [label: string, payload: string][] {
    return [...this.#used]
  }

  /**
   * @param payload digest of the unmasked payload
   * @throws LabelReused
   */
  claim(label: StreamLabel, payload: string): void {
    const text = labelText(label, 0)
    const earlier = this.#used.get(text)
    if (earlier !== undefined && earlier !== payload) throw new engineErrors.LabelReused(text)
    this.#used.set(text, payload)
  }
}
