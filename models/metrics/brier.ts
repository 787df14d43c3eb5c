import { requireLength } from '../settings.ts'
import type { Band } from './band-metrics.ts'

/**
 * Brier score of one forecast per band: sum(bad*(1-pd)^2 + (n-bad)*pd^2)/sum n, noisy counts cut to 0 <= bad <= n; null
 * where no labelled row is left.
 *
 * @param pds forecast default probability per band
 * @throws ColumnLength
 */
export function bandBrier(bands: readonly Band[], pds: readonly number[]): number | null {
  requireLength('Forecasts', pds.length, bands.length)
  let rows = 0
  let sum = 0
  bands.forEach((band, b) => {
    const n = Math.max(0, band.n)
    const bad = Math.min(Math.max(0, band.bad), n)
    rows += n
    sum += bad * (1 - pds[b]) ** 2 + (n - bad) * pds[b] ** 2
  })
  return rows > 0 ? sum / rows : null
}
