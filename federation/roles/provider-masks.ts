/** Masks of what a provider sends for sums over all providers: each label serves one payload of one run. */
import { LabelGuard, maskResidues, maskWords, packResidues } from '../../engine/index.ts'
import type { OpenedRun } from '../approval.ts'
import type { Node } from '../node.ts'
import { streamLabel } from '../runs/stream-label.ts'
import { bytesOfWords } from '../runs/words.ts'

/** Labels used, each with the digest of what was masked. */
export type Masked = readonly (readonly [label: string, payload: string])[]

export class ProviderMasks {
  #node: Node
  #opened: OpenedRun
  #guard: LabelGuard

  /** @param masked what was masked before the run was gone on with */
  constructor(node: Node, opened: OpenedRun, masked: Masked = []) {
    this.#node = node
    this.#opened = opened
    this.#guard = new LabelGuard(masked)
  }

  get state(): Masked {
    return this.#guard.used
  }

  /** Residues as they leave. @throws LabelReused */
  residues(opening: string, phase: string, round: number, values: Float64Array): Uint8Array {
    const label = this.#claim(opening, phase, round, values)
    return packResidues(maskResidues(this.#node.membership.suite, this.#secrets, label, values))
  }

  /** Points as they leave. @throws LabelReused */
  words(opening: string, phase: string, values: Int32Array): Uint8Array {
    const label = this.#claim(opening, phase, 0, values)
    return bytesOfWords(maskWords(this.#node.membership.suite, this.#secrets, label, values))
  }

  #claim(opening: string, phase: string, round: number, values: Float64Array | Int32Array) {
    const { consortium, suite } = this.#node.membership
    const { snapshot, run } = this.#opened
    const label = streamLabel(consortium, { snapshot, run, opening, phase, round })
    const payload = suite.hash(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    this.#guard.claim(label, Buffer.from(payload).toString('hex'))
    return label
  }

  get #secrets() {
    return this.#node.membership.maskSecrets(this.#opened.providers)
  }
}
