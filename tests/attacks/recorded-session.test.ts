/**
 * security.md T04 (E1, E2b) on the bytes of a whole recorded session: every answer to an encrypted vector, of every provider
 * and of the platform at its evaluations. The attacker has the wire and no key; it even knows the columns of all blocks but
 * one. Division must show no cell of that block, and recomputing c1 from the right columns must confirm nothing, not even by
 * what remains being small.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { linearContext } from '../../engine/bfv/context.ts'
import { N } from '../../engine/bfv/parameters.ts'
import {
  directHost,
  type EngineHost,
  type LinearQuery,
  type PackedColumns,
  type Packing,
  systemRandom,
} from '../../engine/index.ts'
import { freshResidues } from '../../engine/stream.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import { seededIntegers } from '../unit/engine/fixtures.ts'
import { type Posted, runWith } from '../unit/federation/interception.ts'
import {
  answerC1,
  cellsShown,
  columnsOf,
  publicKeyC1,
  queryC1,
  quotient,
  type Residues,
  toNtt,
  without,
} from './division.ts'
import { modulo, polynomialAt } from './owner.ts'
import { weakAnswer } from './weak-responder.ts'

interface Answered {
  readonly packing: Packing
  readonly columns: PackedColumns
  readonly query: LinearQuery
  readonly from: number
  readonly bytes: Uint8Array
}

/** The engine of all parties, which notes what each answer was computed from: the truth that the attacker is measured by. */
function notingEngine(noted: Answered[]): EngineHost {
  const engine = directHost()
  return {
    ...engine,
    async linearResponder(packing, columns, memoryBudget) {
      const responder = await engine.linearResponder(packing, columns, memoryBudget)
      return {
        ...responder,
        async answer(query, from, to, masks, seed) {
          const answer = await responder.answer(query, from, to, masks, seed)
          // Off the wire come buffers, SEAL takes plain arrays alone.
          const copy = { publicKey: new Uint8Array(query.publicKey), blocks: new Uint8Array(query.blocks) }
          noted.push({ packing, columns, query: copy, from, bytes: answer.bytes })
          return answer
        },
      }
    },
  }
}

const context = await linearContext()
const noted: Answered[] = []
let recorded: readonly Posted[] = []

beforeAll(async () => {
  const input = syntheticInput({
    rows: 2400,
    providers: 3,
    banks: 2,
    seed: 4,
    rounds: 1,
    columns: 2,
    bins: 5,
  })
  const outcome = await runWith({ ...input, services: { engine: notingEngine(noted) } })
  expect(outcome.code).toBeNull()
  recorded = outcome.recorded
})

/** c1 of one answer and what the attacker needs beside it, all transformed. */
function view({ packing, columns, query }: Answered, c1: Residues, group: number) {
  const blocks = Array.from({ length: packing.blocks }, (_, block) => block)
  return {
    answer: toNtt(context, c1),
    queries: queryC1(context, query.blocks).map((block) => toNtt(context, block)),
    factors: blocks.map((block) => toNtt(context, columnsOf(context, packing, columns, block, group))),
  }
}

/** Divides every block out of one answer; cells shown and cells in all. */
function divideBlocks(answered: Answered, c1: Residues, group: number): { shown: number; cells: number } {
  const { answer, queries, factors } = view(answered, c1, group)
  let [shown, cells] = [0, 0]
  queries.forEach((divisor, block) => {
    const others = <V>(values: V[]) => values.filter((_, index) => index !== block)
    const rest = without(context, answer, others(factors), others(queries))
    const found = cellsShown(
      quotient(context, rest, divisor),
      answered.packing,
      answered.columns,
      block,
      group,
    )
    shown += found.shown
    cells += found.cells
  })
  return { shown, cells }
}

/** What remains of a transformed c1 for somebody who knows all columns. */
function remainder(answered: Answered, c1: Residues, group: number): Residues {
  const { answer, queries, factors } = view(answered, c1, group)
  return without(context, answer, factors, queries)
}

/** Words of c1 that a recomputation from the right columns confirms. */
const confirmed = (answered: Answered, c1: Residues, group: number): number =>
  remainder(answered, c1, group).filter((word) => word === 0n).length

/** Coefficients of -1, 0 and 1 in a remainder divided by the public key: all of them, were it the key times u alone. */
const ternaries = ({ query }: Answered, rest: Residues): number =>
  quotient(context, rest, publicKeyC1(context, query.publicKey)).filter((value) => value * value <= 1n).length

/** The first answer of what is noted, as a build without re-randomising would have sent it. */
function weakened({ query, packing, columns }: Answered): Residues {
  const size = query.blocks.length / packing.blocks
  const blocks = Array.from({ length: packing.blocks }, (_, block) =>
    query.blocks.slice(block * size, (block + 1) * size),
  )
  const masks = freshResidues(systemRandom, packing.stride)
  const weakness = { rerandomise: false, flood: context.flood }
  const asked = { publicKey: query.publicKey, blocks }
  return polynomialAt(weakAnswer(context, asked, packing, columns, masks, weakness, systemRandom), 2)
}

describe('c1 of a recorded session', () => {
  test('holds every answer: fine bins and gradients of three providers to two servers, evaluations', () => {
    const sent = recorded.filter(({ type }) => /^(bins|round|evaluation)\.answer$/.test(type))
    expect(sent).toHaveLength(noted.length)
    for (const { body } of sent) {
      expect(noted.some(({ bytes }) => Buffer.compare(bytes, body.answer as Uint8Array) === 0)).toBe(true)
    }
    expect(sent.filter(({ from }) => from.startsWith('provider'))).toHaveLength(12)
    expect(Math.max(...noted.map(({ packing }) => packing.blocks))).toBeGreaterThan(1)
  })

  test('control: without re-randomising every cell of every block is shown, and right columns are confirmed', () => {
    for (const answered of noted) {
      const c1 = weakened(answered)
      const { shown, cells } = divideBlocks(answered, c1, 0)
      expect(cells).toBe(answered.packing.rows * answered.packing.stride)
      expect(shown).toBe(cells)
      expect(confirmed(answered, c1, 0)).toBe(N)
    }
  })

  test('control: the key times a ternary polynomial, but no error, confirms right columns by what remains', () => {
    const integer = seededIntegers('no error')
    const u = BigUint64Array.from({ length: N }, () => modulo(BigInt(integer(3) - 1), context.primes[0]))
    for (const answered of noted) {
      const key = publicKeyC1(context, answered.query.publicKey)
      const rest = without(context, remainder(answered, weakened(answered), 0), [key], [toNtt(context, u)])
      expect(ternaries(answered, rest)).toBe(N)
    }
  })

  test('real answers show no cell of any provider, block or group, and confirm nothing', () => {
    for (const answered of noted) {
      const { stride } = answered.packing
      answerC1(context, answered.bytes, stride).forEach((c1, index) => {
        const group = answered.from / stride + index
        expect(divideBlocks(answered, c1, group).shown).toBe(0)
        expect(confirmed(answered, c1, group)).toBe(0)
        expect(ternaries(answered, remainder(answered, c1, group))).toBe(0)
      })
    }
  })
})
