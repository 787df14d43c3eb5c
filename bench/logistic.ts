/**
 * Linear and logistic rounds on made-up firms, by the plaintext reference that the secure run equals bit for bit, beside a
 * converged logistic regression of all columns in one place: `node bench/logistic.ts`.
 */
import { compareRounds } from '../tests/helpers/linear-and-logistic.ts'
import { type StrongSignal, strongSignal } from '../tests/helpers/strong-signal.ts'

const LINEAR_ROUNDS = 5
const LOGISTIC_ROUNDS = 8

const sets: readonly (readonly [name: string, options: StrongSignal, bins: number, lambda: number])[] = [
  [
    'four providers',
    { rows: 24_000, providers: 4, columns: 3, strength: 1.9, intercept: -3, seed: 7 },
    8,
    100,
  ],
  [
    'six providers',
    { rows: 24_000, providers: 6, columns: 3, strength: 1.9, intercept: -3.5, seed: 7 },
    8,
    100,
  ],
  ['many bads', { rows: 24_000, providers: 4, columns: 3, strength: 1.9, intercept: -1.4, seed: 7 }, 8, 100],
  ['few bads', { rows: 40_000, providers: 4, columns: 2, strength: 1.9, intercept: -8.8, seed: 3 }, 6, 50],
]

console.log('test AUC               bads    linear  logistic  pooled')
for (const [name, options, bins, lambda] of sets) {
  const { p0, linear, logistic, pooled } = compareRounds(
    strongSignal(options, bins, lambda),
    LINEAR_ROUNDS,
    LOGISTIC_ROUNDS,
  )
  const figures = [linear, logistic, pooled].map((value) => value.toFixed(4)).join('  ')
  console.log(`${name.padEnd(20)}  ${(100 * p0).toFixed(1).padStart(5)} %  ${figures}`)
}
