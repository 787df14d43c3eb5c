import type { Encoding } from './encoding.ts'

/** A layer: `outputs` = relu(`inputs` x weights + bias), the last one a probability, by the logistic function. */
export interface Layer {
  readonly inputs: number
  readonly outputs: number
  /** inputs x outputs, row by row. */
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/** A trained network, independent of what trained it. */
export interface Network {
  readonly encoding: Encoding
  readonly layers: readonly Layer[]
}
