import type { Trend } from '../columns.ts'

/** What a feature is, for the people who approve it and the models that use it. */
export interface FeatureCard {
  /** Lower case with underscores, unique in its class. */
  readonly name: string
  readonly title: { readonly zh: string; readonly en: string }
  readonly meaning: { readonly zh: string; readonly en: string }
  /** Span of records that it looks at, counted back from the as-of date: `12 months`, `now`. */
  readonly window: string
  readonly unit: string
  /** How the risk of default moves as the value rises: expected, a constraint for binning, never an input. */
  readonly direction: Trend
  readonly kind: 'numeric' | 'categorical'
  /** A numeric feature is kept as the whole number round(value * 10^decimals). */
  readonly decimals: number
  /** Of a numeric feature, in its unit: values outside are set to the nearer end. Without it, a value too large for 32 bits is refused. */
  readonly range?: readonly [number, number]
  /** Of a categorical feature: every category that may occur; its integer is the position. */
  readonly categories?: readonly string[]
}

/** Features of enterprises in no particular order, one entry an enterprise in each array. */
export interface FeatureTable {
  readonly ids: readonly string[]
  readonly columns: readonly IntegerColumn[]
}

/** What every extractor ends in. `present` 0 where the provider holds the enterprise but not this feature. */
export interface IntegerColumn {
  readonly card: FeatureCard
  readonly values: Int32Array
  readonly present: Uint8Array
}

/** An extractor as approvals see it: change anything that changes its columns, and the hash changes. */
export interface ExtractorIdentity {
  /** `builtin:water_usage`, `sql:arrears.sql`, `onnx:model.onnx`, `neural:arrears_next_quarter`. */
  readonly name: string
  /** SHA-256 in hex over everything that decides its columns: SQL text, cards, model file, parameters, catalogue class. */
  readonly hash: string
}
