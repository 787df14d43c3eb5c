/** The answer of a poll: u64 sequence | u32 length | envelope, one after another. */
import type { Waiting } from './queue.ts'

const HEAD = 12

/** The frames as a sequence of chunks, so that no envelope is copied. */
export function encodeFrames(waiting: readonly Waiting[]): Uint8Array[] {
  return waiting.flatMap(({ sequence, envelope }) => {
    const head = Buffer.alloc(HEAD)
    head.writeBigUInt64LE(BigInt(sequence))
    head.writeUInt32LE(envelope.length, 8)
    return [head, envelope]
  })
}

/** Frames of an answer; a cut-off tail is left out, the next poll brings it again. */
export function decodeFrames(bytes: Uint8Array): Waiting[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames: Waiting[] = []
  let at = 0
  while (at + HEAD <= bytes.length) {
    const sequence = Number(view.getBigUint64(at, true))
    const length = view.getUint32(at + 8, true)
    if (at + HEAD + length > bytes.length) break
    frames.push({ sequence, envelope: bytes.subarray(at + HEAD, at + HEAD + length) })
    at += HEAD + length
  }
  return frames
}
