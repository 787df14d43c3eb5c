/**
 * security.md T15: a provider has its fine bins counted again and again, each time with one firm moved to the other bin; the
 * counts differ by that firm's label. The gate answers a column once in a run,
 * and the ledger once for a snapshot over all runs. The attacker has its own columns, the counts
 * that the gate returns and, in league with the platform, the platform's noise.
 */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { LinearResponder } from '../../engine/bfv/linear.ts'
import { BAD_UNIT } from '../../engine/fixed-point.ts'
import {
  directHost,
  innerProducts,
  international,
  lift,
  type PackedColumns,
  packingFor,
  residueOf,
  splitCounts,
} from '../../engine/index.ts'
import { KEY_HOLDER } from '../../federation/index.ts'
import { Ledger } from '../../federation/ledger.ts'
import { countNoise } from '../../federation/runs/packed-counts.ts'
import { QueryGroup } from '../../federation/runs/query-group.ts'
import { auc } from '../../models/index.ts'
import { testConsortium } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import { seededIntegers, seededRandom } from '../unit/engine/fixtures.ts'
import { intercept, openedCounts, type Posted, runWith, smallInput } from '../unit/federation/interception.ts'

const FIRST = 'provider-1'
const TRIES = 50
const ROWS = 1000
/** Features of two bins each; the target is moved in all of them. */
const FEATURES = 4
const WIDTH = 2 * FEATURES
const SIGMA = 4

const integer = seededIntegers('rebinning')
const bad = Uint8Array.from({ length: ROWS }, () => (integer(4) === 0 ? 1 : 0))
/** [m + 2^21*y] of a snapshot in which one bank labels every row. */
const counts = Float64Array.from(bad, (y) => 1 + BAD_UNIT * y)
const base = Array.from({ length: FEATURES }, (_, feature) =>
  Uint8Array.from({ length: ROWS }, () => 2 * feature + integer(2)),
)

/** The columns with the target in the first or in the second bin of every feature. */
function rebinned(target: number, second: boolean): PackedColumns {
  const codes = base.map((code, feature) => {
    const moved = code.slice()
    moved[target] = 2 * feature + Number(second)
    return moved
  })
  return { rows: ROWS, width: WIDTH, codes }
}

/** Mean difference of bads between the bins when the target is in the second and when it is in the first. */
function difference(answers: readonly { second: boolean; bads: readonly number[] }[]): number {
  const mean = (second: boolean) => {
    const chosen = answers.filter((answer) => answer.second === second)
    const sums = chosen.map(({ bads }) => bads.reduce((sum, n, j) => sum + (j % 2 ? n : -n), 0))
    return sums.reduce((sum, value) => sum + value, 0) / chosen.length
  }
  return mean(true) - mean(false)
}

/** Label AUC over some firms against a gate that answers every try, with the noise of one server. */
function attackWeakGate(sigma: number, targets: number): number {
  const random = seededRandom(`gate ${sigma}`)
  const gate = (columns: PackedColumns): number[] => {
    const noise = countNoise(random, sigma, WIDTH)
    const sums = innerProducts(columns, counts).map((sum, j) => residueOf(sum + noise[j]))
    return Array.from(sums, (sum) => splitCounts(lift(sum)).bad)
  }
  const chosen = Array.from({ length: targets }, (_, index) => index)
  const score = chosen.map((target) => {
    const answers = Array.from({ length: TRIES }, (_, index) => {
      const second = index % 2 === 1
      return { second, bads: gate(rebinned(target, second)) }
    })
    return -difference(answers)
  })
  return auc(score, bad.subarray(0, targets))
}

describe('re-binnings that differ in one firm', () => {
  test('control: a gate that answers again without noise gives away every label', () => {
    expect(attackWeakGate(0, 200)).toBe(1)
  })

  test('control: a gate that answers again with fresh noise is averaged: above 0.9', () => {
    expect(attackWeakGate(SIGMA, 60)).toBeGreaterThan(0.9)
  })

  test(`the real gate takes the first of ${TRIES} tries and refuses the others`, async () => {
    const packing = packingFor(ROWS, [WIDTH])
    const group = { members: [{ provider: FIRST, from: 0, to: WIDTH }] }
    const gate = await QueryGroup.open(
      directHost(),
      international,
      packing,
      counts,
      group,
      0,
      'seenKeyHolder',
    )
    const { publicKey, blocks } = gate.query
    const seen = Buffer.from(international.hash(publicKey, blocks)).toString('hex')
    const answers: { second: boolean; bads: number[] }[] = []
    const refused: string[] = []
    for (let index = 0; index < TRIES; index++) {
      const second = index % 2 === 1
      using responder = await LinearResponder.create(packing, rebinned(0, second), 0)
      const seed = new Uint8Array(32).fill(index)
      const { bytes } = responder.answer(gate.query, 0, WIDTH, new Float64Array(WIDTH), seed)
      const body = { group: 0, from: 0, to: WIDTH, answer: bytes, seenPlatform: seen, seenKeyHolder: seen }
      await gate.take(FIRST, body, 'fine bins').then(
        (released) =>
          answers.push({ second, bads: Array.from(released![0].values, (v) => splitCounts(lift(v)).bad) }),
        ({ code }: { code: string }) => refused.push(code),
      )
    }
    expect(answers).toHaveLength(1)
    expect(new Set(refused)).toEqual(new Set(['YX_FEDERATION_SECOND_ANSWER']))
    expect(refused).toHaveLength(TRIES - 1)
    // One state of the firm alone: there is nothing to take the difference of.
    expect(difference(answers)).toBeNaN()
  })

  test('in a whole run a second answer ends it, and no column is counted twice', async () => {
    let tries = 0
    const { code, recorded } = await runWith(smallInput({ sigma: SIGMA }), (message: Posted) => {
      if (message.type !== 'bins.answer' || message.from !== FIRST || message.to !== KEY_HOLDER)
        return undefined
      if (tries++ > 0) return undefined
      return Array.from({ length: TRIES }, () => message)
    })
    expect(code).toBe('YX_FEDERATION_SECOND_ANSWER')
    const counted = recorded.filter(({ type, to }) => type === 'bins.counts' && to === FIRST)
    expect(counted.length).toBeLessThanOrEqual(1)
  })
})

describe('re-binnings over two runs on the same labels', () => {
  afterEach(() => vi.restoreAllMocks())
  const OWNER = 'provider-3'

  /** Two runs without noise, between which one firm changes its category; the sorted bads per bin of each. */
  async function twoRuns(isBad: 0 | 1): Promise<number[][]> {
    const input = syntheticInput({ rows: 2000, providers: 3, banks: 2, seed: 1, rounds: 1, columns: 1 })
    const [column] = input.providers.find(({ name }) => name === OWNER)!.columns
    if (column.kind !== 'categorical') throw new RangeError('this provider has a categorical column')
    const [bank] = input.labelHolders
    const target = column.codes.findIndex(
      (code, row) =>
        code === 1 && input.folds[row] !== 0 && bank.labelled[row] === 1 && bank.bad[row] === isBad,
    )
    const consortium = await testConsortium(input)
    const recorded = intercept(consortium)
    const bads: number[][] = []
    for (const run of ['run-1', 'run-2']) {
      recorded.length = 0
      await consortium.run({ run })
      const own = recorded.filter(({ type, to }) => type === 'bins.counts' && to === OWNER)
      bads.push(
        own.flatMap(({ body }) => openedCounts(body).counts.map(({ bad: n }) => n)).sort((a, b) => a - b),
      )
      column.codes[target] = 2
    }
    await consortium.close()
    return bads
  }

  test('control: servers whose ledger forgets count again, and the bads tell the label', async () => {
    vi.spyOn(Ledger.prototype, 'has').mockReturnValue(false)
    for (const isBad of [0, 1] as const) {
      const [before, after] = await twoRuns(isBad)
      expect(before.length).toBeGreaterThan(2)
      expect(after).toHaveLength(before.length)
      expect(after.join() === before.join()).toBe(isBad === 0)
    }
  })

  test('the ledger names what was counted: in the second run nothing comes', async () => {
    const [before, after] = await twoRuns(1)
    expect(before.length).toBeGreaterThan(2)
    expect(after).toEqual([])
  })
})
