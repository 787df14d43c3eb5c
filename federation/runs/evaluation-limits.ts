/** Bounds of an evaluation (protocol.md section 6). */

/** Most bands of one evaluation; they partition the rows. */
export const MAX_BANDS = 24
/** Largest |rank| of the centred rank column. */
export const RANK_BOUND = 128
/** Least rows of a band. */
export const LEAST_BAND_ROWS = 100
