import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  freshNonzeroResidue,
  freshResidues,
  international,
  LabelGuard,
  packResidues,
  type StreamLabel,
  type Suite,
  T,
} from '../../../engine/index.ts'
import {
  labelText,
  residuesFrom,
  SHARE_BLOCK,
  uniformResidues,
  uniformWords,
} from '../../../engine/stream.ts'
import { chiSquare, chiSquareLimit, upperCells } from './fixtures.ts'

const label: StreamLabel = {
  consortium: 'c',
  snapshot: '2026-10',
  run: 'r',
  opening: 'o',
  phase: 'p',
  round: 1,
  attempt: 1,
}
const secret = new Uint8Array(32).fill(7)

describe('rejection', () => {
  const source = packResidues(Float64Array.of(5, T, 6, T + 1, 2 ** 46 - 1, T - 1, 0, 8, 9))

  test('candidates not below t are skipped and the stream goes on where it was', () => {
    const reads: [number, number][] = []
    const values = residuesFrom((offset, length) => {
      reads.push([offset, length])
      return source.subarray(offset, offset + length)
    }, 5)
    expect(Array.from(values)).toEqual([5, 6, T - 1, 0, 8])
    // 5 candidates, 3 of them refused; 3 more, all kept
    expect(reads).toEqual([
      [0, 30],
      [30, 18],
    ])
  })

  test('the two upper bits of 48 take no part', () => {
    const bytes = packResidues(Float64Array.of(3 * 2 ** 46 + 12345))
    expect(Array.from(residuesFrom(() => bytes, 1))).toEqual([12345])
  })

  test('uniformResidues goes on in the same key stream', () => {
    const crafted: Suite = { ...international, stream: (_key, length) => source.slice(0, length) }
    expect(Array.from(uniformResidues(crafted, secret, label, 5))).toEqual([5, 6, T - 1, 0, 8])
  })

  test('freshNonzeroResidue skips 0 and what is not below t', () => {
    const candidates = [0, T, 2 ** 46 - 1, 0, 17]
    const value = freshNonzeroResidue(() => packResidues(Float64Array.of(candidates.shift()!)))
    expect(value).toBe(17)
    expect(candidates).toEqual([])
  })

  test('freshResidues asks the source again for what was rejected', () => {
    const reads = [Float64Array.of(T, 1), Float64Array.of(2)]
    expect(Array.from(freshResidues(() => packResidues(reads.shift()!), 2))).toEqual([1, 2])
  })
})

describe('uniformity', () => {
  const values = uniformResidues(international, secret, label, 1_000_000)

  test('chi-square of the upper and lower eight bits of 10^6 draws', () => {
    const expected = () => 1_000_000 / 256
    expect(chiSquare(upperCells(values, 256), expected)).toBeLessThan(chiSquareLimit(255))
    const lower = new Uint32Array(256)
    for (const value of values) lower[value % 256]++
    expect(chiSquare(lower, expected)).toBeLessThan(chiSquareLimit(255))
  })

  test('the same measure sees one lost bit, and draws of a wider range folded back instead of rejected', () => {
    const expected = () => 1_000_000 / 256
    const lost = values.map((value) => value % 2 ** 45)
    expect(chiSquare(upperCells(lost, 256), expected)).toBeGreaterThan(chiSquareLimit(255))
    const folded = values.map((value) => (value * 1.15) % T)
    expect(chiSquare(upperCells(folded, 256), expected)).toBeGreaterThan(chiSquareLimit(255))
  })

  test('words: chi-square of every byte', () => {
    const words = uniformWords(international, secret, label, 250_000)
    const counts = new Uint32Array(256)
    for (const byte of new Uint8Array(words.buffer)) counts[byte]++
    expect(chiSquare(counts, () => 1_000_000 / 256)).toBeLessThan(chiSquareLimit(255))
  })
})

describe('labels', () => {
  // Few letters, digits and the separator itself, so that fields can run into each other.
  const text = fc.string({ unit: fc.constantFrom('0', '1', '2', ':', 'a'), maxLength: 4 })
  const anyLabel = fc.record({
    consortium: text,
    snapshot: text,
    run: text,
    opening: text,
    phase: text,
    round: fc.nat({ max: 30 }),
    attempt: fc.nat({ max: 30 }),
  })
  const anyBlock = fc.nat({ max: 30 })

  test('different fields or blocks give different texts', () => {
    fc.assert(
      fc.property(anyLabel, anyBlock, anyLabel, anyBlock, (a, blockA, b, blockB) => {
        const same = blockA === blockB && JSON.stringify(a) === JSON.stringify(b)
        expect(labelText(a, blockA) === labelText(b, blockB)).toBe(same)
      }),
      { numRuns: 2000 },
    )
  })

  test('a letter moved from one field to the next is another label', () => {
    fc.assert(
      fc.property(anyLabel, anyBlock, (from, block) => {
        fc.pre(from.snapshot.length > 0)
        const to = { ...from, snapshot: from.snapshot.slice(0, -1), run: from.snapshot.slice(-1) + from.run }
        expect(labelText(from, block)).not.toBe(labelText(to, block))
      }),
    )
  })

  test('a lone surrogate is refused, as bytes all of them are the same; so is a label too long to derive from', () => {
    expect(() => labelText({ ...label, run: '\ud800' }, 0)).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' }),
    )
    expect(() => labelText({ ...label, run: '隐'.repeat(400) }, 0)).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' }),
    )
    expect(labelText({ ...label, run: '\ud83d\ude00' }, 0)).toContain('\ud83d\ude00')
  })

  test('each field changes the stream', () => {
    const first = uniformResidues(international, secret, label, 4)
    const changes: Partial<StreamLabel>[] = [
      { consortium: 'd' },
      { snapshot: 'x' },
      { run: 'x' },
      { opening: 'x' },
      { phase: 'x' },
      { round: 2 },
      { attempt: 2 },
    ]
    const streams = changes.map((change) =>
      uniformResidues(international, secret, { ...label, ...change }, 4),
    )
    expect(new Set([first, ...streams].map(String)).size).toBe(8)
  })
})

test('blocks stand alone: a shorter vector is the beginning of a longer one', () => {
  const long = uniformResidues(international, secret, label, 2 * SHARE_BLOCK + 5)
  const longWords = uniformWords(international, secret, label, 2 * SHARE_BLOCK + 5)
  for (const count of [1, SHARE_BLOCK, SHARE_BLOCK + 1]) {
    expect(uniformResidues(international, secret, label, count)).toEqual(long.slice(0, count))
    expect(uniformWords(international, secret, label, count)).toEqual(longWords.slice(0, count))
  }
  expect(long.slice(0, 5)).not.toEqual(long.slice(SHARE_BLOCK, SHARE_BLOCK + 5))
})

test('LabelGuard: the same payload again, never another one; a new attempt is free', () => {
  const guard = new LabelGuard()
  guard.claim(label, 'digest a')
  guard.claim({ ...label }, 'digest a')
  expect(() => guard.claim(label, 'digest b')).toThrow(
    expect.objectContaining({ code: 'YX_ENGINE_LABEL_REUSED' }),
  )
  guard.claim({ ...label, attempt: 2 }, 'digest b')
})
