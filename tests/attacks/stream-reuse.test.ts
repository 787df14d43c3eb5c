/**
 * protocol.md section 8, "Replay": the randomness of an answer comes from a seed, so that it can be computed again. One seed
 * under two queries is a two-time pad: in the difference of the two answers the encryption of zero falls away, and division
 * by the difference of the queries shows the columns. The attacker is a server that keeps its key for two rounds.
 */
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../engine/bfv/context.ts'
import { LinearResponder } from '../../engine/bfv/linear.ts'
import { LinearOwner } from '../../engine/bfv/linear-owner.ts'
import { directHost, international, type LinearQuery, systemRandom } from '../../engine/index.ts'
import { freshResidues } from '../../engine/stream.ts'
import { MaskedExchange } from '../../federation/roles/masked-exchange.ts'
import { RunSecret } from '../../federation/run-secret.ts'
import { packingOf, randomColumns } from '../unit/engine/fixtures.ts'
import { answerC1, cellsShown, queryC1, quotient, toNtt, without } from './division.ts'

const STRIDE = 8
const ROWS = 1024
const ALL = ROWS * STRIDE
const packing = packingOf(ROWS, STRIDE)
const columns = randomColumns(ROWS, [5, 3], 0, 'stream reuse')
const context = await linearContext()

/** Two queries under one key, as a dishonest owner makes them. */
async function twoQueries(): Promise<[LinearQuery, LinearQuery]> {
  using owner = await LinearOwner.create(packing)
  const [first, second] = [1, 2].map(() => owner.encrypt(freshResidues(systemRandom, ROWS)))
  return [first, second]
}

/** Cells that the difference of two answers shows. */
function attack(queries: readonly LinearQuery[], answers: readonly Uint8Array[]): number {
  const one = BigUint64Array.from({ length: 8192 }, () => 1n)
  const difference = ([first, second]: BigUint64Array[]) => without(context, first, [one], [second])
  const asked = difference(queries.map(({ blocks }) => toNtt(context, queryC1(context, blocks)[0])))
  const given = difference(answers.map((bytes) => toNtt(context, answerC1(context, bytes, STRIDE)[0])))
  return cellsShown(quotient(context, given, asked), packing, columns).shown
}

describe('one stream under two queries', () => {
  test('control: two answers of the engine from one seed give away all 8,192 cells', async () => {
    using responder = await LinearResponder.create(packing, columns, 0)
    const queries = await twoQueries()
    const seed = systemRandom(32)
    const answers = queries.map((query) => {
      const masks = freshResidues(systemRandom, STRIDE)
      return responder.answer(query, 0, STRIDE, masks, seed).bytes
    })
    expect(attack(queries, answers)).toBe(ALL)
  })

  /** A provider's two answers to the platform in one round, between which it was started anew with the run's own secret. */
  async function twoAnswers(queries: readonly LinearQuery[], secret: RunSecret): Promise<Uint8Array[]> {
    const groups = [{ members: [{ provider: 'provider-1', from: 0, to: STRIDE }] }]
    const responder = await directHost().linearResponder(packing, columns, 0)
    const order = Int32Array.from({ length: STRIDE }, (_, j) => j)
    const answers: Uint8Array[] = []
    for (const query of queries) {
      const layout = { groups, responders: [responder] }
      const exchange = new MaskedExchange({
        name: 'provider-1',
        order,
        suite: international,
        secret,
        bins: layout,
      })
      exchange.begin(1, layout)
      await exchange.answer('round', 1, 0, 'keyHolder', query)
      const ready = await exchange.answer('round', 1, 0, 'platform', query)
      answers.push(ready.find(({ to }) => to === 'platform')!.bytes)
    }
    await responder.close()
    return answers
  }

  test('control: labels without the query give away all of them', async () => {
    class Unbound extends RunSecret {
      override seed(purpose: string): Uint8Array {
        return super.seed(purpose)
      }
    }
    const queries = await twoQueries()
    expect(attack(queries, await twoAnswers(queries, new Unbound(international, systemRandom(32))))).toBe(ALL)
  })

  test('labels that bind the query leave no cell, under one secret and in one round', async () => {
    const queries = await twoQueries()
    expect(attack(queries, await twoAnswers(queries, new RunSecret(international, systemRandom(32))))).toBe(0)
  })
})
