import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { answerCross, CrossOwner } from '../../../engine/bfv/cross.ts'
import { LinearOwner, LinearResponder } from '../../../engine/bfv/linear.ts'
import { systemRandom } from '../../../engine/index.ts'
import { naiveProducts, packingOf, randomColumns } from './fixtures.ts'

const ROUNDS = process.env.YINXIN_FULL === '1' ? 1000 : 200
const WARM = 100
const ALLOWED = 16 * 2 ** 20

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of this process and of its WASM heap and buffers (Node counts both as external), garbage collected. */
function used(): { resident: number; external: number } {
  collect()
  collect()
  const { rss, external } = process.memoryUsage()
  return { resident: rss, external }
}

const packing = packingOf(4, 8)
const columns = randomColumns(4, [3], 0, 'memory')
const values = Float64Array.of(1, 2, 3, 4)
const expected = naiveProducts(columns, values)

/** One round under a fresh key: query, answer, decryption. Whoever gets an owner and a responder closes them. */
async function round(): Promise<[LinearOwner, LinearResponder]> {
  const owner = await LinearOwner.create(packing)
  const responder = await LinearResponder.create(packing, columns, 2 ** 20)
  const answer = responder.answer(owner.encrypt(values), 0, 3, new Float64Array(3), systemRandom)
  expect(Array.from(owner.decrypt(answer.bytes, 3))).toEqual(expected)
  return [owner, responder]
}

describe('memory stays level', () => {
  test(`over ${ROUNDS} rounds, and a leak is seen by the same measure`, { timeout: 600_000 }, async () => {
    let before = used()
    for (let count = 1; count <= ROUNDS; count++) {
      for (const object of await round()) object[Symbol.dispose]()
      if (count === WARM) before = used()
    }
    const after = used()
    expect(after.external - before.external).toBeLessThan(ALLOWED)
    expect(after.resident - before.resident).toBeLessThan(ALLOWED)

    // The control: the same rounds with nothing closed.
    const kept: Disposable[] = []
    for (let count = 0; count < 100; count++) kept.push(...(await round()))
    const leaked = used()
    expect(leaked.external - after.external).toBeGreaterThan(ALLOWED)
    for (const object of kept) object[Symbol.dispose]()
  })

  test('refused bytes leave nothing behind', async () => {
    using owner = await LinearOwner.create(packing)
    using responder = await LinearResponder.create(packing, columns, 0)
    const query = owner.encrypt(values)
    const broken = { ...query, blocks: query.blocks.slice() }
    broken.blocks[0] ^= 1
    const refuse = () =>
      expect(() => responder.answer(broken, 0, 3, new Float64Array(3), systemRandom)).toThrow()
    for (let count = 0; count < 20; count++) refuse()
    const before = used()
    for (let count = 0; count < 200; count++) refuse()
    expect(used().external - before.external).toBeLessThan(ALLOWED)
  })

  test('cross products', async () => {
    const vector = Float64Array.of(1, 2, 3)
    let before = used()
    for (let count = 1; count <= 60; count++) {
      using owner = await CrossOwner.create(3)
      const { answer } = await answerCross(owner.encrypt(vector, vector), vector, vector, systemRandom)
      owner.decrypt(answer)
      if (count === 20) before = used()
    }
    expect(used().external - before.external).toBeLessThan(ALLOWED)
  })
})
