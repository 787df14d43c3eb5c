/** The sign check: weights that run against the trend of their column are pooled. */
import { modelsErrors } from './errors.ts'
import type { Trend } from './optimal-bins.ts'

interface Pool {
  readonly weight: number
  readonly rows: number
  readonly bins: number
}

/**
 * The weights nearest to the given ones, in the sum of rows * (difference)^2, that move as the trend says; equal neighbours are
 * allowed. Rising and falling by pooling adjacent violators (Barlow et al. 1972); peak and valley by the best place of the turn,
 * the first of equally good ones. Weights that keep the trend come back as they are; the sum of rows * weight stays the same.
 *
 * @param rows of each bin, none negative; bins without rows move with their neighbours
 * @throws ColumnLength
 */
export function poolWeights(weights: readonly number[], rows: readonly number[], trend: Trend): number[] {
  if (rows.length !== weights.length) throw new modelsErrors.ColumnLength('Rows', rows.length, weights.length)
  if (trend === 'free' || keeps(weights, trend)) return [...weights]
  if (trend === 'rising') return pooled(weights, rows)
  const mirrored = () => poolWeights(negated(weights), rows, trend === 'falling' ? 'rising' : 'peak')
  if (trend !== 'peak') return negated(mirrored())
  let best: { readonly weights: number[]; readonly error: number } | undefined
  for (let turn = 0; turn <= weights.length; turn++) {
    const up = pooled(weights.slice(0, turn), rows.slice(0, turn))
    const down = negated(pooled(negated(weights.slice(turn)), rows.slice(turn)))
    const candidate = [...up, ...down]
    const error = candidate.reduce((sum, weight, b) => sum + rows[b] * (weight - weights[b]) ** 2, 0)
    if (!best || error < best.error) best = { weights: candidate, error }
  }
  return best!.weights
}

/** + 0 turns -0 into 0. */
const negated = (weights: readonly number[]): number[] => weights.map((weight) => -weight + 0)

function keeps(weights: readonly number[], trend: Trend): boolean {
  const steps = weights.slice(1).map((weight, b) => Math.sign(weight - weights[b]))
  const turned = steps.filter((step) => step !== 0)
  if (trend === 'rising') return turned.every((step) => step > 0)
  if (trend === 'falling') return turned.every((step) => step < 0)
  const wrong = trend === 'peak' ? -1 : 1
  return turned.every((step, b) => step !== wrong || turned[b + 1] === undefined || turned[b + 1] === wrong)
}

function pooled(weights: readonly number[], rows: readonly number[]): number[] {
  const pools: Pool[] = []
  weights.forEach((weight, b) => {
    let pool: Pool = { weight, rows: rows[b], bins: 1 }
    for (let last = pools.at(-1); last && last.weight > pool.weight; last = pools.at(-1)) {
      pools.pop()
      const all = last.rows + pool.rows
      const mean =
        all > 0 ? (last.rows * last.weight + pool.rows * pool.weight) / all : (last.weight + pool.weight) / 2
      pool = { weight: mean, rows: all, bins: last.bins + pool.bins }
    }
    pools.push(pool)
  })
  return pools.flatMap(({ weight, bins }) => new Array<number>(bins).fill(weight))
}
