/**
 * security.md T09: a passive provider solves X^T D = g, its own columns and the gradients of all rounds, for the residuals of
 * the single rows, and reads labels from them. Rows beyond columns and the servers' noise stand against it. The columns of the
 * attacker have nothing to do with the labels, so that whatever it ranks rightly comes from the gradients alone.
 */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { rowsOfFolds } from '../../federation/index.ts'
import { MaskedExchange } from '../../federation/roles/masked-exchange.ts'
import { auc, buildBasis, CELL, type Column, encodeBasis } from '../../models/index.ts'
import type { ConsortiumInput } from '../helpers/consortium.ts'
import { generator, syntheticInput } from '../helpers/synthetic.ts'
import { runWith } from '../unit/federation/interception.ts'

/** Least rows of a bin: the real rule unless a test weakens it. */
const weakened = vi.hoisted(() => ({ minRows: undefined as number | undefined }))
vi.mock('../../models/basis.ts', async (original) => {
  const real = await original<typeof import('../../models/basis.ts')>()
  const changed: typeof real.buildBasis = (columns, options) =>
    real.buildBasis(columns, weakened.minRows ? { ...options, minRows: weakened.minRows } : options)
  return { ...real, buildBasis: changed }
})
afterEach(() => {
  weakened.minRows = undefined
  vi.restoreAllMocks()
})

const ATTACKER = 'provider-1'

/** A run whose first provider has columns of pure chance; one bank labels every row. */
function chanceInput(rows: number, columns: number, bins: number, rounds: number): ConsortiumInput {
  const random = generator(9)
  const state = new Uint8Array(rows).fill(CELL.held)
  const column = (name: string): Column => ({
    kind: 'numeric',
    name,
    state,
    values: Float64Array.from({ length: rows }, random),
  })
  const input = syntheticInput({
    rows,
    providers: 2,
    banks: 1,
    seed: 3,
    columns: 2,
    bins,
    rounds,
    labelled: 1,
  })
  const [first, ...others] = input.providers
  const own = Array.from({ length: columns }, (_, j) => column(`chance ${j}`))
  return { ...input, providers: [{ ...first, columns: own }, ...others] }
}

/** The gradients of all rounds as the first provider unmasks them, in the order of its basis. */
async function gradientsOf(input: ConsortiumInput): Promise<Float64Array[]> {
  const original = MaskedExchange.prototype.gradient
  const gradients: Float64Array[] = []
  let last: Float64Array | null = null
  vi.spyOn(MaskedExchange.prototype, 'gradient').mockImplementation(function (this: MaskedExchange, ...args) {
    const gradient = original.apply(this, args)
    last = gradient?.slice() ?? last
    return gradient
  })
  const outcome = await runWith(input, ({ type, from }) => {
    if (type === 'round.done' && from === ATTACKER) gradients.push(last!)
    return undefined
  })
  expect(outcome.code).toBeNull()
  expect(gradients).toHaveLength(input.rounds)
  return gradients
}

/** Least squares of smallest norm for X^T d = g, by conjugate gradients on the one-hot codes. */
function reconstruct(codes: readonly Uint8Array[], gradient: Float64Array): Float64Array {
  const rows = codes[0].length
  const spread = (weights: Float64Array) =>
    Float64Array.from({ length: rows }, (_, row) => codes.reduce((sum, code) => sum + weights[code[row]], 0))
  const gather = (values: Float64Array) => {
    const sums = new Float64Array(gradient.length)
    for (const code of codes) for (let row = 0; row < rows; row++) sums[code[row]] += values[row]
    return sums
  }
  const square = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0)
  const residuals = new Float64Array(rows)
  const rest = gradient.slice()
  let normal = spread(rest)
  let direction = normal.slice()
  let size = square(normal)
  const start = size
  for (let step = 0; step < 4 * gradient.length && size > 1e-18 * start; step++) {
    const moved = gather(direction)
    const length = size / square(moved)
    for (let row = 0; row < rows; row++) residuals[row] += length * direction[row]
    for (let j = 0; j < rest.length; j++) rest[j] -= length * moved[j]
    normal = spread(rest)
    const next = square(normal)
    direction = direction.map((value, row) => normal[row] + (next / size) * value)
    size = next
  }
  return residuals
}

/** Label AUC of the residuals that fit the mean of all gradients. */
async function attack(input: ConsortiumInput): Promise<number> {
  const gradients = await gradientsOf(input)
  const rows = rowsOfFolds(input.folds, input.trainFolds)
  const { columns } = input.providers[0]
  const basis = buildBasis(columns, { bins: input.bins, rows, maxWidth: 128 })
  const codes = encodeBasis(basis, columns, rows)
  const mean = gradients[0].map(
    (_, j) => gradients.reduce((sum, gradient) => sum + gradient[j], 0) / gradients.length,
  )
  const bad = Uint8Array.from(rows, (row) => input.labelHolders[0].bad[row])
  return auc(reconstruct(codes, mean), bad)
}

const tiny = chanceInput(120, 16, 8, 2)

describe('residuals out of gradients', () => {
  test('control: 96 rows in 128 columns without noise give away every label', async () => {
    weakened.minRows = 1
    expect(await attack(tiny)).toBeGreaterThan(0.99)
  })

  test('the limits refuse that plan, and so does the least size of a bin', async () => {
    weakened.minRows = 1
    const { code, recorded } = await runWith(tiny, undefined, { flags: [] })
    expect(code).toBe('YX_FEDERATION_PLAN_LIMIT')
    expect(recorded.some(({ type }) => type === 'round.gradient')).toBe(false)
    const rows = rowsOfFolds(tiny.folds, tiny.trainFolds)
    weakened.minRows = undefined
    expect(buildBasis(tiny.providers[0].columns, { bins: 8, rows }).width).toBe(0)
  })

  test('8,000 rows in 40 columns, three rounds, sigma 10: at most 0.55', async () => {
    // Without any noise it is 0.53, which is what so many rows alone leave.
    expect(await attack({ ...chanceInput(10_000, 8, 5, 3), sigma: 10 })).toBeLessThan(0.55)
  })
})
