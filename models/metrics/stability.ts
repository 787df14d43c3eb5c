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
