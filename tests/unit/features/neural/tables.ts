import { openStream } from '../../../../features/city/random.ts'
import type { FeatureTable, IntegerColumn } from '../../../../features/extract/card-types.ts'
import { card } from '../onnx/models.ts'

const LEVELS = ['A', 'B', 'M', 'C', 'D']

/** A table whose event follows days late and level, with missing days; and the event itself. */
export function riskyTable(rows: number, seed: number): { table: FeatureTable; target: Float64Array } {
  const stream = openStream(seed, 'risky')
  const column = (name: string, decimals: number, categories?: readonly string[]): IntegerColumn => ({
    card: card(name, decimals, categories),
    values: new Int32Array(rows),
    present: new Uint8Array(rows).fill(1),
  })
  const days = column('days_late', 0)
  const ratio = column('usage_ratio', 3)
  const money = column('paid_yuan', 2)
  const level = column('level', 0, LEVELS)
  const target = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    days.values[row] = stream.poisson(10)
    ratio.values[row] = Math.round(1000 + 200 * stream.normal())
    money.values[row] = Math.round(1e6 * Math.exp(stream.normal()))
    level.values[row] = stream.pick([4, 3, 2, 1])
    if (stream.chance(0.1)) days.present[row] = 0
    const lean =
      -1.5 + (days.present[row] ? (days.values[row] - 10) / 3 : 1) + (level.values[row] === 3 ? 1.5 : 0)
    target[row] = stream.chance(1 / (1 + Math.exp(-lean))) ? 1 : 0
  }
  const ids = Array.from({ length: rows }, (_, row) => `firm-${row}`)
  return { table: { ids, columns: [days, ratio, money, level] }, target }
}

export const quick = { seed: 7, hidden: [8], epochs: 4, batchRows: 64 } as const
export const riskCard = { ...card('late_risk', 4), unit: 'share', direction: 'rising' } as const
