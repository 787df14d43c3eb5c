import fc from 'fast-check'
import { expect, test } from 'vitest'
import { threadHost } from '../../../engine/index.ts'
import { columns, faceOf, fuzzDoors, insidesHere, packing, wireDoors } from './wire-doors.ts'
import { isWellFormed } from './wire-forms.ts'
import { mutated, mutations } from './wire-mutations.ts'

const RUNS = process.env.YINXIN_FULL === '1' ? 100_000 : 2000
const doors = await wireDoors()

test('what is not well-formed is refused at every door with one error, reaches no loader and touches no key', {
  timeout: 3_600_000,
}, async () => {
  using insides = await insidesHere()
  const { accepted, refused, refusals, complaints } = await fuzzDoors(doors, insides, {
    ...{ runs: RUNS, seed: 20261007, each: 100 },
  })
  expect([...complaints]).toEqual([])
  expect(accepted).toBeGreaterThan(RUNS / 10)
  expect(refused).toBeGreaterThan(RUNS / 4)
  // query, public key, answer, short answer: the kind of object and nothing else
  const texts = [...refusals].map((text) => JSON.parse(text))
  expect(texts.map(({ message }) => message.match(/^A ([a-z ]+) was refused/)[1]).sort()).toEqual([
    'answer',
    'public key',
    'query',
    'short answer',
  ])
  for (const { message, ...rest } of texts) {
    expect(rest).toEqual({
      name: 'FastifyError',
      cause: 'undefined',
      fields: { name: 'FastifyError', code: 'YX_ENGINE_MALFORMED_CIPHERTEXT', statusCode: 400, message },
    })
  }
})

test('a refusal out of a worker thread has the same face', async () => {
  using here = await insidesHere()
  const host = threadHost(1)
  const owner = await host.linearOwner(packing)
  const responder = await host.linearResponder(packing, columns, 2 ** 20)
  const crossOwner = await host.crossOwner(packing.rows)
  const there = {
    answer: responder.answer,
    decrypt: owner.decrypt,
    answerCross: host.answerCross,
    decryptCross: crossOwner.decrypt,
  }
  const face = async (run: () => unknown): Promise<string> => {
    try {
      await run()
    } catch (fault) {
      return faceOf(fault)
    }
    return 'accepted'
  }
  let compared = 0
  for (const changes of fc.sample(mutations, { numRuns: 60, seed: 7 })) {
    const door = doors[compared % doors.length]
    const { bytes, touched } = mutated(door.form, changes)
    if (isWellFormed(door.form, bytes, touched)) continue
    compared++
    const [direct, threaded] = [
      await face(() => door.present(here, bytes)),
      await face(() => door.present(there, bytes)),
    ]
    expect(threaded).toBe(direct)
    expect(direct).toContain('YX_ENGINE_MALFORMED_CIPHERTEXT')
  }
  expect(compared).toBeGreaterThan(20)
  await host.close()
})
