import { afterAll, describe, expect, test } from 'vitest'
import { crossQuery, vectorsOf } from '../../../engine/bfv/cross.ts'
import { directHost, type EngineHost, systemRandom, T, threadHost } from '../../../engine/index.ts'
import { freshResidues } from '../../../engine/stream.ts'
import { naiveProducts, packingOf, randomColumns, seededRandom } from './fixtures.ts'

const packing = packingOf(2100, 8)
const columns = randomColumns(2100, [20, 16], 1, 'pool')
const values = freshResidues(seededRandom('pool values'), 2100)
const masks = freshResidues(seededRandom('pool masks'), 37)
const seed = systemRandom(32)
const expected = naiveProducts(columns, values, masks)

const threads = threadHost(2)
afterAll(() => threads.close())
const hosts: [string, EngineHost][] = [
  ['direct', directHost()],
  ['threads', threads],
]
const malformed = { code: 'YX_ENGINE_MALFORMED_CIPHERTEXT', statusCode: 400 }

describe.each(hosts)('%s host', (_name, host) => {
  test('answers exactly, all columns and every aligned range', async () => {
    const owner = await host.linearOwner(packing)
    const responder = await host.linearResponder(packing, columns, 2 ** 22)
    const query = await owner.encrypt(values)
    for (const [from, to] of [
      [0, 37],
      [0, 8],
      [8, 32],
      [16, 37],
      [32, 37],
      [24, 30],
    ]) {
      const answer = await responder.answer(query, from, to, masks.slice(from, to), seed)
      const got = await owner.decrypt(answer.bytes, to - from)
      expect(Array.from(got), `[${from}, ${to})`).toEqual(expected.slice(from, to))
    }
    await responder.close()
    await owner.close()
  })

  test('the cross term', async () => {
    const owner = await host.crossOwner(3)
    const query = await owner.encrypt(Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6))
    const { answer, rho } = await host.answerCross(
      query,
      [Float64Array.of(1, 1, 1), Float64Array.of(7, 8, 9)],
      seed,
    )
    const sum = await owner.decrypt(answer)
    // [b]_P [a]_H + [a]_P [b]_H
    const shares = Array.from(sum, (value, row) => (value + rho[row]) % 70368743669761)
    expect(shares).toEqual([1 + 28, 2 + 40, 3 + 54])
    await owner.close()
  })

  test('faults keep their code, text and status', async () => {
    const owner = await host.linearOwner(packing)
    const responder = await host.linearResponder(packing, columns, 0)
    const query = await owner.encrypt(values)
    const text = expect.stringContaining('A short answer was refused by the strict parser')
    await expect(owner.decrypt(new Uint8Array(5), 8)).rejects.toMatchObject({ ...malformed, message: text })
    const broken = { ...query, publicKey: query.publicKey.slice(1) }
    await expect(responder.answer(broken, 0, 8, masks.slice(0, 8), seed)).rejects.toMatchObject(malformed)
    await expect(responder.answer(query, 3, 8, masks.slice(3, 8), seed)).rejects.toMatchObject({
      code: 'YX_ENGINE_OUT_OF_RANGE',
    })
    await expect(host.linearResponder(packingOf(5, 8), columns, 0)).rejects.toMatchObject({
      code: 'YX_ENGINE_LENGTH_MISMATCH',
      statusCode: 400,
    })
    await responder.close()
    await owner.close()
  })

  test('a closed owner answers nothing more and may be closed again', async () => {
    const owner = await host.linearOwner(packing)
    const responder = await host.linearResponder(packing, columns, 0)
    const { bytes } = await responder.answer(await owner.encrypt(values), 0, 8, masks.slice(0, 8), seed)
    await owner.decrypt(bytes, 8)
    await responder.close()
    await owner.close()
    await owner.close()
    await expect(owner.decrypt(bytes, 8)).rejects.toMatchObject({
      code: expect.stringMatching(/^YX_ENGINE_/),
    })
    await expect(owner.encrypt(values)).rejects.toMatchObject({ code: expect.stringMatching(/^YX_ENGINE_/) })
  })

  test('many owners at once do not mix', async () => {
    const small = packingOf(4, 8)
    const one = randomColumns(4, [2], 0, 'mix')
    const responder = await host.linearResponder(small, one, 0)
    await Promise.all(
      [1, 2, 3, 4, 5].map(async (value) => {
        const owner = await host.linearOwner(small)
        const vector = new Float64Array(4).fill(value)
        const answer = await responder.answer(await owner.encrypt(vector), 0, 2, new Float64Array(2), seed)
        expect(Array.from(await owner.decrypt(answer.bytes, 2))).toEqual(naiveProducts(one, vector))
        await owner.close()
      }),
    )
    await responder.close()
  })
})

test('work split over threads takes bytes as they come out of a message, views into a larger buffer, and leaves them', async () => {
  const rows = 40_000
  const wide = packingOf(rows, 8)
  const own = randomColumns(rows, [20], 0, 'split')
  const vector = freshResidues(seededRandom('split values'), rows)
  const zeros = new Float64Array(20)
  const inMessage = (bytes: Uint8Array) =>
    Buffer.concat([Buffer.alloc(7), bytes, Buffer.alloc(9)]).subarray(7, -9)
  const owner = await threads.linearOwner(wide)
  const responder = await threads.linearResponder(wide, own, 2 ** 24)
  const { publicKey, blocks } = await owner.encrypt(vector)
  const query = { publicKey: inMessage(publicKey), blocks: inMessage(blocks) }
  const before = Buffer.from(query.blocks)
  const { bytes } = await responder.answer(query, 0, 20, zeros, seed)
  expect(Array.from(await owner.decrypt(inMessage(bytes), 20))).toEqual(naiveProducts(own, vector))
  expect(before.equals(query.blocks)).toBe(true)
  const crossOwner = await threads.crossOwner(rows)
  const cross = await crossOwner.encrypt(vector, vector, vector)
  const asked = crossQuery(cross.publicKey, vectorsOf(cross).map(inMessage))
  const ones = new Float64Array(rows).fill(1)
  const { answer, rho } = await threads.answerCross(asked, [ones, ones, ones], seed)
  const got = await crossOwner.decrypt(inMessage(answer))
  const same = got.every((value, row) => (value + rho[row]) % T === (3 * vector[row]) % T)
  expect(same).toBe(true)
  await Promise.all([owner.close(), responder.close(), crossOwner.close()])
})

test('a call on a closed host of threads says that the worker is gone', async () => {
  const host = threadHost(1)
  const owner = await host.linearOwner(packing)
  await host.close()
  await expect(owner.encrypt(values)).rejects.toMatchObject({ code: 'YX_ENGINE_WORKER_LOST' })
})

test.each([0, -1, Number.NaN])('%d threads are refused', (count) => {
  expect(() => threadHost(count)).toThrow(expect.objectContaining({ code: 'YX_ENGINE_OUT_OF_RANGE' }))
})

test('systemRandom gives as many bytes as asked, other ones each time', () => {
  expect([0, 1, 70_000].map((length) => systemRandom(length).length)).toEqual([0, 1, 70_000])
  expect(systemRandom(32)).not.toEqual(systemRandom(32))
})
