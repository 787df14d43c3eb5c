import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader } from '../../../server/transport/frame-reader.ts'
import { MOST_ENVELOPE_BYTES } from '../../../server/transport/limits.ts'
import { OutboundQueue } from '../../../server/transport/queue.ts'
import { membershipOf } from './consortium.ts'

const { hash } = membershipOf('water').suite
const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

function streamOf(envelopes: readonly Uint8Array[]): Uint8Array {
  const queue = new OutboundQueue(() => {})
  for (const envelope of envelopes) queue.push('tax', envelope, digest(envelope))
  return new Uint8Array(Buffer.concat(queue.slice(0, queue.end)))
}

const envelopes = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 8 })

describe('a frame reader', () => {
  it('gives every envelope once, in order, with its end, however the stream is cut and shuffled', () => {
    const cuts = fc.array(fc.nat(2000), { maxLength: 20 })
    fc.assert(
      fc.property(envelopes, cuts, fc.infiniteStream(fc.nat()), (sent, at, dice) => {
        const stream = streamOf(sent)
        const places = [...new Set([0, ...at.map((place) => place % stream.length)])].sort((a, b) => a - b)
        const pieces = places.map((from, index) => [from, stream.subarray(from, places[index + 1])] as const)
        const shuffled = pieces
          .map((piece) => ({ piece, key: dice.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ piece }) => piece)
        const reader = new FrameReader(hash, 0)
        const arrived = shuffled.flatMap(([from, piece]) => reader.take(from, piece))
        expect(arrived.map(({ envelope }) => Uint8Array.from(envelope))).toEqual(sent)
        let end = 0
        expect(arrived.map((one) => one.end)).toEqual(sent.map(({ length }) => (end += 36 + length)))
        expect(reader.held).toBe(0)
      }),
    )
  })

  it('begins at the position where it joins the stream', () => {
    const stream = streamOf([Uint8Array.of(1, 2, 3)])
    const [{ envelope, end }] = new FrameReader(hash, 1000).take(1000, stream)
    expect([...envelope]).toEqual([1, 2, 3])
    expect(end).toBe(1000 + stream.length)
  })

  it('refuses an envelope of which any byte was changed, and a length that no envelope has', () => {
    const stream = streamOf([Uint8Array.of(1, 2, 3)])
    for (let at = 4; at < stream.length; at++) {
      const changed = stream.slice()
      changed[at] ^= 1
      expect(() => new FrameReader(hash, 0).take(0, changed), `byte ${at}`).toThrow(
        expect.objectContaining({ code: 'YX_SERVER_ANSWER_DAMAGED' }),
      )
    }
    const huge = Buffer.alloc(40)
    huge.writeUInt32LE(MOST_ENVELOPE_BYTES + 1)
    expect(() => new FrameReader(hash, 0).take(0, huge)).toThrow(
      expect.objectContaining({ code: 'YX_SERVER_ANSWER_DAMAGED' }),
    )
  })
})
