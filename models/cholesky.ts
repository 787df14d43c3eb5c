import { modelsErrors } from './errors.ts'

/**
 * Cholesky factor of a symmetric positive definite matrix: matrix = L L^T.
 *
 * Written out here, in one fixed order of + - * / and sqrt, because every provider, the reference and an auditor's replay
 * must get the same bits; a library may reorder sums between versions or machines.
 *
 * @param matrix size x size, row-major; only the lower triangle is read; overwritten by L (the upper triangle is left)
 * @throws NotPositiveDefinite if a pivot is not a number above 0
 */
export function choleskyInPlace(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const rowI = i * size
    for (let j = 0; j <= i; j++) {
      const rowJ = j * size
      let sum = matrix[rowI + j]
      for (let k = 0; k < j; k++) sum -= matrix[rowI + k] * matrix[rowJ + k]
      if (i !== j) matrix[rowI + j] = sum / matrix[rowJ + j]
      else if (sum > 0 && Number.isFinite(sum)) matrix[rowI + i] = Math.sqrt(sum)
      else throw new modelsErrors.NotPositiveDefinite(size, i)
    }
  }
}

/** Solves L L^T x = right for the factor L of `choleskyInPlace`; returns x, one entry a column. */
export function choleskySolve(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const x = Float64Array.from(right)
  for (let i = 0; i < size; i++) {
    let sum = x[i]
    for (let k = 0; k < i; k++) sum -= factor[i * size + k] * x[k]
    x[i] = sum / factor[i * size + i]
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = x[i]
    for (let k = i + 1; k < size; k++) sum -= factor[k * size + i] * x[k]
    x[i] = sum / factor[i * size + i]
  }
  return x
}
