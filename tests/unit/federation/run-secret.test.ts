import { describe, expect, it } from 'vitest'
import { international } from '../../../engine/index.ts'
import { RunSecret } from '../../../federation/run-secret.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const secretOf = (byte: number) => new RunSecret(international, new Uint8Array(32).fill(byte))

describe('a run secret', () => {
  it('gives the same bytes for the same purpose, however they are drawn', () => {
    const one = secretOf(1).random('mask', 'round', 1)
    const other = secretOf(1).random('mask', 'round', 1)
    const whole = hex(one(4000)) + hex(one(6))
    const parts = Array.from({ length: 10 }, () => hex(other(400))).join('') + hex(other(6))
    expect(parts).toBe(whole)
  })

  it('never repeats a stream: another secret, purpose, part or border between parts gives another one', () => {
    const seeds = [
      secretOf(1).seed('mask', 'round', 1),
      secretOf(2).seed('mask', 'round', 1),
      secretOf(1).seed('answer', 'round', 1),
      secretOf(1).seed('mask', 'round', 2),
      secretOf(1).seed('mask', 'round1'),
      secretOf(1).seed('mask', 'round', '', 1),
      secretOf(1).seed('mask', 'roun', 'd1'),
      secretOf(1).seed('mask', '5:round', 1),
    ]
    expect(new Set(seeds.map(hex)).size).toBe(seeds.length)
  })

  it('runs on past its first draw without repeating it', () => {
    const random = secretOf(1).random('mask')
    const draws = Array.from({ length: 4 }, () => hex(random(4096)))
    expect(new Set(draws).size).toBe(draws.length)
  })

  it('is committed to under a name of its own', () => {
    const secret = new Uint8Array(32).fill(1)
    expect(secretOf(1).commitment).toMatch(/^[0-9a-f]{64}$/)
    expect(secretOf(1).commitment).not.toBe(hex(international.hash(secret)))
    expect(secretOf(1).commitment).not.toBe(secretOf(2).commitment)
  })
})
