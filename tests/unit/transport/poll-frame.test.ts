import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrames, encodeFrames } from '../../../server/transport/poll-frame.ts'
import { byteChanges, changedBytes } from '../federation/json-mutations.ts'

const RUNS = process.env.YINXIN_FULL === '1' ? 100_000 : 2000
const HEAD = 12
const frames = fc.array(
  fc.record({ sequence: fc.nat(Number.MAX_SAFE_INTEGER), envelope: fc.uint8Array({ maxLength: 60 }) }),
  { maxLength: 8 },
)

describe('the frames of a poll', () => {
  it('survive the way there and back', () => {
    fc.assert(
      fc.property(frames, (waiting) => {
        expect(decodeFrames(new Uint8Array(Buffer.concat(encodeFrames(waiting))))).toEqual(waiting)
      }),
    )
  })

  it('give, cut anywhere, exactly the frames that arrived whole', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (waiting, at) => {
        const bytes = Buffer.concat(encodeFrames(waiting))
        const cut = at % (bytes.length + 1)
        let end = 0
        const whole = waiting.filter(({ envelope }) => {
          end += HEAD + envelope.length
          return end <= cut
        })
        expect(decodeFrames(new Uint8Array(bytes.subarray(0, cut)))).toEqual(whole)
      }),
    )
  })

  it('have the layout u64 sequence, u32 length, envelope, little-endian', () => {
    const bytes = Buffer.concat(encodeFrames([{ sequence: 2 ** 33 + 5, envelope: Uint8Array.of(7, 8) }]))
    expect([...bytes]).toEqual([5, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 7, 8])
  })

  it('decode from the middle of a larger buffer', () => {
    const waiting = [{ sequence: 3, envelope: Uint8Array.of(1, 2, 3) }]
    const encoded = Buffer.concat(encodeFrames(waiting))
    const larger = new Uint8Array(encoded.length + 16).fill(255)
    larger.set(encoded, 5)
    expect(decodeFrames(larger.subarray(5, 5 + encoded.length))).toEqual(waiting)
  })

  it('lie one after another inside the answer, whatever it holds', { timeout: 600_000 }, () => {
    const forged = fc.tuple(frames, byteChanges, byteChanges)
    let found = 0
    fc.assert(
      fc.property(forged, ([waiting, first, second]) => {
        let end = 0
        const fields = waiting.flatMap(({ envelope }) => {
          const at = end
          end += HEAD + envelope.length
          return [at, at + 4, at + 8]
        })
        const good = new Uint8Array(Buffer.concat(encodeFrames(waiting)))
        const bytes = changedBytes(good, [...first, ...second], fields)
        let at = 0
        for (const { sequence, envelope } of decodeFrames(bytes)) {
          found++
          expect(sequence).toBeGreaterThanOrEqual(0)
          expect(envelope.buffer).toBe(bytes.buffer)
          expect(envelope.byteOffset - bytes.byteOffset).toBe(at + HEAD)
          at += HEAD + envelope.length
        }
        expect(at).toBeLessThanOrEqual(bytes.length)
        const rest = bytes.subarray(at)
        const whole = rest.length >= HEAD && Buffer.from(rest).readUInt32LE(8) <= rest.length - HEAD
        expect(whole).toBe(false)
      }),
      { numRuns: RUNS, seed: 20261124 },
    )
    expect(found).toBeGreaterThan(RUNS)
  })
})
