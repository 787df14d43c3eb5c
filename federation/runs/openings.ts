/** The two openings of total points in a run: on the raw scale for the evaluation, then on the published one. */
export const OPENINGS: readonly string[] = ['evaluation', 'published']

/** Slopes that a calibration may have; anything else would turn rounding into a probe of the weights. */
export const SLOPE_RANGE = [0.2, 5] as const
