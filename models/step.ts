/** The local step of a provider (protocol.md section 2): Newton-like preconditioner, FISTA momentum, centred columns. */
import { NO_BIN } from './basis.ts'
import { choleskyInPlace, choleskySolve } from './cholesky.ts'
import { modelsErrors } from './errors.ts'
import { requireInteger, requireLength, requirePositive } from './settings.ts'

/** Whole-number unit of the look-ahead point and of the gradient: 4096 stands for 1. */
export const STEP_UNIT = 4096

export interface StepOptions {
  /** One array of basis indices per column over the training rows; `NO_BIN` where a row adds nothing. */
  readonly codes: readonly Uint8Array[]
  /** Training rows per basis index, for centring; counted from `codes` by default. */
  readonly rowsPerBin?: Float64Array
  /** Number of basis indices, 0..254. */
  readonly width: number
  /** Half-open range of basis indices of each column. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[]
  /** Labelled rows per training row. */
  readonly c: number
  /** Ridge. */
  readonly lambda: number
  /** Step size, 1/K for K providers. */
  readonly kappa: number
}

/** What a node keeps to resume; numbers survive JSON bit for bit. */
export interface StepState {
  readonly steps: number
  readonly t: number
  readonly width: number
  readonly lookAhead: readonly number[]
  readonly weights: readonly number[]
  readonly lookAheadLevel: number
  readonly level: number
}

/** How a round's gradient is scaled. */
export interface StepScale {
  /** What stands for 1 of the gradient, curvature p0*(1-p0) divided out. */
  readonly unit: number
  /** Most curvature of a row over p0*(1-p0): the step is divided by it. */
  readonly ratio: number
  /** Whether the mean that centring takes out of the columns is kept as the provider's level. */
  readonly levelled: boolean
}

/** The linear residual: its curvature is p0*(1-p0) on every row. */
const LINEAR: StepScale = { unit: STEP_UNIT, ratio: 1, levelled: false }

/**
 * w' = V/4096 - kappa * B^-1 (G/4096 + lambda*V/4096), B = c * X^T X + lambda*I; w' is centred in each column (sum of
 * rows*w = 0); V' = round(4096*(w' + beta*(w' - w))), beta_r = (t_r - 1)/t_(r+1), t_1 = 1,
 * t_(r+1) = (1 + sqrt(1 + 4 t_r^2))/2; w_0 = V_0 = 0. Only + - * / sqrt and Math.round, in a fixed order.
 *
 * Logistic rounds keep the level: what centring takes out of w' is added to one number that stands on every row of this provider.
 * All providers' levels together are the intercept of the model, which labels from an unrepresentative part of the roster
 * move far from the logit of p0. It serves training only: the scale of the points is calibrated afterwards.
 */
export class LocalStep {
  readonly #width: number
  readonly #ranges: readonly { readonly from: number; readonly to: number }[]
  readonly #rowsPerBin: Float64Array
  readonly #lambda: number
  readonly #kappa: number
  readonly #factor: Float64Array
  #lookAhead: Float64Array
  #weights: Float64Array
  #lookAheadLevel = 0
  #level = 0
  #t = 1
  #steps = 0

  /** @throws SettingInvalid, ColumnLength, CodeOutside, NotPositiveDefinite */
  constructor(options: StepOptions) {
    const { codes, width, ranges, c, lambda, kappa } = options
    requireInteger('width', width, 0, NO_BIN - 1)
    requirePositive('c', c)
    requirePositive('lambda', lambda)
    requirePositive('kappa', kappa)
    const counts = coOccurrences(codes, width)
    this.#width = width
    this.#ranges = ranges.map(({ from, to }) => ({ from, to }))
    for (const { from, to } of ranges) {
      requireInteger('ranges.from', from, 0, width)
      requireInteger('ranges.to', to, from, width)
    }
    this.#rowsPerBin = Float64Array.from(
      options.rowsPerBin ?? { length: width },
      (rows: number | undefined, j) => rows ?? counts[j * width + j],
    )
    requireLength('rowsPerBin', this.#rowsPerBin.length, width)
    this.#lambda = lambda
    this.#kappa = kappa
    for (let at = 0; at < counts.length; at++) counts[at] *= c
    for (let j = 0; j < width; j++) counts[j * width + j] += lambda
    choleskyInPlace(counts, width)
    this.#factor = counts
    this.#lookAhead = new Float64Array(width)
    this.#weights = new Float64Array(width)
  }

  /** V: whole numbers, 4096 times the look-ahead point; what training totals are made of. Not to be written to. */
  get lookAhead(): Float64Array {
    return this.#lookAhead
  }

  /** What is added to the total of every row at the look-ahead point, in units of 1/4096; 0 before a logistic round. */
  get lookAheadLevel(): number {
    return this.#lookAheadLevel
  }

  /** w: the centred weights after the last step, on the logit scale. Not to be written to. */
  get weights(): Float64Array {
    return this.#weights
  }

  /**
   * Takes one step.
   *
   * @param gradient G = X^T D, lifted, one entry a basis index
   * @param scale of this gradient; that of a linear round by default
   * @throws GradientInvalid if it has another length or an entry that is not finite; the state is then unchanged
   */
  advance(gradient: Float64Array, { unit, ratio, levelled }: StepScale = LINEAR): void {
    const width = this.#width
    const refuse = (why: string) => new modelsErrors.GradientInvalid(this.#steps + 1, why, width)
    if (gradient.length !== width) throw refuse(`${gradient.length} entries`)
    const right = new Float64Array(width)
    for (let j = 0; j < width; j++) {
      if (!Number.isFinite(gradient[j])) throw refuse(`entry ${j} is not finite`)
      right[j] = gradient[j] / unit + (this.#lambda * this.#lookAhead[j]) / STEP_UNIT
    }
    const direction = choleskySolve(this.#factor, width, right)
    const kappa = this.#kappa / ratio
    const weights = new Float64Array(width)
    for (let j = 0; j < width; j++) {
      weights[j] = this.#lookAhead[j] / STEP_UNIT - kappa * direction[j]
    }
    const taken = this.#centre(weights)
    const t = (1 + Math.sqrt(1 + 4 * this.#t * this.#t)) / 2
    const beta = (this.#t - 1) / t
    const lookAhead = new Float64Array(width)
    for (let j = 0; j < width; j++) {
      // + 0 turns -0 into 0: both are the same number, but not the same bits in a saved state.
      lookAhead[j] = Math.round(STEP_UNIT * (weights[j] + beta * (weights[j] - this.#weights[j]))) + 0
      weights[j] += 0
    }
    if (levelled) {
      const level = this.#lookAheadLevel / STEP_UNIT + taken
      this.#lookAheadLevel = Math.round(STEP_UNIT * (level + beta * (level - this.#level))) + 0
      this.#level = level + 0
    }
    this.#weights = weights
    this.#lookAhead = lookAhead
    this.#t = t
    this.#steps++
  }

  toJSON(): StepState {
    return {
      steps: this.#steps,
      t: this.#t,
      width: this.#width,
      lookAhead: [...this.#lookAhead],
      weights: [...this.#weights],
      lookAheadLevel: this.#lookAheadLevel,
      level: this.#level,
    }
  }

  /**
   * Resumes, bit for bit. The matrix is not part of the state: it is made again from the columns.
   *
   * @param options those that the saved step was made with
   * @throws StateInvalid, and what the constructor throws
   */
  static fromJSON(state: StepState, options: StepOptions): LocalStep {
    const step = new LocalStep(options)
    const fits = (list: readonly number[], whole: boolean) =>
      Array.isArray(list) &&
      list.length === options.width &&
      list.every((x) => (whole ? Number.isInteger(x) : Number.isFinite(x)))
    if (state.width !== options.width) throw new modelsErrors.StateInvalid('width')
    if (!Number.isInteger(state.steps) || state.steps < 0) throw new modelsErrors.StateInvalid('steps')
    if (!Number.isFinite(state.t) || state.t < 1) throw new modelsErrors.StateInvalid('t')
    if (!fits(state.lookAhead, true)) throw new modelsErrors.StateInvalid('lookAhead')
    if (!fits(state.weights, false)) throw new modelsErrors.StateInvalid('weights')
    if (!Number.isInteger(state.lookAheadLevel) || !Number.isFinite(state.level))
      throw new modelsErrors.StateInvalid('level')
    step.#lookAheadLevel = state.lookAheadLevel
    step.#level = state.level
    step.#steps = state.steps
    step.#t = state.t
    step.#lookAhead = Float64Array.from(state.lookAhead)
    step.#weights = Float64Array.from(state.weights)
    return step
  }

  /** Centres each column; gives the sum of what was taken out of them. */
  #centre(weights: Float64Array): number {
    let taken = 0
    for (const { from, to } of this.#ranges) {
      let rows = 0
      let sum = 0
      for (let j = from; j < to; j++) {
        rows += this.#rowsPerBin[j]
        sum += this.#rowsPerBin[j] * weights[j]
      }
      if (rows <= 0) continue
      const mean = sum / rows
      taken += mean
      for (let j = from; j < to; j++) weights[j] -= mean
    }
    return taken
  }
}

/** X^T X of one-hot columns: rows that occupy both of two bins. width x width, exact. */
function coOccurrences(codes: readonly Uint8Array[], width: number): Float64Array {
  const n = codes[0]?.length ?? 0
  codes.forEach((column, at) => {
    requireLength(`Coded column ${at}`, column.length, n)
    const wrong = column.findIndex((code) => code >= width && code !== NO_BIN)
    if (wrong >= 0) throw new modelsErrors.CodeOutside(at, wrong, width)
  })
  // One row and column for each possible code, NO_BIN included, so that the loop needs no branch.
  const side = NO_BIN + 1
  const table = new Int32Array(side * side)
  codes.forEach((a, at) => {
    for (const b of codes.slice(0, at + 1)) {
      for (let i = 0; i < n; i++) table[a[i] * side + b[i]]++
    }
  })
  const counts = new Float64Array(width * width)
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      counts[i * width + j] = i === j ? table[i * side + i] : table[i * side + j] + table[j * side + i]
      counts[j * width + i] = counts[i * width + j]
    }
  }
  return counts
}
