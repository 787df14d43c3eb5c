import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../../engine/bfv/context.ts'
import { LinearResponder } from '../../../engine/bfv/linear.ts'
import { coefficients, Polynomial, toPlaintext } from '../../../engine/bfv/plaintext.ts'
import { columnCount, innerProducts, type PackedColumns, packingFor, T } from '../../../engine/index.ts'
import { naiveProducts, packingOf, randomColumns } from './fixtures.ts'

describe('innerProducts in the clear', () => {
  test('equal BigInt for one-hot and dense columns', () => {
    const residue = fc.oneof(
      fc.integer({ min: 0, max: T - 1 }),
      fc.constantFrom(0, 1, T - 1, 2 ** 23, T - 2 ** 23),
    )
    const row = fc.record({
      value: residue,
      first: fc.constantFrom(0, 1, 2, 255),
      second: fc.constantFrom(3, 4, 255),
      dense: fc.oneof(fc.integer({ min: -256, max: 256 }), fc.constantFrom(-256, 256, 0, -1)),
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), (rows) => {
        const columns: PackedColumns = {
          rows: rows.length,
          width: 5,
          codes: [Uint8Array.from(rows, (r) => r.first), Uint8Array.from(rows, (r) => r.second)],
          dense: [Int16Array.from(rows, (r) => r.dense), Int16Array.from(rows, () => -256)],
        }
        const values = Float64Array.from(rows, (r) => r.value)
        expect(Array.from(innerProducts(columns, values))).toEqual(naiveProducts(columns, values))
      }),
      { numRuns: 500 },
    )
  })

  test('a sum that comes back to 0 from below is 0, not -0', () => {
    const columns = { rows: 2, width: 0, codes: [], dense: [Int16Array.of(-1, -1)] }
    expect(Object.is(innerProducts(columns, Float64Array.of(5, T - 5))[0], 0)).toBe(true)
  })
})

describe('packingFor', () => {
  test('blocks are powers of two from 1024 rows to N, cover all rows and leave W = N/R columns', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_000_000 }),
        fc.integer({ min: 0, max: 500 }),
        (rows, columns) => {
          const packing = packingFor(rows, [columns])
          expect([1024, 2048, 4096, 8192]).toContain(packing.blockRows)
          expect(packing.stride * packing.blockRows).toBe(8192)
          expect(packing.blocks * packing.blockRows).toBeGreaterThanOrEqual(rows)
          expect((packing.blocks - 1) * packing.blockRows).toBeLessThan(rows)
        },
      ),
    )
  })

  test('small portfolios and wide providers take few rows a block, slow links and large portfolios many', () => {
    const rowsOf = (...given: Parameters<typeof packingFor>) => packingFor(...given).blockRows
    const six = [27, 27, 27, 27, 26, 26]
    expect(rowsOf(3000, six, { keyGroups: 2 })).toBeLessThanOrEqual(rowsOf(24_000, six, { keyGroups: 2 }))
    expect(rowsOf(1_000_000, six, { keyGroups: 2 })).toBe(8192)
    expect(rowsOf(24_000, [128, 128])).toBeLessThan(rowsOf(24_000, [16, 16]))
    // at 1 Mbit/s only bytes count: R = sqrt(n*N/(2p)) balances queries and answers
    expect(rowsOf(24_000, [28], { megabits: 1 })).toBe(2048)
    expect(rowsOf(24_000, [4], { megabits: 1 })).toBe(8192)
  })

  test('every choice costs least among the four, counted anew', () => {
    // Work in thread milliseconds and bytes as protocol.md sections 4 and 5 count them.
    const count = (rows: number, widths: number[], blockRows: number, megabits: number, groups: number) => {
      const [blocks, stride] = [Math.ceil(rows / blockRows), 8192 / blockRows]
      const answers = widths.map((width) => Math.ceil(width / stride))
      const total = answers.reduce((a, b) => a + b, 0)
      const bytes = blocks * 131_266 + Math.max(...answers) * (131_072 + 16 * stride)
      const work = blocks * (3.4 * groups + 1.7 * widths.length + 0.042 * total) + 2 * total
      return work + bytes / (megabits * 125)
    }
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_500_000 }),
        fc.array(fc.integer({ min: 1, max: 128 }), { minLength: 1, maxLength: 16 }),
        fc.constantFrom(1, 20, 1000),
        fc.integer({ min: 1, max: 5 }),
        (rows, widths, megabits, keyGroups) => {
          const { blockRows } = packingFor(rows, widths, { megabits, keyGroups })
          const chosen = count(rows, widths, blockRows, megabits, keyGroups)
          for (const other of [1024, 2048, 4096, 8192]) {
            expect(chosen).toBeLessThanOrEqual(count(rows, widths, other, megabits, keyGroups) + 1e-6)
          }
        },
      ),
    )
  })

  test.each([0, -1, Number.NaN])('%d megabits are refused', (megabits) => {
    expect(() => packingFor(10, [1], { megabits })).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' }),
    )
  })

  test.each([0, -1, Number.NaN])('%d rows are refused', (rows) => {
    expect(() => packingFor(rows, [1])).toThrow(expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' }))
  })
})

describe('columns that do not fit are refused before anything is encoded', () => {
  const good = randomColumns(10, [3, 4], 1, 'fit')
  const create = (change: Partial<PackedColumns>) =>
    LinearResponder.create(packingOf(10, 8), { ...good, ...change }, 0)

  test('good ones are accepted', async () => {
    using responder = await create({})
    expect(responder).toBeInstanceOf(LinearResponder)
    expect(columnCount(good)).toBe(8)
  })

  test.each<[string, Partial<PackedColumns>, string]>([
    ['a code column too short', { codes: [new Uint8Array(9)] }, 'YX_ENGINE_LENGTH_MISMATCH'],
    ['a dense column too short', { dense: [new Int16Array(9)] }, 'YX_ENGINE_LENGTH_MISMATCH'],
    ['a dense column too long', { dense: [new Int16Array(11)] }, 'YX_ENGINE_LENGTH_MISMATCH'],
    ['a dense value above 2^8', { dense: [new Int16Array(10).fill(257, 9)] }, 'YX_ENGINE_OUT_OF_RANGE'],
    ['a dense value below -2^8', { dense: [new Int16Array(10).fill(-257, 0, 1)] }, 'YX_ENGINE_OUT_OF_RANGE'],
    ['256 columns, of which 255 would mean none', { width: 256 }, 'YX_ENGINE_OUT_OF_RANGE'],
  ])('%s', async (_name, change, code) => {
    await expect(create(change)).rejects.toMatchObject({ code })
  })
})

describe('coefficients of a plaintext', () => {
  test('small signed integers are added modulo t, and SEAL reads and trims the same polynomial', async () => {
    const context = await linearContext()
    const polynomial = new Polynomial(context)
    const cases: [number, number, number][] = [
      [0, -1, T - 1],
      [T - 1, 1, 0],
      [T - 1, 2, 1],
      [3, -5, T - 2],
      [2 ** 32 - 1, 1, 2 ** 32],
    ]
    cases.forEach(([start, value], index) => {
      polynomial.set(index, start)
      polynomial.add(index, value)
    })
    using plain = toPlaintext(context, polynomial)
    const expected = [...cases.map(([, , sum]) => sum), 0, 0]
    expect(Array.from(coefficients(context, plain, 7))).toEqual(expected)
    polynomial.clear()
    using zero = toPlaintext(context, polynomial)
    expect(zero.isZero()).toBe(true)
    expect(Array.from(coefficients(context, zero, 3))).toEqual([0, 0, 0])
  })
})
