/**
 * The plaintext integer reference of the joint computation (protocol.md section 3): residuals, gradients, bins, weights,
 * points and band counts over everybody's columns in one place, without shares, encryption or noise. It shares with the
 * product only the basis, the choice of merged bins and the local step, which must be one function; all sums are plain loops over
 * rows.
 */
import {
  type Basis,
  buildBasis,
  type Column,
  type ColumnChoice,
  checkSigns,
  chooseColumns,
  encodeBasis,
  groupsOf,
  LocalStep,
  NO_BIN,
  pointsPerBin,
} from '../../models/index.ts'

export interface ReferenceProvider {
  readonly name: string
  readonly columns: readonly Column[]
  readonly exclusions: Uint8Array
  /** Whose rows train it where there is a list; the authorised ones without. */
  readonly trainedOn?: 'all' | 'authorised'
}

export interface ReferenceInput {
  readonly providers: readonly ReferenceProvider[]
  readonly labelHolders: readonly { labelled: Uint8Array; bad: Uint8Array }[]
  readonly folds: Uint8Array
  /** 1 for each row whose firm authorised the use of its non-public data; every firm did without it. */
  readonly authorised?: Uint8Array
  /** Providers that need no authorisation. */
  readonly publicProviders?: readonly string[]
  readonly trainFolds: readonly number[]
  readonly bins: number
  readonly rounds: number
  readonly lambda: number
}

export interface ReferenceModel {
  readonly p0: number
  readonly labelled: number
  readonly bads: number
  readonly bases: Basis[]
  /** Gradient of each round and provider. */
  readonly gradients: Float64Array[][]
  readonly weights: Float64Array[]
  readonly choices: ColumnChoice[]
  /** n and bads per basis column of each provider, over the training rows. */
  readonly counts: { n: number; bad: number }[][]
}

/** True where a provider may use a row of a firm. */
const mayUse = (input: ReferenceInput, k: number, row: number): boolean =>
  input.authorised === undefined ||
  input.authorised[row] === 1 ||
  (input.publicProviders ?? []).includes(input.providers[k].name)

/** True where a row trains a provider's part. */
const trains = (input: ReferenceInput, k: number, row: number): boolean =>
  input.providers[k].trainedOn === 'all' || mayUse(input, k, row)

const UNIT = 4096
const CLIP = 4 * UNIT

export function referenceModel(input: ReferenceInput): ReferenceModel {
  const rows: number[] = []
  input.folds.forEach((fold, row) => {
    if (input.trainFolds.includes(fold)) rows.push(row)
  })
  const train = Int32Array.from(rows)
  const m = rows.map((row) => input.labelHolders.reduce((sum, bank) => sum + bank.labelled[row], 0))
  const y = rows.map((row) => input.labelHolders.reduce((sum, bank) => sum + bank.bad[row], 0))
  const labelled = m.reduce((a, b) => a + b, 0)
  const bads = y.reduce((a, b) => a + b, 0)
  const p0 = Math.min(0.5, Math.max(0.002, bads / labelled))
  const A = Math.round(UNIT / (1 - p0))
  const C = Math.round(UNIT / (p0 * (1 - p0)))

  const bases = input.providers.map(({ columns }, k) =>
    buildBasis(columns, {
      bins: input.bins,
      rows: train.filter((row) => trains(input, k, row)),
      maxWidth: 128,
    }),
  )
  const codes = bases.map((basis, k) =>
    encodeBasis(basis, input.providers[k].columns, train).map((column) =>
      column.map((code, i) => (trains(input, k, rows[i]) ? code : NO_BIN)),
    ),
  )
  const counts = bases.map((basis, k) =>
    Array.from({ length: basis.width }, (_, j) => {
      let n = 0
      let bad = 0
      for (const column of codes[k]) {
        for (let i = 0; i < rows.length; i++) {
          if (column[i] !== j) continue
          n += m[i]
          bad += y[i]
        }
      }
      return { n, bad }
    }),
  )
  // The gate shows a bin with at least 50 rows, 5 bads and 5 goods, exactly where no noise is.
  const choices = bases.map((basis, k) =>
    chooseColumns(
      basis,
      counts[k].map(({ n, bad }) => ({ n, bad, open: n >= 50 && bad >= 5 && n - bad >= 5 })),
      basis.columns.map(({ source }) => input.providers[k].columns[source].trend),
    ),
  )
  const groups = choices.map(groupsOf)
  const steps = bases.map((basis, k) => {
    const width = Math.max(-1, ...groups[k]) + 1
    const rowsPerBin = new Float64Array(width)
    const fine = basis.columns.flatMap(({ bins }) => bins)
    groups[k].forEach((group, j) => {
      rowsPerBin[group] += fine[j].rows
    })
    return new LocalStep({
      codes: codes[k].map((column) => column.map((code) => (code === NO_BIN ? NO_BIN : groups[k][code]))),
      width,
      ranges: basis.columns.map(({ from, to }) => {
        const own = groups[k].slice(from, to)
        return { from: Math.min(...own), to: Math.max(...own) + 1 }
      }),
      rowsPerBin,
      c: labelled / rows.length,
      lambda: input.lambda,
      kappa: 1 / input.providers.length,
    })
  })
  const gradients: Float64Array[][] = []
  for (let round = 0; round < input.rounds; round++) {
    const D = rows.map((_, i) => {
      let U = 0
      steps.forEach((step, k) => {
        let own = 0
        for (const column of codes[k]) if (column[i] !== NO_BIN) own += step.lookAhead[groups[k][column[i]]]
        U += Math.min(CLIP, Math.max(-CLIP, own))
      })
      return m[i] * (A + U) - C * y[i]
    })
    gradients.push(
      steps.map((step, k) => {
        const gradient = new Float64Array(bases[k].width)
        for (const column of codes[k]) {
          for (let i = 0; i < rows.length; i++) if (column[i] !== NO_BIN) gradient[column[i]] += D[i]
        }
        const merged = new Float64Array(Math.max(-1, ...groups[k]) + 1)
        groups[k].forEach((group, j) => {
          merged[group] += gradient[j]
        })
        step.advance(merged)
        return gradient
      }),
    )
  }
  return {
    p0,
    labelled,
    bads,
    bases,
    gradients,
    weights: steps.map((step, k) => {
      const fine = Float64Array.from(groups[k], (group) => step.weights[group])
      return checkSigns(bases[k], choices[k], fine).weights
    }),
    choices,
    counts,
  }
}

/** Total points of every roster row in hundredths, the offset not added. */
export function referenceTotals(input: ReferenceInput, model: ReferenceModel, slope: number): Int32Array {
  const all = Int32Array.from(input.folds, (_, row) => row)
  const totals = new Int32Array(all.length)
  model.bases.forEach((basis, k) => {
    const points = pointsPerBin(model.weights[k], slope)
    for (const column of encodeBasis(basis, input.providers[k].columns, all)) {
      column.forEach((bin, row) => {
        if (bin !== NO_BIN && mayUse(input, k, row)) totals[row] += points[bin]
      })
    }
  })
  return totals
}

/** 1 for every roster row at which a rule of any provider that may use the row fires. */
export const referenceExcluded = (input: ReferenceInput): Uint8Array =>
  Uint8Array.from(input.folds, (_, row) =>
    Number(input.providers.some(({ exclusions }, k) => exclusions[row] === 1 && mayUse(input, k, row))),
  )
