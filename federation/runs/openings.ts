/** The two openings of total points in a run: on the raw scale for the evaluation, then on the published one. */
export const OPENINGS: readonly string[] = ['evaluation', 'published']

/** Label of the masks of openings of the training totals, which are numbered from 1 in their plan. */
export const TOTALS_OPENING = 'training totals'

/** Slopes that a calibration may have; anything else would turn rounding into a probe of the weights. */
export const SLOPE_RANGE = [0.2, 5] as const
