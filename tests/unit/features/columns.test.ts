import { describe, expect, test } from 'vitest'
import { layColumn } from '../../../features/columns.ts'
import { CELL } from '../../../features/index.ts'

describe('layColumn', () => {
  test('moves values and states, leaves the rest not held', () => {
    const laid = layColumn(
      {
        kind: 'numeric',
        name: 'x',
        values: Float64Array.of(1.5, Number.NaN, 7),
        state: Uint8Array.of(CELL.held, CELL.missing, CELL.held),
      },
      Int32Array.of(3, 0, -1),
      4,
      'tax.x',
    )
    expect(laid).toEqual({
      kind: 'numeric',
      name: 'tax.x',
      values: Float64Array.of(Number.NaN, Number.NaN, Number.NaN, 1.5),
      state: Uint8Array.of(CELL.missing, CELL.notHeld, CELL.notHeld, CELL.held),
    })
  })

  test('drops categories that no remaining row has', () => {
    const laid = layColumn(
      {
        kind: 'categorical',
        name: 'x',
        codes: Int32Array.of(2, 0, 1, -1),
        categories: ['A', 'B', 'C'],
        state: Uint8Array.of(CELL.held, CELL.held, CELL.held, CELL.missing),
      },
      Int32Array.of(1, 0, -1, 2),
      3,
      'tax.x',
    )
    expect(laid).toEqual({
      kind: 'categorical',
      name: 'tax.x',
      codes: Int32Array.of(0, 1, -1),
      categories: ['A', 'C'],
      state: Uint8Array.of(CELL.held, CELL.held, CELL.missing),
    })
  })
})
