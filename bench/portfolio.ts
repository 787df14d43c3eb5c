/** Columns and labels of a benchmark, the same from the same seed in every process. */
import { createHash } from 'node:crypto'
import type { LabelData, ProviderData, RosterView } from '../federation/index.ts'
import { CELL } from '../models/index.ts'

export interface Size {
  readonly rows: number
  readonly providers: number
  readonly columns: number
}

/** A linear congruential generator; good enough for made-up firms. */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export const providerNames = ({ providers }: Size): string[] =>
  Array.from({ length: providers }, (_, k) => `provider-${k + 1}`)

/** Every firm's hidden health, which columns and outcomes show with noise. */
export function healthOf(rows: number): Float64Array {
  const random = generator(20261124)
  return Float64Array.from({ length: rows }, () => random() + random() + random() - 1.5)
}

export function providerData({ rows, columns }: Size, provider: number): ProviderData {
  const random = generator(7919 * (provider + 1))
  const health = healthOf(rows)
  return {
    columns: Array.from({ length: columns }, (_, j) => ({
      kind: 'numeric' as const,
      name: `c${j + 1}`,
      values: health.map((value) => value + 3 * random()),
      state: new Uint8Array(rows).fill(CELL.held),
    })),
    exclusions: new Uint8Array(rows),
  }
}

/** One bank that knows every firm of the training folds. */
export function labels({ rows }: Size): LabelData {
  const random = generator(104729)
  const labelled = Uint8Array.from({ length: rows }, (_, row) => (row % 5 === 0 ? 0 : 1))
  const bad = Uint8Array.from(healthOf(rows), (value, row) =>
    labelled[row] && random() < 1 / (1 + Math.exp(1.5 + 3 * value)) ? 1 : 0,
  )
  return { labelled, bad }
}

export function roster({ rows }: Size): RosterView {
  const folds = Uint8Array.from({ length: rows }, (_, row) => row % 5)
  return { size: rows, digest: createHash('sha256').update(folds).digest('hex'), folds }
}
