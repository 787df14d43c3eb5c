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
  type ColumnRules,
  checkSigns,
  chooseColumns,
  encodeBasis,
  groupsOf,
  LocalStep,
  NO_BIN,
  pointsPerBin,
} from '../../models/index.ts'
import { growReferenceTree, type ReferenceNode, walk } from './reference-trees.ts'

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
  /** Linear ones. */
  readonly rounds: number
  /** After these; none without it. */
  readonly logisticRounds?: number
  readonly lambda: number
  /** Trees of this depth in the place of weights. */
  readonly depth?: number
  /** Rules of every provider for its own columns. */
  readonly rules?: ColumnRules
}

export interface ReferenceModel {
  readonly p0: number
  readonly labelled: number
  readonly bads: number
  readonly bases: Basis[]
  /** Totals of the training rows that were opened, each time. */
  readonly opened: Float64Array[]
  /** Gradient of each round and provider. */
  readonly gradients: Float64Array[][]
  readonly weights: Float64Array[]
  readonly choices: ColumnChoice[]
  /** Trees of each provider, in the order of rounds. */
  readonly trees: ReferenceNode[][]
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
const CLIP = 8 * UNIT

const groupOf = (groups: readonly number[], code: number): number =>
  code === NO_BIN || groups[code] < 0 ? NO_BIN : groups[code]

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
    chooseColumns({
      basis,
      counts: counts[k].map(({ n, bad }) => ({ n, bad, open: n >= 50 && bad >= 5 && n - bad >= 5 })),
      trends: basis.columns.map(({ source }) => input.providers[k].columns[source].trend),
      rules: input.rules ?? {},
      training: codes[k],
      totals: { rows: rows.length, labelled, bads },
      all: () => {
        const every = Int32Array.from(input.folds, (_, row) => row)
        return encodeBasis(basis, input.providers[k].columns, every).map((column) =>
          column.map((code, row) => (trains(input, k, row) ? code : NO_BIN)),
        )
      },
    }),
  )
  const groups = choices.map(groupsOf)
  const steps = bases.map((basis, k) => {
    // A bin that is left out has group -1 and no weight.
    const width = Math.max(-1, ...groups[k]) + 1
    const rowsPerBin = new Float64Array(width)
    const fine = basis.columns.flatMap(({ bins }) => bins)
    groups[k].forEach((group, j) => {
      if (group >= 0) rowsPerBin[group] += fine[j].rows
    })
    return new LocalStep({
      codes: codes[k].map((column) => column.map((code) => groupOf(groups[k], code))),
      width,
      ranges: basis.columns
        .map(({ from, to }) => groups[k].slice(from, to))
        .filter((own) => own[0] >= 0)
        .map((own) => ({ from: Math.min(...own), to: Math.max(...own) + 1 })),
      rowsPerBin,
      c: labelled / rows.length,
      lambda: input.lambda,
      kappa: 1 / input.providers.length,
    })
  })
  const gradients: Float64Array[][] = []
  const trees: ReferenceNode[][] = bases.map(() => [])
  const K = input.providers.length
  const rule = input.depth !== undefined && {
    ...{ c: labelled / rows.length, lambda: input.lambda, depth: input.depth, leastRows: 100 },
    shrinkage: Math.min(0.6, 1.8 / K),
  }
  const opened: Float64Array[] = []
  const logistic = logisticLoss(p0)
  const { logisticRounds = 0 } = input
  const openings = Math.ceil(logisticRounds / 4)
  for (let round = 0; round < input.rounds + logisticRounds; round++) {
    const totals = Float64Array.from(rows, (_, i) => {
      let U = 0
      steps.forEach((step, k) => {
        let own = step.lookAheadLevel
        for (const column of codes[k]) {
          const group = groupOf(groups[k], column[i])
          if (group !== NO_BIN) own += step.lookAhead[group]
        }
        for (const tree of trees[k]) own += walk(tree, codes[k], i, (value) => value)
        U += Math.min(CLIP, Math.max(-CLIP, own))
      })
      return U
    })
    const isLogistic = round >= input.rounds
    if (isLogistic && (round - input.rounds) % Math.ceil(logisticRounds / openings) === 0) {
      opened.push(totals)
      logistic.expand(totals)
    }
    const D = rows.map((_, i) =>
      isLogistic ? logistic.residual(i, totals[i], m[i], y[i]) : m[i] * (A + totals[i]) - C * y[i],
    )
    if (rule) {
      trees.forEach((own, k) => {
        own.push(growReferenceTree(bases[k], codes[k], D, rule))
      })
      continue
    }
    gradients.push(
      steps.map((step, k) => {
        const gradient = new Float64Array(bases[k].width)
        for (const column of codes[k]) {
          for (let i = 0; i < rows.length; i++) if (column[i] !== NO_BIN) gradient[column[i]] += D[i]
        }
        const merged = new Float64Array(Math.max(-1, ...groups[k]) + 1)
        groups[k].forEach((group, j) => {
          if (group >= 0) merged[group] += gradient[j]
        })
        step.advance(merged, isLogistic ? logistic.scale : undefined)
        return gradient
      }),
    )
  }
  return {
    p0,
    labelled,
    bads,
    bases,
    opened,
    gradients,
    weights: steps.map((step, k) => {
      const fine = Float64Array.from(groups[k], (group) => (group < 0 ? 0 : step.weights[group]))
      return checkSigns(bases[k], choices[k], fine).weights
    }),
    choices,
    trees,
    counts,
  }
}

/** Rounds around opened totals: D = m*(P + H*(U - U0)) - S*y. */
function logisticLoss(p0: number) {
  const mean = p0 * (1 - p0)
  const most = Math.min(0.25, 1.5 * mean)
  const curvature = 2 ** Math.floor(Math.log2(16 / most))
  const S = UNIT * curvature
  const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)))
  let level: number | undefined
  let U0: Float64Array = new Float64Array(0)
  let P: number[] = []
  let H: number[] = []
  return {
    scale: { unit: S * mean, ratio: most / mean, levelled: true },
    expand(totals: Float64Array) {
      U0 = totals
      level ??= levelWithMean(totals, p0, sigmoid)
      const p = Array.from(totals, (U) => sigmoid(((level as number) + U) / UNIT))
      P = p.map((value) => Math.round(S * value))
      H = p.map((value) => Math.round(curvature * Math.min(most, value * (1 - value))))
    },
    residual: (i: number, U: number, m: number, y: number) => m * (P[i] + H[i] * (U - U0[i])) - S * y,
  }
}

/** The highest whole level with a mean probability of at most p0, bit by bit from 16 logits below the logit of p0. */
function levelWithMean(totals: Float64Array, p0: number, sigmoid: (x: number) => number): number {
  let level = Math.round(UNIT * Math.log(p0 / (1 - p0))) - 16 * UNIT
  for (let bit = 16 * UNIT; bit >= 1; bit /= 2) {
    let sum = 0
    for (const U of totals) sum += sigmoid((level + bit + U) / UNIT)
    if (sum <= p0 * totals.length) level += bit
  }
  return level
}

/** Total points of every roster row in hundredths, the offset not added. */
export function referenceTotals(input: ReferenceInput, model: ReferenceModel, slope: number): Int32Array {
  const all = Int32Array.from(input.folds, (_, row) => row)
  const totals = new Int32Array(all.length)
  model.bases.forEach((basis, k) => {
    const points = pointsPerBin(model.weights[k], slope)
    const codes = encodeBasis(basis, input.providers[k].columns, all)
    const inPoints = (value: number) => pointsPerBin(Float64Array.of(value / UNIT), slope)[0]
    for (const tree of model.trees[k]) {
      for (const row of all) if (mayUse(input, k, row)) totals[row] += walk(tree, codes, row, inPoints)
    }
    for (const column of codes) {
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
