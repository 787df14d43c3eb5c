/**
 * Converged ridge-penalised logistic regression on one-hot codes, in the clear: what a benchmark compares the joint model
 * with. Never part of a role: it needs labels and everybody's columns in one place.
 */
import { choleskyInPlace, choleskySolve } from './cholesky.ts'
import { modelsErrors } from './errors.ts'
import { logistic, logit, softplus } from './probability.ts'
import { requireInteger, requireLength, requirePositive } from './settings.ts'

export interface LogisticModel {
  /** One per basis index. */
  readonly weights: Float64Array
  readonly intercept: number
  /** Newton steps taken; 0 where one class alone leaves nothing to fit. */
  readonly iterations: number
}

export interface LogisticOptions {
  /** Penalty 0.5*ridge*|w|^2; the intercept is free. */
  readonly ridge: number
  /** 1 for the rows to fit on; all by default. */
  readonly mask?: Uint8Array
}

const MOST_ITERATIONS = 60
const TOLERANCE = 1e-8

/**
 * Minimises 0.5*ridge*|w|^2 + sum of log losses by Newton's method with halved steps where the loss would rise, until the
 * gradient is below 1e-8 of its start. With one class (or no row) the weights are 0 and the intercept is the logit of
 * (bads + 1/2)/(rows + 1).
 *
 * @param codes one array per basis column, one code a row; a code of `width` or more adds nothing
 * @param width number of basis indices
 * @param bad 1 = default, one a row
 * @throws SettingInvalid, ColumnLength, FitNotConverged
 */
export function fitLogistic(
  codes: readonly (Uint8Array | Uint16Array)[],
  width: number,
  bad: Uint8Array,
  { ridge, mask }: LogisticOptions,
): LogisticModel {
  requireInteger('width', width, 0, 65534)
  requirePositive('ridge', ridge)
  if (mask) requireLength('Mask', mask.length, bad.length)
  const rows = Int32Array.from(bad.keys()).filter((row) => !mask || mask[row] === 1)
  const y = Uint8Array.from(rows, (row) => bad[row])
  const bads = y.reduce((sum, value) => sum + value, 0)
  const nothing = Math.log((bads + 0.5) / (rows.length - bads + 0.5))
  if (bads === 0 || bads === rows.length) {
    return { weights: new Float64Array(width), intercept: nothing, iterations: 0 }
  }
  // Index `width` is the intercept, `width + 1` takes what adds nothing, so that no loop needs a branch.
  const columns = codes.map((column) => {
    requireLength('Coded column', column.length, bad.length)
    return Uint16Array.from(rows, (row) => (column[row] < width ? column[row] : width + 1))
  })
  const fit = new Newton(columns, width, y, ridge)
  fit.point[width] = logit(bads / rows.length)
  const start = norm(fit.evaluate(fit.point).gradient)
  for (let iterations = 0; iterations < MOST_ITERATIONS; iterations++) {
    if (fit.converged(TOLERANCE * Math.max(start, 1))) {
      return { weights: fit.point.slice(0, width), intercept: fit.point[width], iterations }
    }
    fit.step()
  }
  throw new modelsErrors.FitNotConverged(MOST_ITERATIONS)
}

/**
 * Raw logit of the default probability per row: intercept + sum of weights.
 *
 * @param codes as in `fitLogistic`; a code of weights.length or more adds nothing
 * @throws ColumnLength
 */
export function logisticTotals(
  codes: readonly (Uint8Array | Uint16Array)[],
  model: Pick<LogisticModel, 'weights' | 'intercept'>,
): Float64Array {
  const totals = new Float64Array(codes[0]?.length ?? 0).fill(model.intercept)
  for (const column of codes) {
    requireLength('Coded column', column.length, totals.length)
    for (let i = 0; i < column.length; i++) totals[i] += model.weights[column[i]] ?? 0
  }
  return totals
}

/** The state of one fit: a point (weights, then intercept) and what belongs to it. */
class Newton {
  readonly point: Float64Array
  #columns: readonly Uint16Array[]
  #width: number
  #y: Uint8Array
  #ridge: number
  #at: { loss: number; gradient: Float64Array; curvature: Float64Array }

  constructor(columns: readonly Uint16Array[], width: number, y: Uint8Array, ridge: number) {
    this.#columns = columns
    this.#width = width
    this.#y = y
    this.#ridge = ridge
    this.point = new Float64Array(width + 1)
    this.#at = this.evaluate(this.point)
  }

  converged(bound: number): boolean {
    this.#at = this.evaluate(this.point)
    return norm(this.#at.gradient) <= bound
  }

  /** Loss, gradient and p(1-p) of every row at a point. */
  evaluate(point: Float64Array): { loss: number; gradient: Float64Array; curvature: Float64Array } {
    const n = this.#y.length
    const width = this.#width
    const padded = new Float64Array(width + 2)
    padded.set(point.subarray(0, width))
    const total = new Float64Array(n).fill(point[width])
    for (const column of this.#columns) for (let i = 0; i < n; i++) total[i] += padded[column[i]]
    const gradient = new Float64Array(width + 2)
    const residual = new Float64Array(n)
    const curvature = new Float64Array(n)
    let loss = 0
    for (let i = 0; i < n; i++) {
      const p = logistic(total[i])
      loss += softplus(total[i]) - this.#y[i] * total[i]
      residual[i] = p - this.#y[i]
      curvature[i] = p * (1 - p)
      gradient[width] += residual[i]
    }
    for (const column of this.#columns) for (let i = 0; i < n; i++) gradient[column[i]] += residual[i]
    for (let j = 0; j < width; j++) {
      gradient[j] += this.#ridge * point[j]
      loss += 0.5 * this.#ridge * point[j] * point[j]
    }
    return { loss, gradient: gradient.subarray(0, width + 1), curvature }
  }

  /** One Newton step from the point last evaluated, halved until the loss does not rise. */
  step(): void {
    const { loss, gradient, curvature } = this.#at
    const size = this.#width + 1
    const hessian = this.#hessian(curvature)
    choleskyInPlace(hessian, size)
    const direction = choleskySolve(hessian, size, gradient)
    const from = Float64Array.from(this.point)
    for (let scale = 1; scale > 1e-6; scale /= 2) {
      for (let j = 0; j < size; j++) this.point[j] = from[j] - scale * direction[j]
      // Near the optimum the loss changes by less than its own rounding.
      if (this.evaluate(this.point).loss <= loss + 1e-12 * Math.abs(loss)) return
    }
  }

  #hessian(curvature: Float64Array): Float64Array {
    const n = curvature.length
    const width = this.#width
    const side = width + 2
    const full = new Float64Array(side * side)
    this.#columns.forEach((a, at) => {
      for (const b of this.#columns.slice(0, at + 1)) {
        for (let i = 0; i < n; i++) full[a[i] * side + b[i]] += curvature[i]
      }
    })
    const hessian = new Float64Array((width + 1) ** 2)
    for (let i = 0; i < width; i++) {
      const own = full[i * side + i]
      for (let j = 0; j < i; j++) hessian[i * (width + 1) + j] = full[i * side + j] + full[j * side + i]
      hessian[i * (width + 1) + i] = own + this.#ridge
      hessian[width * (width + 1) + i] = own
    }
    hessian[width * (width + 1) + width] = curvature.reduce((sum, value) => sum + value, 0)
    return hessian
  }
}

const norm = (vector: Float64Array): number => Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0))
