/** Population stability index: sum of (actual - expected) * ln(actual/expected) over bands; empty bands count half a row. */
export function populationStability(expected: readonly number[], actual: readonly number[]): number {
  const total = (rows: readonly number[]) => rows.reduce((sum, value) => sum + Math.max(0.5, value), 0)
  const [expectedAll, actualAll] = [total(expected), total(actual)]
  return expected.reduce((sum, rows, band) => {
    const e = Math.max(0.5, rows) / expectedAll
    const a = Math.max(0.5, actual[band]) / actualAll
    return sum + (a - e) * Math.log(a / e)
  }, 0)
}

/** `ok`: go on; `watch`: look into it; `act`: do not go on without a decision of a person. */
export type DriftState = 'ok' | 'watch' | 'act'

/** The usual cut points of a stability index (optbinning, scorecard/monitoring.py): below 0.10, up to 0.25, above. */
export const STABILITY_LIMITS = { watch: 0.1, act: 0.25 } as const

export function stabilityState(index: number): DriftState {
  if (index > STABILITY_LIMITS.act) return 'act'
  return index >= STABILITY_LIMITS.watch ? 'watch' : 'ok'
}
