/**
 * How features become the numbers that a network sees. Every step is one of the ONNX graph too (network-graph.ts), in 32-bit
 * floats like there, so that what was trained is what is served.
 */
import type { IntegerColumn } from '../card-types.ts'

/** A numeric feature less its mean, divided by its standard deviation. */
export interface NumericEncoding {
  readonly feature: string
  readonly mean: number
  /** 1 / standard deviation, 0 where the feature is constant. */
  readonly factor: number
}

export interface Encoding {
  /** Features in the order of the model's input. */
  readonly features: readonly string[]
  readonly numeric: readonly NumericEncoding[]
  /** Features with missing cells in training: each has an input that is 1 where the cell is missing. */
  readonly gaps: readonly string[]
  /** Categories that training had: each has an input that is 1 where the cell is this category. */
  readonly categories: readonly { readonly feature: string; readonly category: number }[]
  /** Number of the network's inputs. */
  readonly width: number
}

/** Standardised values beyond it are cut: one absurd amount must not decide for everybody else. */
export const MOST_DEVIATIONS = 10

/**
 * Learns the encoding from the rows of training.
 *
 * @param columns in the order of the model's input
 */
export function fitEncoding(columns: readonly IntegerColumn[], rows: Int32Array): Encoding {
  const numeric = columns.filter(({ card }) => card.kind === 'numeric')
  const gaps = columns.filter(({ present }) => rows.some((row) => present[row] === 0))
  const categories = columns
    .filter(({ card }) => card.kind === 'categorical')
    .flatMap(({ card, values, present }) => {
      const seen = new Set<number>()
      for (const row of rows) if (present[row] === 1) seen.add(values[row])
      return [...seen].sort((a, b) => a - b).map((category) => ({ feature: card.name, category }))
    })
  return {
    features: columns.map(({ card }) => card.name),
    numeric: numeric.map((column) => fitNumeric(column, rows)),
    gaps: gaps.map(({ card }) => card.name),
    categories,
    width: numeric.length + gaps.length + categories.length,
  }
}

function fitNumeric({ card, values, present }: IntegerColumn, rows: Int32Array): NumericEncoding {
  const scale = 10 ** card.decimals
  let count = 0
  let mean = 0
  let squares = 0
  for (const row of rows) {
    if (present[row] === 0) continue
    // Welford: exact enough for amounts of millions that differ by little.
    const value = Math.fround(values[row] / scale)
    const step = value - mean
    count++
    mean += step / count
    squares += step * (value - mean)
  }
  const deviation = Math.sqrt(squares / Math.max(count, 1))
  return {
    feature: card.name,
    mean: Math.fround(mean),
    factor: deviation > 0 ? Math.fround(1 / deviation) : 0,
  }
}

/**
 * Inputs of the network.
 *
 * @param columns those that the encoding names, in any order
 * @param rows places in the columns
 * @returns rows x width, row by row
 */
export function encodeRows(
  encoding: Encoding,
  columns: readonly IntegerColumn[],
  rows: Int32Array,
): Float32Array {
  const { width } = encoding
  const byName = new Map(columns.map((column) => [column.card.name, column]))
  const encoded = new Float32Array(rows.length * width)
  const each = (feature: string, input: number, encode: (value: number, held: boolean) => number): void => {
    const { values, present } = byName.get(feature) as IntegerColumn
    for (let place = 0, at = input; place < rows.length; place++, at += width) {
      encoded[at] = encode(values[rows[place]], present[rows[place]] === 1)
    }
  }
  let input = 0
  for (const { feature, mean, factor } of encoding.numeric) {
    const scale = 10 ** (byName.get(feature) as IntegerColumn).card.decimals
    each(feature, input++, (value, held) => {
      if (!held) return 0
      const standard = Math.fround(Math.fround(Math.fround(value / scale) - mean) * factor)
      return Math.min(Math.max(standard, -MOST_DEVIATIONS), MOST_DEVIATIONS)
    })
  }
  for (const feature of encoding.gaps) each(feature, input++, (_value, held) => (held ? 0 : 1))
  for (const { feature, category } of encoding.categories) {
    each(feature, input++, (value, held) => (held && value === category ? 1 : 0))
  }
  return encoded
}
