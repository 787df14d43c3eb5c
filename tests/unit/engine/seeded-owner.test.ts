/**
 * An owner made from a seed is the same owner again: a server that was stopped sends the same query a second time. What it
 * encrypts is bound to the values, so that no other vector ever meets the same randomness.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { linearContext } from '../../../engine/bfv/context.ts'
import { CROSS_BLOCK_BYTES } from '../../../engine/bfv/cross.ts'
import { entropyOf } from '../../../engine/bfv/entropy.ts'
import { EphemeralKey } from '../../../engine/bfv/key.ts'
import { Polynomial, toPlaintext } from '../../../engine/bfv/plaintext.ts'
import { SEED_BYTES } from '../../../engine/bfv/templates.ts'
import { directHost, type EngineHost, QUERY_BYTES, T, threadHost } from '../../../engine/index.ts'
import { freshResidues } from '../../../engine/stream.ts'
import { naiveProducts, packingOf, randomColumns, seededRandom, toHex } from './fixtures.ts'

/** More blocks than one thread takes alone: 16 of a linear query, 2 of a cross term. */
const LINEAR_ROWS = 17_000
const CROSS_ROWS = 17_000
const packing = packingOf(LINEAR_ROWS, 8)
const vector = freshResidues(seededRandom('owner values'), LINEAR_ROWS)
const other = vector.slice()
other[LINEAR_ROWS - 1] = (other[LINEAR_ROWS - 1] + 1) % T
const [seed, otherSeed] = [seededRandom('owner')(32), seededRandom('another owner')(32)]

const [one, two] = [threadHost(1), threadHost(2)]
afterAll(() => Promise.all([one.close(), two.close()]))
const hosts: EngineHost[] = [directHost(), one, two]

/** Public randomness of every encrypted block: the seed of its second half. */
const blockSeeds = (blocks: Uint8Array, size: number): string[] =>
  Array.from({ length: blocks.length / size }, (_, block) =>
    toHex(blocks.subarray((block + 1) * size - SEED_BYTES, (block + 1) * size)),
  )

async function linearQuery(host: EngineHost, values: Float64Array, from?: Uint8Array) {
  const owner = await host.linearOwner(packing, from)
  const query = await owner.encrypt(values)
  await owner.close()
  return {
    key: toHex(query.publicKey),
    blocks: toHex(query.blocks),
    seeds: blockSeeds(query.blocks, QUERY_BYTES),
  }
}

async function crossQuery(host: EngineHost, first: Float64Array, second: Float64Array, from?: Uint8Array) {
  const owner = await host.crossOwner(CROSS_ROWS, from)
  const query = await owner.encrypt(first, second)
  await owner.close()
  const seeds = [query.first, query.second].flatMap((blocks) => blockSeeds(blocks, CROSS_BLOCK_BYTES))
  return { key: toHex(query.publicKey), text: toHex(query.first) + toHex(query.second), seeds }
}

const shared = (left: readonly string[], right: readonly string[]): string[] =>
  left.filter((text) => right.includes(text))

describe('a linear owner from a seed', () => {
  test('encrypts the same values to the same bytes in every host, split over threads or not', async () => {
    const queries = await Promise.all(hosts.map((host) => linearQuery(host, vector, seed)))
    for (const query of queries) expect(query).toEqual(queries[0])
    expect(new Set(queries[0].seeds).size).toBe(packing.blocks)
  })

  test('shares no randomness between vectors that differ in one row, in any block', async () => {
    for (const host of [hosts[0], hosts[2]]) {
      const [first, second] = [await linearQuery(host, vector, seed), await linearQuery(host, other, seed)]
      expect(second.key).toBe(first.key)
      expect(shared(first.seeds, second.seeds)).toEqual([])
    }
  })

  test('shares no randomness between two packings of one vector, whose rows would meet others', async () => {
    const wide = packingOf(LINEAR_ROWS, 16)
    for (const host of [hosts[0], hosts[2]]) {
      const owner = await host.linearOwner(wide, seed)
      const { blocks } = await owner.encrypt(vector)
      await owner.close()
      const narrow = await linearQuery(host, vector, seed)
      expect(shared(narrow.seeds, blockSeeds(blocks, QUERY_BYTES))).toEqual([])
    }
  })

  test('has another key under another seed, and without one no two owners share anything', async () => {
    for (const host of hosts) {
      const queries = await Promise.all(
        [seed, otherSeed, undefined, undefined].map((from) => linearQuery(host, vector, from)),
      )
      expect(new Set(queries.map(({ key }) => key)).size).toBe(4)
      expect(new Set(queries.flatMap(({ seeds }) => seeds)).size).toBe(4 * packing.blocks)
    }
  })

  test('decrypts what is answered under its key, also as a second owner of the same seed', async () => {
    const columns = randomColumns(LINEAR_ROWS, [20], 0, 'seeded owner')
    for (const host of [hosts[0], hosts[2]]) {
      const [asked, again] = [await host.linearOwner(packing, seed), await host.linearOwner(packing, seed)]
      const responder = await host.linearResponder(packing, columns, 0)
      const masks = freshResidues(seededRandom('owner masks'), 20)
      const { bytes } = await responder.answer(await asked.encrypt(vector), 0, 20, masks, otherSeed)
      for (const owner of [asked, again]) {
        expect(Array.from(await owner.decrypt(bytes, 20))).toEqual(naiveProducts(columns, vector, masks))
      }
      await Promise.all([asked.close(), again.close(), responder.close()])
    }
  })

  test('refuses a seed of another length', async () => {
    for (const host of hosts) {
      const fault = { code: 'YX_ENGINE_LENGTH_MISMATCH' }
      await expect(host.linearOwner(packing, new Uint8Array(31))).rejects.toMatchObject(fault)
      await expect(host.crossOwner(CROSS_ROWS, new Uint8Array(33))).rejects.toMatchObject(fault)
    }
  })
})

describe('a cross owner from a seed', () => {
  test('encrypts the same vectors to the same bytes in every host, each vector with randomness of its own', async () => {
    const queries = await Promise.all(hosts.map((host) => crossQuery(host, vector, vector, seed)))
    for (const query of queries) expect(query).toEqual(queries[0])
    expect(new Set(queries[0].seeds).size).toBe(6)
  })

  test('shares no randomness where one of the two vectors differs, nor without a seed', async () => {
    for (const host of [hosts[0], hosts[2]]) {
      const queries = [
        await crossQuery(host, vector, vector, seed),
        await crossQuery(host, vector, other, seed),
        await crossQuery(host, other, vector, seed),
        await crossQuery(host, vector, vector, otherSeed),
        await crossQuery(host, vector, vector),
        await crossQuery(host, vector, vector),
      ]
      expect(new Set(queries.flatMap(({ seeds }) => seeds)).size).toBe(6 * 6)
      expect(new Set(queries.map(({ key }) => key)).size).toBe(4)
    }
  })

  test('decrypts its answer', async () => {
    for (const host of [hosts[0], hosts[2]]) {
      const owner = await host.crossOwner(3, seed)
      const ones = new Float64Array(3).fill(1)
      const query = await owner.encrypt(Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6))
      const { answer, rho } = await host.answerCross(query, [ones, ones], otherSeed)
      const sum = await owner.decrypt(answer)
      expect(Array.from(sum, (value, row) => (value + rho[row]) % T)).toEqual([5, 7, 9])
      await owner.close()
    }
  })
})

test('nothing random of a seeded key or block comes from the system, and nothing else from the seed', async () => {
  const context = await linearContext()
  const system = crypto.getRandomValues
  let asked = 0
  Object.defineProperty(crypto, 'getRandomValues', {
    configurable: true,
    value: (target: Uint8Array) => {
      asked++
      return system.call(crypto, target)
    },
  })
  try {
    const key = new EphemeralKey(context, undefined, entropyOf(seed, 0, 'key'))
    using plain = toPlaintext(context, new Polynomial(context))
    key.encrypt(plain, entropyOf(seed, 0, 'block'))
    expect(asked).toBe(0)
    key[Symbol.dispose]()
  } finally {
    Reflect.deleteProperty(crypto, 'getRandomValues')
  }
  using first = new EphemeralKey(context, undefined, entropyOf(seed, 0, 'key'))
  using plain = toPlaintext(context, new Polynomial(context))
  first.encrypt(plain, entropyOf(seed, 0, 'block'))
  using fresh = new EphemeralKey(context)
  expect(fresh.publicKey).not.toEqual(first.publicKey)
  expect(fresh.encrypt(plain)).not.toEqual(fresh.encrypt(plain))
})
