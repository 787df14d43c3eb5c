import { describe, expect, it } from 'vitest'
import { international } from '../../../engine/index.ts'
import {
  type CommittedColumn,
  commitColumns,
  isCommitted,
  openColumn,
} from '../../../federation/column-commitment.ts'

const columnsOf = (count: number): CommittedColumn[] =>
  Array.from({ length: count }, (_, index) => ({
    salt: new Uint8Array(32).fill(index + 1),
    description: JSON.stringify({ name: `column ${index}`, kind: 'numeric' }),
    codes: Uint8Array.from({ length: 50 }, (_, row) => (row * (index + 3)) % 5),
  }))

describe('a commitment to columns', () => {
  it.each([1, 2, 3, 5, 8, 13])('opens each of %s columns', (count) => {
    const columns = columnsOf(count)
    const commitment = commitColumns(international, 5 * count, columns)
    const sizes = { width: 5 * count, occupancy: count }
    for (let index = 0; index < count; index++) {
      expect(isCommitted(international, commitment, sizes, openColumn(international, columns, index))).toBe(
        true,
      )
    }
  })

  it('binds every code, name, salt, place, width and number of columns', () => {
    const columns = columnsOf(3)
    const commitment = commitColumns(international, 15, columns)
    const sizes = { width: 15, occupancy: 3 }
    const opening = openColumn(international, columns, 1)
    const codes = opening.codes.slice()
    codes[7] ^= 1
    const wrong = [
      [sizes, { ...opening, codes }],
      [sizes, { ...opening, description: opening.description.replace('column 1', 'column 2') }],
      [sizes, { ...opening, salt: new Uint8Array(32) }],
      [sizes, { ...opening, index: 0 }],
      [sizes, openColumn(international, columnsOf(4), 1)],
      [{ ...sizes, width: 16 }, opening],
      [{ ...sizes, occupancy: 4 }, opening],
    ] as const
    for (const [size, shown] of wrong) expect(isCommitted(international, commitment, size, shown)).toBe(false)
    expect(isCommitted(international, commitment, sizes, opening)).toBe(true)
  })

  it('does not let bytes wander between salt, description and codes', () => {
    const [column] = columnsOf(1)
    const commitment = commitColumns(international, 5, [column])
    const opening = openColumn(international, [column], 0)
    const longer = { ...opening, salt: Buffer.concat([opening.salt, Uint8Array.of(1)]) }
    expect(isCommitted(international, commitment, { width: 5, occupancy: 1 }, longer)).toBe(false)
  })

  it('hides the columns: without the salt one that is known cannot be told', () => {
    const [column] = columnsOf(1)
    const other = { ...column, salt: new Uint8Array(32).fill(9) }
    expect(commitColumns(international, 5, [column])).not.toBe(commitColumns(international, 5, [other]))
  })

  it('is defined for a provider without a usable column', () => {
    expect(commitColumns(international, 0, [])).toMatch(/^[0-9a-f]{64}$/)
  })
})
