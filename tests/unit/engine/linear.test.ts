import { describe, expect, test } from 'vitest'
import { LinearResponder } from '../../../engine/bfv/linear.ts'
import { LinearOwner } from '../../../engine/bfv/linear-owner.ts'
import { QUERY_BYTES, shortLength } from '../../../engine/bfv/wire.ts'
import { columnCount, type PackedColumns, type Packing, packingFor, T } from '../../../engine/index.ts'
import { freshResidues } from '../../../engine/stream.ts'
import { naiveProducts, packingOf, randomColumns, seededRandom } from './fixtures.ts'

const AMPLE = 2 ** 28

/** One query over all columns; the masked products as the owner decrypts them, and what they must be. */
async function exchange(packing: Packing, columns: PackedColumns, seed: string, budget = AMPLE) {
  const random = seededRandom(seed)
  const values = freshResidues(random, packing.rows)
  const masks = freshResidues(random, columnCount(columns))
  using owner = await LinearOwner.create(packing)
  using responder = await LinearResponder.create(packing, columns, budget)
  const query = owner.encrypt(values)
  const answer = responder.answer(query, 0, columnCount(columns), masks, random(32))
  const decrypted = Array.from(owner.decrypt(answer.bytes, columnCount(columns)))
  return { query, answer, decrypted, expected: naiveProducts(columns, values, masks) }
}

describe('inner products are exact', () => {
  // rows around block borders, widths around the stride of 8
  test.each([
    [1, [1], 0],
    [1, [3, 4], 2],
    [1000, [7], 0],
    [1000, [5, 2], 1],
    [1024, [8], 0],
    [1024, [3, 4], 2],
    [1025, [9], 0],
    [1025, [50, 48], 2],
    [5000, [1], 0],
    [5000, [60, 37], 3],
    [20000, [8], 1],
    [20000, [40, 30, 28], 2],
  ])('%d rows, features of %j bins, %d dense columns', async (rows, widths, dense) => {
    const columns = randomColumns(rows, widths, dense, `columns ${rows} ${widths}`)
    const { decrypted, expected } = await exchange(
      packingFor(rows, [columnCount(columns)]),
      columns,
      `${rows}`,
    )
    expect(decrypted).toEqual(expected)
  })

  test.each([1, 2, 4, 8])('stride %d, last block not full', async (stride) => {
    const packing = packingOf(2 * (8192 / stride) + 3, stride)
    const columns = randomColumns(packing.rows, [6, 5], 1, `stride ${stride}`)
    const { decrypted, expected } = await exchange(packing, columns, `stride ${stride}`)
    expect(decrypted).toEqual(expected)
  })

  test('the heaviest values: every residue t-1, every dense cell 2^8', async () => {
    const rows = 3000
    const columns: PackedColumns = {
      rows,
      width: 1,
      codes: [new Uint8Array(rows)],
      dense: [256, -256, 256, -256, 256, 256, -256].map((value) => new Int16Array(rows).fill(value)),
    }
    const packing = packingOf(rows, 8)
    const values = new Float64Array(rows).fill(T - 1)
    using owner = await LinearOwner.create(packing)
    using responder = await LinearResponder.create(packing, columns, 0)
    const masks = new Float64Array(8).fill(T - 1)
    const answer = responder.answer(owner.encrypt(values), 0, 8, masks, seededRandom('heavy')(32))
    expect(Array.from(owner.decrypt(answer.bytes, 8))).toEqual(naiveProducts(columns, values, masks))
  })

  test('a column that nobody holds, and a provider that holds none at all', async () => {
    const rows = 1500
    const held = randomColumns(rows, [4], 0, 'held')
    const columns: PackedColumns = { rows, width: 20, codes: held.codes, dense: [new Int16Array(rows)] }
    const some = await exchange(packingOf(rows, 8), columns, 'nobody')
    expect(some.decrypted).toEqual(some.expected)
    const nothing: PackedColumns = { rows, width: 20, codes: [new Uint8Array(rows).fill(255)] }
    const none = await exchange(packingOf(rows, 8), nothing, 'nothing')
    expect(none.decrypted).toEqual(none.expected)
  })

  test('a whole block without a value', async () => {
    const columns = randomColumns(3000, [5], 0, 'gap')
    columns.codes[0].fill(255, 1024, 2048)
    const { decrypted, expected } = await exchange(packingOf(3000, 8), columns, 'gap')
    expect(decrypted).toEqual(expected)
  })
})

test('encoded columns kept, partly kept or made again each time give the same numbers, query after query', async () => {
  const packing = packingOf(3000, 8)
  const columns = randomColumns(3000, [10, 9], 1, 'budget')
  const masks = new Float64Array(20)
  for (const budget of [0, 3 * 131072, AMPLE]) {
    using responder = await LinearResponder.create(packing, columns, budget)
    for (const seed of ['first', 'second']) {
      using owner = await LinearOwner.create(packing)
      const values = freshResidues(seededRandom(seed), 3000)
      const { bytes } = responder.answer(owner.encrypt(values), 0, 20, masks, seededRandom('flood')(32))
      expect(Array.from(owner.decrypt(bytes, 20))).toEqual(naiveProducts(columns, values))
    }
  }
})

describe('ranges of columns', () => {
  const packing = packingOf(1200, 8)
  const columns = randomColumns(1200, [13, 10], 1, 'ranges')
  const values = freshResidues(seededRandom('values'), 1200)
  const all = naiveProducts(columns, values)

  test.each([
    [0, 24],
    [0, 8],
    [8, 16],
    [8, 24],
    [16, 24],
    [0, 3],
    [16, 19],
    [8, 8],
  ])('[%d, %d) answers these columns alone', async (from, to) => {
    using owner = await LinearOwner.create(packing)
    using responder = await LinearResponder.create(packing, columns, AMPLE)
    const masks = new Float64Array(to - from)
    const answer = responder.answer(owner.encrypt(values), from, to, masks, seededRandom('range')(32))
    expect(Array.from(owner.decrypt(answer.bytes, to - from))).toEqual(all.slice(from, to))
  })

  test.each([
    [1, 9, 8],
    [0, 25, 25],
    [0, 8, 7],
    [0, 8, 9],
    [-8, 0, 8],
    [16, 8, 0],
    [Number.NaN, 8, 8],
  ])('[%d, %d) with %d masks is refused', async (from, to, masks) => {
    using owner = await LinearOwner.create(packing)
    using responder = await LinearResponder.create(packing, columns, AMPLE)
    const query = owner.encrypt(values)
    expect(() =>
      responder.answer(query, from, to, new Float64Array(masks), seededRandom('refused')(32)),
    ).toThrow(expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' }))
  })
})

test('sizes on the wire depend on the numbers of rows and columns alone', async () => {
  const packing = packingOf(2500, 8)
  const zero: PackedColumns = { rows: 2500, width: 19, codes: [new Uint8Array(2500).fill(255)] }
  const full = randomColumns(2500, [10, 9], 0, 'sizes')
  for (const columns of [zero, full]) {
    const { query, answer } = await exchange(packing, columns, 'sizes')
    expect(query.publicKey.length).toBe(196_802)
    expect(QUERY_BYTES).toBe(131_266)
    expect(query.blocks.length).toBe(3 * 131_266)
    expect(answer.bytes.length).toBe(3 * shortLength(8))
    expect(shortLength(8)).toBe(131_072 + 16 * 8)
  }
})

test('words past the last column carry masks that nobody keeps', async () => {
  const packing = packingOf(100, 8)
  const columns = randomColumns(100, [3], 0, 'spare')
  using owner = await LinearOwner.create(packing)
  using responder = await LinearResponder.create(packing, columns, AMPLE)
  const query = owner.encrypt(new Float64Array(100).fill(1))
  const seen = ['a', 'b'].map((seed) => {
    const answer = responder.answer(query, 0, 3, new Float64Array(3), seededRandom(seed)(32))
    return Array.from(owner.decrypt(answer.bytes, 8))
  })
  expect(seen[0].slice(0, 3)).toEqual(seen[1].slice(0, 3))
  for (let word = 3; word < 8; word++) {
    expect(seen[0][word]).not.toBe(0)
    expect(seen[0][word]).not.toBe(seen[1][word])
  }
})

describe('an owner', () => {
  test('refuses a vector of another length, and what is no residue', async () => {
    using owner = await LinearOwner.create(packingOf(10, 8))
    expect(() => owner.encrypt(new Float64Array(9))).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_LENGTH_MISMATCH' }),
    )
    for (const value of [T, -1, 2 ** 50]) {
      expect(() => owner.encrypt(new Float64Array(10).fill(value))).toThrow(
        expect.objectContaining({ code: 'YX_ENGINE_SEAL_FAULT' }),
      )
    }
  })

  test('may be closed twice, and does nothing afterwards', async () => {
    const owner = await LinearOwner.create(packingOf(10, 8))
    owner[Symbol.dispose]()
    owner[Symbol.dispose]()
    expect(() => owner.encrypt(new Float64Array(10))).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_SEAL_FAULT' }),
    )
  })

  test('has another key and other bytes each time', async () => {
    using first = await LinearOwner.create(packingOf(10, 8))
    using second = await LinearOwner.create(packingOf(10, 8))
    const values = new Float64Array(10)
    const queries = [first.encrypt(values), first.encrypt(values), second.encrypt(values)]
    expect(new Set(queries.map((query) => Buffer.from(query.blocks).toString('base64'))).size).toBe(3)
    expect(queries[0].publicKey).not.toEqual(queries[2].publicKey)
  })
})
