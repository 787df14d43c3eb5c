/** What passes between a party and the process that runs its model. */

/** Types of numbers that a model may take. */
export const FEED_TYPES = ['float32', 'float64', 'int32', 'int64'] as const

export type FeedType = (typeof FEED_TYPES)[number]

export interface Feed {
  readonly name: string
  readonly type: FeedType
  readonly dims: readonly number[]
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array
}

/** An output, and the entry of its rows; null where rows have one. */
export interface Wanted {
  readonly name: string
  readonly index: number | null
}

/** An input or output as the runtime sees it; a dimension of any size is a text, an unknown shape is empty. */
export interface Port {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

export type Request =
  | { readonly kind: 'open'; readonly model: Uint8Array }
  | {
      readonly kind: 'run'
      readonly rows: number
      readonly feeds: readonly Feed[]
      readonly wanted: readonly Wanted[]
    }

export type Answer =
  | { readonly kind: 'opened'; readonly inputs: readonly Port[]; readonly outputs: readonly Port[] }
  | { readonly kind: 'columns'; readonly columns: readonly Float64Array[] }
  | { readonly kind: 'fault'; readonly of: 'runtime' | 'load' | 'run'; readonly text: string }
  | { readonly kind: 'fault'; readonly of: 'shape'; readonly output: string; readonly text: string }
