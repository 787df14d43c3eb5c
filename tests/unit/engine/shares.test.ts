import { describe, expect, test } from 'vitest'
import {
  addInto,
  addWords,
  international,
  keyHolderShare,
  keyHolderWords,
  maskResidues,
  maskWords,
  type PairSecrets,
  residueOf,
  type StreamLabel,
  subtractWords,
} from '../../../engine/index.ts'
import { chiSquare, chiSquareLimit, seededIntegers, seededRandom, upperCells } from './fixtures.ts'

const label: StreamLabel = {
  consortium: 'c',
  snapshot: 's',
  run: 'r',
  opening: '',
  phase: 'shares',
  round: 0,
  attempt: 1,
}

/** The pair secrets of `count` senders, each pair's secret in both of its members. */
function senders(count: number, seed: string): PairSecrets[] {
  const random = seededRandom(seed)
  const pairs = Array.from({ length: count }, () => Array.from({ length: count }, () => random(32)))
  const pair = (a: number, b: number) => pairs[Math.min(a, b)][Math.max(a, b)]
  const all = Array.from({ length: count }, (_, index) => index)
  return all.map((k) => ({
    keyHolder: random(32),
    before: all.filter((j) => j < k).map((j) => pair(j, k)),
    after: all.filter((j) => j > k).map((j) => pair(j, k)),
  }))
}

const ROWS = 9000 // more than one share block
const counts = [3, 4, 5, 6, 7, 8, 9, 10]

describe('residues', () => {
  test.each(counts)('%d senders: the shares of P and H add up to the plain sum mod t', (count) => {
    const parties = senders(count, `residues ${count}`)
    const integer = seededIntegers(`values ${count}`)
    const values = parties.map(() => Int32Array.from({ length: ROWS }, () => integer(2 ** 32) - 2 ** 31))
    const total = new Float64Array(ROWS)
    parties.forEach((party, k) => {
      addInto(total, maskResidues(international, party, label, values[k]))
    })
    const plain = Array.from({ length: ROWS }, (_, row) =>
      residueOf(values.reduce((sum, vector) => sum + vector[row], 0)),
    )
    // P alone holds none of it
    expect(Array.from(total).filter((value, row) => value === plain[row]).length).toBe(0)
    const keyHolder = keyHolderShare(
      international,
      parties.map((party) => party.keyHolder),
      label,
      ROWS,
    )
    addInto(total, keyHolder)
    expect(Array.from(total)).toEqual(plain)
  })

  test('a single masked vector looks uniform, whatever was masked', () => {
    const [first, , last] = senders(3, 'uniform')
    for (const party of [first, last]) {
      const masked = maskResidues(international, party, label, new Int8Array(100_000))
      expect(chiSquare(upperCells(masked, 64), () => 100_000 / 64)).toBeLessThan(chiSquareLimit(63))
    }
  })

  test('P and H together, with one sender missing, see only masks of the others', () => {
    const parties = senders(3, 'missing')
    const total = new Float64Array(100_000)
    for (const party of parties.slice(0, 2)) {
      addInto(total, maskResidues(international, party, label, new Int8Array(100_000)))
    }
    const keys = parties.slice(0, 2).map((party) => party.keyHolder)
    addInto(total, keyHolderShare(international, keys, label, 100_000))
    expect(chiSquare(upperCells(total, 64), () => 100_000 / 64)).toBeLessThan(chiSquareLimit(63))
  })
})

describe('words', () => {
  test.each(counts)('%d providers: the opening gives the plain sum mod 2^32', (count) => {
    const parties = senders(count, `words ${count}`)
    const integer = seededIntegers(`points ${count}`)
    const points = parties.map(() => Int32Array.from({ length: ROWS }, () => integer(400_001) - 200_000))
    const total = new Uint32Array(ROWS)
    parties.forEach((party, k) => {
      addWords(total, maskWords(international, party, label, points[k]))
    })
    const keys = parties.map((party) => party.keyHolder)
    subtractWords(total, keyHolderWords(international, keys, label, ROWS))
    const plain = Array.from({ length: ROWS }, (_, row) =>
      points.reduce((sum, vector) => sum + vector[row], 0),
    )
    expect(Array.from(new Int32Array(total.buffer))).toEqual(plain)
  })

  test('a single masked vector looks uniform', () => {
    const [, middle] = senders(3, 'word uniform')
    const masked = maskWords(international, middle, label, new Int32Array(100_000).fill(-60_000))
    const cells = new Uint32Array(64)
    for (const word of masked) cells[word >>> 26]++
    expect(chiSquare(cells, () => 100_000 / 64)).toBeLessThan(chiSquareLimit(63))
  })
})
