/** A member's side of its queue: pieces in any order become whole envelopes, checked against their hash. */
import type { Membership } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { MOST_ENVELOPE_BYTES } from './limits.ts'
import { HEAD_BYTES } from './queue.ts'

export interface Arrived {
  readonly envelope: Uint8Array
  /** Position behind the envelope: what acknowledges it. */
  readonly end: number
}

type Hash = Membership['suite']['hash']

export class FrameReader {
  #hash: Hash
  #position: number
  /** Pieces that came before what lies in front of them, by position. */
  #early = new Map<number, Uint8Array>()
  /** What has arrived of the frame that begins at #frameStart, in order. */
  #pieces: Uint8Array[] = []
  #length = 0

  /** @param position where the stream is joined: the start of a frame */
  constructor(hash: Hash, position: number) {
    this.#hash = hash
    this.#position = position
  }

  /** Bytes that are held of envelopes that are not whole yet. */
  get held(): number {
    let bytes = this.#length
    for (const piece of this.#early.values()) bytes += piece.length
    return bytes
  }

  /** Takes a piece, of at least one byte, at a position; gives the envelopes that it completes. @throws AnswerDamaged */
  take(position: number, piece: Uint8Array): Arrived[] {
    this.#early.set(position, piece)
    const arrived: Arrived[] = []
    for (;;) {
      const next = this.#early.get(this.#position)
      if (!next) return arrived
      this.#early.delete(this.#position)
      this.#position += next.length
      this.#pieces.push(next)
      this.#length += next.length
      this.#split(arrived)
    }
  }

  #split(arrived: Arrived[]): void {
    for (;;) {
      if (this.#length < HEAD_BYTES) return
      const head = this.#peek(HEAD_BYTES)
      const length = head.readUInt32LE(0)
      if (length > MOST_ENVELOPE_BYTES) throw new serverErrors.AnswerDamaged()
      if (this.#length < HEAD_BYTES + length) return
      const [first] = this.#pieces
      const whole = first.length >= HEAD_BYTES + length ? first : Buffer.concat(this.#pieces)
      const envelope = whole.subarray(HEAD_BYTES, HEAD_BYTES + length)
      if (!Buffer.from(this.#hash(envelope)).equals(head.subarray(4))) throw new serverErrors.AnswerDamaged()
      const rest = whole.subarray(HEAD_BYTES + length)
      const behind = whole === first ? this.#pieces.slice(1) : []
      this.#pieces = rest.length > 0 ? [rest, ...behind] : behind
      this.#length -= HEAD_BYTES + length
      arrived.push({ envelope, end: this.#position - this.#length })
    }
  }

  /** The first bytes of what has arrived, which may lie in several pieces. */
  #peek(bytes: number): Buffer {
    const [first] = this.#pieces
    if (first.length >= bytes) return Buffer.from(first.buffer, first.byteOffset, bytes)
    let held = 0
    const upTo = this.#pieces.findIndex((piece) => {
      held += piece.length
      return held >= bytes
    })
    return Buffer.concat(this.#pieces.slice(0, upTo + 1)).subarray(0, bytes)
  }
}
