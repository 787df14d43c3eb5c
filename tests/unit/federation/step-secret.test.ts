import { hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { international, national } from '../../../engine/index.ts'
import { RunSecret } from '../../../federation/run-secret.ts'
import { StepSecret } from '../../../federation/step-secret.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytesOf = (byte: number) => new Uint8Array(32).fill(byte)
const secretOf = (byte: number) => new StepSecret(international, bytesOf(byte))

describe('a step secret', () => {
  it('never repeats a stream: another secret, purpose, part or border between parts gives another one', () => {
    const seeds = [
      secretOf(1).seed('noise', 'round', 1),
      secretOf(2).seed('noise', 'round', 1),
      secretOf(1).seed('key', 'round', 1),
      secretOf(1).seed('noise', 'round', 2),
      secretOf(1).seed('noise', 'round1'),
      secretOf(1).seed('noise', 'round', '', 1),
      secretOf(1).seed('noise', 'roun', 'd1'),
      secretOf(1).seed('noise', '5:round', 1),
      secretOf(1).seed('noise'),
      secretOf(1).seed('next'),
      secretOf(1).next().bytes,
      secretOf(1).next().seed('noise', 'round', 1),
      new RunSecret(international, bytesOf(1)).seed('noise', 'round', 1),
    ]
    expect(new Set(seeds.map(hex)).size).toBe(seeds.length)
  })

  it('gives the same stream again to the same draws', () => {
    const [one, other] = [secretOf(1).random('noise', 3), secretOf(1).random('noise', 3)]
    const draws = [1, 400, 5000, 32].map((length) => hex(one(length)))
    expect([1, 400, 5000, 32].map((length) => hex(other(length)))).toEqual(draws)
    expect(hex(secretOf(1).random('noise', 4)(32))).not.toBe(hex(secretOf(1).random('noise', 3)(32)))
  })

  it('follows from the one before it through a derivation alone, and from its own bytes', () => {
    const expected = Buffer.from(
      hkdfSync('sha256', bytesOf(1), new Uint8Array(0), 'yinxin step secret 1\nnext', 32),
    )
    expect(hex(secretOf(1).next().bytes)).toBe(hex(expected))
    const later = secretOf(1).next().next()
    expect(hex(new StepSecret(international, later.bytes).seed('noise'))).toBe(hex(later.seed('noise')))
  })

  it('leaves nothing of an earlier step in what is kept of a later one', () => {
    for (const suite of [international, national]) {
      const earlier = new StepSecret(suite, bytesOf(1))
      const kept = new StepSecret(suite, earlier.next().bytes)
      const drawn = new Set(['noise', 'next', ''].map((purpose) => hex(earlier.seed(purpose))))
      const reachable = [kept, kept.next(), kept.next().next()]
      const found = reachable.flatMap((secret) =>
        [secret.bytes, ...['noise', 'next', ''].map((purpose) => secret.seed(purpose))].map(hex),
      )
      expect(found.filter((text) => drawn.has(text) || text === hex(earlier.bytes))).toEqual([])
    }
  })

  it('keeps its bytes, whatever becomes of the array that it was made of', () => {
    const bytes = bytesOf(1)
    const secret = new StepSecret(international, bytes)
    bytes.fill(0)
    secret.bytes.fill(0)
    expect(hex(secret.seed('noise'))).toBe(hex(secretOf(1).seed('noise')))
  })
})
