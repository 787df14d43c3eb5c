/** Made-up firms whose columns say so much that default probabilities spread wide: where a linear residual stops short. */
import { CELL, type Column } from '../../models/index.ts'
import type { ReferenceInput } from '../reference/reference.ts'
import { generator } from './synthetic.ts'

export interface StrongSignal {
  readonly rows: number
  readonly providers: number
  /** Columns a provider. */
  readonly columns: number
  /** sd of the logit, about, and its value at the mean of all columns. */
  readonly strength: number
  readonly intercept: number
  readonly seed: number
  /** Share of the firms that the one bank knows. */
  readonly labelled?: number
}

/** An input of the reference without its rounds, and which firms are bad. */
export interface StrongSet {
  readonly input: Omit<ReferenceInput, 'rounds' | 'logisticRounds'>
  readonly bad: Uint8Array
}

/** @param lambda ridge of the residual's scale */
export function strongSignal(options: StrongSignal, bins: number, lambda: number): StrongSet {
  const { rows, providers, columns, strength, intercept, seed, labelled = 0.6 } = options
  const random = generator(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const width = providers * columns
  const values = Array.from({ length: width }, () => new Float64Array(rows))
  const bad = new Uint8Array(rows)
  const known = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) {
    const common = normal()
    let logit = intercept
    for (let j = 0; j < width; j++) {
      const value = Math.round(100 * (0.5 * common + normal())) / 100
      values[j][row] = value
      logit += ((strength * value) / Math.sqrt(width)) * (1 + 0.5 * Math.sin(j))
    }
    bad[row] = random() < 1 / (1 + Math.exp(-logit)) ? 1 : 0
    known[row] = random() < labelled ? 1 : 0
  }
  const column = (j: number): Column => ({
    kind: 'numeric',
    name: `c${j}`,
    values: values[j],
    state: new Uint8Array(rows).fill(CELL.held),
  })
  return {
    input: {
      providers: Array.from({ length: providers }, (_, k) => ({
        name: `provider-${k + 1}`,
        columns: Array.from({ length: columns }, (_, j) => column(k * columns + j)),
        exclusions: new Uint8Array(rows),
      })),
      labelHolders: [{ labelled: known, bad: known.map((m, row) => m * bad[row]) }],
      folds: Uint8Array.from(known, (_, row) => row % 5),
      trainFolds: [1, 2, 3, 4],
      bins,
      lambda,
    },
    bad,
  }
}
