/** Small made-up inputs of a run: columns with a signal, overlapping banks, folds. */
import { CELL, type Column } from '../../models/index.ts'
import type { ConsortiumInput } from './consortium.ts'

/** A small deterministic generator (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export interface SyntheticOptions {
  readonly rows: number
  readonly providers: number
  readonly banks: number
  readonly seed: number
  readonly columns?: number
  readonly rounds?: number
  readonly bins?: number
  readonly lambda?: number
  /** Share of rows that a provider holds. */
  readonly coverage?: number
  /** Share of rows that each bank labels. */
  readonly labelled?: number
}

/** Providers with numeric and categorical columns; bads depend on a hidden health that the columns show. */
export function syntheticInput(options: SyntheticOptions): ConsortiumInput {
  const {
    rows,
    providers,
    banks,
    seed,
    columns = 2,
    rounds = 3,
    bins = 4,
    lambda = 5,
    coverage = 0.8,
    labelled = 0.6,
  } = options
  const random = generator(seed)
  const health = Float64Array.from({ length: rows }, () => random() + random() + random() - 1.5)
  const folds = Uint8Array.from({ length: rows }, (_, row) => (row * 7 + 1) % 5)
  const bad = health.map((value) => (random() < 1 / (1 + Math.exp(1.2 + 2.5 * value)) ? 1 : 0))
  const column = (name: string, index: number): Column => {
    const state = Uint8Array.from({ length: rows }, () =>
      random() < coverage ? CELL.held : random() < 0.5 ? CELL.notHeld : CELL.missing,
    )
    if (index % 3 === 2) {
      const categories = ['A', 'B', 'C', 'D']
      const codes = Int32Array.from({ length: rows }, (_, row) =>
        state[row] === CELL.held ? Math.min(3, Math.max(0, Math.floor(2 + health[row] + random()))) : -1,
      )
      return { kind: 'categorical', name, codes, categories, state }
    }
    const values = Float64Array.from({ length: rows }, (_, row) =>
      state[row] === CELL.held ? Math.round(100 * (health[row] + 2 * random())) / 100 : Number.NaN,
    )
    return { kind: 'numeric', name, values, state }
  }
  return {
    providers: Array.from({ length: providers }, (_, k) => ({
      name: `provider-${k + 1}`,
      columns: Array.from({ length: columns }, (_, j) => column(`p${k + 1}.c${j + 1}`, k + j)),
      exclusions: Uint8Array.from({ length: rows }, () => (random() < 0.02 ? 1 : 0)),
    })),
    labelHolders: Array.from({ length: banks }, () => {
      const known = Uint8Array.from({ length: rows }, () => (random() < labelled ? 1 : 0))
      return { labelled: known, bad: known.map((value, row) => (value && bad[row] ? 1 : 0)) }
    }),
    folds,
    trainFolds: [1, 2, 3, 4],
    bins,
    rounds,
    lambda,
  }
}
