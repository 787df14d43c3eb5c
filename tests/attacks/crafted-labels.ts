/** Banks that add to the shares of their labels what no label can be (protocol.md section 5A). */
import { addInto, packResidues, residueOf, unpackResidues } from '../../engine/index.ts'
import { changed, type Deviation } from '../unit/federation/interception.ts'

const RESIDUE_BYTES = 6

/** A bank adds to its shares of a vector what stands at these rows. */
export const crafted =
  (vector: 'labelled' | 'bad', extra: Readonly<Record<number, number>>, bank: string = 'bank-1'): Deviation =>
  (message) => {
    if (message.type !== 'labels.share' || message.from !== bank) return undefined
    const bytes = message.body[vector] as Uint8Array
    const share = unpackResidues(bytes, bytes.length / RESIDUE_BYTES)
    const added = new Float64Array(share.length)
    for (const [row, value] of Object.entries(extra)) added[Number(row)] = residueOf(value)
    addInto(share, added)
    return [changed(message, { [vector]: packResidues(share) })]
  }

/** Several deviations: the first that wants a message has it. */
export const all =
  (...deviations: Deviation[]): Deviation =>
  (message, consortium) => {
    for (const deviate of deviations) {
      const instead = deviate(message, consortium)
      if (instead) return instead
    }
    return undefined
  }
