/** The local step with weights that are tied: fine bins of one group carry one weight, as if they were one bin. */
import { NO_BIN } from './basis.ts'
import { modelsErrors } from './errors.ts'
import { requireLength } from './settings.ts'
import { LocalStep, type StepOptions, type StepScale, type StepState } from './step.ts'

/** Group of each basis index, 0, 1, ... without gaps; -1 for a bin that weighs nothing. */
export type Groups = readonly number[]

/**
 * A {@link LocalStep} over groups of basis indices that takes and gives fine ones. With S of width x groups, S[j][g] = 1 where
 * bin j is in group g, its gradient is S^T G and its matrix c * (X S)^T (X S) + lambda*I: the exact step over the merged bins. A
 * bin of group -1 weighs nothing and its gradient is not looked at.
 */
export class TiedStep {
  readonly #groups: Groups
  readonly #step: LocalStep

  /**
   * @param options over the fine bins
   * @param groups one entry a basis index
   * @param from where it is gone on with
   * @throws ColumnLength, and what `LocalStep` throws
   */
  constructor(options: StepOptions, groups: Groups, from?: StepState) {
    requireLength('Groups', groups.length, options.width)
    this.#groups = groups
    const tied = tiedOptions(options, groups)
    this.#step = from ? LocalStep.fromJSON(from, tied) : new LocalStep(tied)
  }

  /** V of every fine bin; see {@link LocalStep.lookAhead}. */
  get lookAhead(): Float64Array {
    return this.#spread(this.#step.lookAhead)
  }

  /** See {@link LocalStep.lookAheadLevel}. */
  get lookAheadLevel(): number {
    return this.#step.lookAheadLevel
  }

  /** w of every fine bin; see {@link LocalStep.weights}. */
  get weights(): Float64Array {
    return this.#spread(this.#step.weights)
  }

  /** @param gradient one entry a fine bin. @throws GradientInvalid; the state is then unchanged */
  advance(gradient: Float64Array, scale?: StepScale): void {
    const { length } = this.#groups
    if (gradient.length !== length)
      throw new modelsErrors.GradientInvalid(
        this.#step.toJSON().steps + 1,
        `${gradient.length} entries`,
        length,
      )
    const sums = new Float64Array(this.#step.weights.length)
    this.#groups.forEach((group, bin) => {
      if (group >= 0) sums[group] += gradient[bin]
    })
    this.#step.advance(sums, scale)
  }

  /** The state of the step over groups; the groups are the caller's to keep. */
  toJSON(): StepState {
    return this.#step.toJSON()
  }

  #spread(values: Float64Array): Float64Array {
    return Float64Array.from(this.#groups, (group) => (group < 0 ? 0 : values[group]))
  }
}

function tiedOptions(options: StepOptions, groups: Groups): StepOptions {
  const table = new Uint8Array(NO_BIN + 1).fill(NO_BIN)
  groups.forEach((group, bin) => {
    if (group >= 0) table[bin] = group
  })
  const width = Math.max(-1, ...groups) + 1
  const { rowsPerBin: fine, ...rest } = options
  const rowsPerBin = new Float64Array(width)
  groups.forEach((group, bin) => {
    if (group >= 0 && fine) rowsPerBin[group] += fine[bin]
  })
  const ranges = options.ranges
    .map(({ from, to }) => groups.slice(from, to).filter((group) => group >= 0))
    .filter((own) => own.length > 0)
    .map((own) => ({ from: Math.min(...own), to: Math.max(...own) + 1 }))
  return {
    ...rest,
    ...(fine && { rowsPerBin }),
    codes: options.codes.map((column) => column.map((code) => table[code])),
    width,
    ranges,
  }
}
