import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  authorisedOnly,
  type Basis,
  buildBasis,
  type CategoricalColumn,
  CELL,
  type Column,
  encodeBasis,
  NO_BIN,
  type NumericColumn,
} from '../../../models/index.ts'

const all = (n: number) => Int32Array.from({ length: n }, (_, row) => row)

/** A number is held; a string stands for its special state. */
function numeric(name: string, cells: (number | 'missing' | 'notHeld' | 'notAuthorised')[]): NumericColumn {
  return {
    kind: 'numeric',
    name,
    values: Float64Array.from(cells, (cell) => (typeof cell === 'number' ? cell : Number.NaN)),
    state: Uint8Array.from(cells, (cell) => (typeof cell === 'number' ? CELL.held : CELL[cell])),
  }
}

function categorical(name: string, cells: (string | null)[]): CategoricalColumn {
  const categories = [...new Set(cells.filter((cell) => cell !== null))].sort()
  return {
    kind: 'categorical',
    name,
    categories,
    codes: Int32Array.from(cells, (cell) => (cell === null ? -1 : categories.indexOf(cell))),
    state: Uint8Array.from(cells, (cell) => (cell === null ? CELL.missing : CELL.held)),
  }
}

const build = (columns: Column[], options: Partial<Parameters<typeof buildBasis>[1]> = {}): Basis =>
  buildBasis(columns, { bins: 4, rows: all(columns[0].state.length), minRows: 1, ...options })

const labels = (basis: Basis, column = 0) => basis.columns[column].bins.map(({ label }) => label)
const counts = (basis: Basis, column = 0) => basis.columns[column].bins.map(({ rows }) => rows)

describe('numeric bins', () => {
  it('cut at v[ceil(k*n/bins)-1], intervals closed above', () => {
    const basis = build([numeric('x', [8, 7, 6, 5, 4, 3, 2, 1])])
    expect(basis.columns[0].cuts).toEqual([2, 4, 6])
    expect(labels(basis)).toEqual(['(-∞, 2]', '(2, 4]', '(4, 6]', '(6, ∞)'])
    const codes = encodeBasis(basis, [numeric('x', [2, 2.0001, -1e300, 1e300])], all(4))
    expect([...codes[0]]).toEqual([0, 1, 0, 3])
  })

  it('leave out equal cuts and the maximum', () => {
    expect(build([numeric('x', [0, 0, 0, 0, 0, 9, 9, 9])]).columns[0].cuts).toEqual([0])
  })

  it('merge a thin bin into its smaller neighbour, the thinnest first', () => {
    const cells = [...Array(5).fill(1), ...Array(3).fill(2), ...Array(5).fill(3), ...Array(7).fill(4)]
    // Cuts 1 | 2, 3 | 4 by quantiles of 20: v[4]=1, v[9]=3, v[14]=4 (maximum, left out) -> bins of 5 and 8 and 7.
    expect(counts(build([numeric('x', cells)], { minRows: 5 }))).toEqual([5, 8, 7])
    expect(counts(build([numeric('x', cells)], { minRows: 6 }))).toEqual([13, 7])
    expect(build([numeric('x', cells)], { minRows: 11 }).columns).toEqual([])
  })

  it('agree with a naive count for any data, and no bin is thin but a lone one', () => {
    const cell = fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    )
    fc.assert(
      fc.property(
        fc.array(cell, { maxLength: 60 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 8 }),
        (cells, bins, minRows) => {
          const column = numeric('x', [...cells, ...Array(minRows).fill('notHeld')])
          const basis = build([column], { bins, minRows })
          expect(basis.columns.length).toBe(cells.length === 0 ? 0 : 1)
          if (cells.length === 0) return
          const { cuts = [], bins: list } = basis.columns[0]
          const naive = list.map(() => 0)
          for (const x of cells) naive[cuts.filter((cut) => cut < x).length]++
          naive[list.length - 1] = minRows
          expect(list.map(({ rows }) => rows)).toEqual(naive)
          if (list.length > 2) expect(Math.min(...naive)).toBeGreaterThanOrEqual(minRows)
          const [codes] = encodeBasis(basis, [column], all(column.state.length))
          naive.forEach((count, b) => {
            expect(codes.filter((code) => code === b)).toHaveLength(count)
          })
        },
      ),
    )
  })
})

describe('special bins', () => {
  it('stand for themselves from minRows rows on, and weigh nothing below', () => {
    const cells = [1, 1, 2, 2, 'missing', 'missing', 'notHeld'] as const
    const column = numeric('x', [...cells])
    const basis = build([column], { bins: 2, minRows: 2 })
    expect(labels(basis)).toEqual(['(-∞, 1]', '(1, ∞)', 'missing'])
    expect([...encodeBasis(basis, [column], all(7))[0]]).toEqual([0, 0, 1, 1, 2, 2, NO_BIN])
  })

  it('have none for what is not authorised: it weighs nothing, however many rows there are', () => {
    const column = numeric('x', [1, 1, 2, 2, 'notHeld', 'notAuthorised', 'notAuthorised', 'notAuthorised'])
    const basis = build([column], { bins: 2 })
    expect(labels(basis)).toEqual(['(-∞, 1]', '(1, ∞)', 'not held'])
    expect([...encodeBasis(basis, [column], all(8))[0]]).toEqual([0, 0, 1, 1, 2, NO_BIN, NO_BIN, NO_BIN])
  })

  it('only training rows cut and count; other rows are encoded all the same', () => {
    const column = numeric('x', [1, 2, 1, 2, 100, 'missing'])
    const basis = build([column], { bins: 2, rows: Int32Array.of(3, 2, 1, 0) })
    expect(counts(basis)).toEqual([2, 2])
    expect([...encodeBasis(basis, [column], Int32Array.of(5, 4))[0]]).toEqual([NO_BIN, 1])
  })
})

describe('columns for authorised rows only', () => {
  const cell = fc.oneof(
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom('missing' as const, 'notHeld' as const),
  )
  const rows = fc.array(fc.tuple(cell, fc.boolean()), { minLength: 1, maxLength: 60 })

  it('have the bins and codes of those rows alone, and nothing in the others', () => {
    fc.assert(
      fc.property(rows, (drawn) => {
        const cells = drawn.map(([value]) => value)
        const named = cells.map((value) => (typeof value === 'number' ? `c${value}` : null))
        const authorised = Uint8Array.from(drawn, ([, may]) => Number(may))
        const columns: Column[] = [numeric('x', cells), categorical('y', named)]
        const usable = authorisedOnly(columns, authorised)
        const chosen = all(cells.length).filter((row) => authorised[row] === 1)
        const basis = build(usable, { minRows: 2 })
        // Of two runs of rows, one without the unauthorised in it at all.
        expect(basis).toEqual(build(columns, { minRows: 2, rows: chosen }))
        const whole = encodeBasis(basis, columns, all(cells.length))
        encodeBasis(basis, usable, all(cells.length)).forEach((codes, j) => {
          expect([...codes]).toEqual([...whole[j]].map((code, row) => (authorised[row] ? code : NO_BIN)))
        })
        expect(columns[0].state).toEqual(numeric('x', cells).state)
      }),
    )
  })

  it('are refused for another number of rows', () => {
    expect(() => authorisedOnly([numeric('x', [1, 2])], new Uint8Array(3))).toThrow(
      expect.objectContaining({ code: 'YX_MODELS_COLUMN_LENGTH' }),
    )
  })
})

describe('categorical bins', () => {
  const cells = (...groups: [string, number][]) => groups.flatMap(([name, n]) => Array<string>(n).fill(name))

  it('order by code unit, gather the rare in "other", send the unseen there', () => {
    const column = categorical('c', cells(['b', 3], ['a', 4], ['é', 1], ['Z', 1]))
    const basis = build([column], { minRows: 2 })
    expect(labels(basis)).toEqual(['a', 'b', 'other'])
    expect(counts(basis)).toEqual([4, 3, 2])
    const later = categorical('c', ['new', 'b', 'Z'])
    expect([...encodeBasis(basis, [later], all(3))[0]]).toEqual([2, 1, 2])
  })

  it('a thin "other" joins the smallest bin; without rare ones the unseen weigh nothing', () => {
    const thin = build([categorical('c', cells(['a', 5], ['b', 3], ['z', 1]))], { minRows: 2 })
    expect(labels(thin)).toEqual(['a', 'b or other'])
    expect(counts(thin)).toEqual([5, 4])
    const full = build([categorical('c', cells(['a', 5], ['b', 3]))], { minRows: 2 })
    expect([...encodeBasis(full, [categorical('c', ['new', 'a'])], all(2))[0]]).toEqual([NO_BIN, 0])
  })
})

describe('the whole basis', () => {
  it('drops what says nothing and says why', () => {
    const basis = build([
      numeric('one', [3, 3]),
      numeric('none', ['notHeld', 'notHeld']),
      numeric('x', [1, 2]),
    ])
    expect(basis.columns.map(({ name, source, from, to }) => [name, source, from, to])).toEqual([
      ['x', 2, 0, 2],
    ])
    expect(basis.dropped).toEqual([
      { name: 'one', reason: 'all training rows fall into one bin' },
      { name: 'none', reason: 'no training row holds a value' },
    ])
  })

  it('narrows all columns evenly until the width fits, else refuses', () => {
    const values = Array.from({ length: 40 }, (_, i) => i)
    const names = values.map((i) => `c${i % 20}`)
    const columns = [numeric('x', values), numeric('y', values), categorical('c', names)]
    const wide = build(columns, { bins: 10 })
    expect([wide.width, wide.bins]).toEqual([40, 10])
    const narrow = build(columns, { bins: 10, maxWidth: 13 })
    expect([narrow.width, narrow.bins, narrow.requestedBins]).toEqual([13, 4, 10])
    expect(labels(narrow, 2)).toEqual(['c0', 'c1', 'c10', 'c11', 'other'])
    expect(() => build(columns, { bins: 10, maxWidth: 6 })).toThrow(
      expect.objectContaining({ code: 'YX_MODELS_BASIS_TOO_WIDE' }),
    )
  })

  it('survives JSON and encodes the same afterwards', () => {
    const cells = [-0, 0, 5e-324, 1 / 3, -1e300, 1e300, 2, 'missing', 'missing'] as const
    const columns = [
      numeric('x', [...cells]),
      categorical('c', ['a', 'b', 'a', 'b', 'c', 'a', 'b', null, null]),
    ]
    const basis = build(columns, { bins: 5 })
    const back: Basis = JSON.parse(JSON.stringify(basis))
    expect(back).toEqual(basis)
    expect(encodeBasis(back, columns, all(9))).toEqual(encodeBasis(basis, columns, all(9)))
  })

  it('does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 5, maxLength: 40 }), (values) => {
        const column = numeric('x', values)
        const backwards = all(values.length).reverse()
        expect(build([column], { minRows: 3, rows: backwards })).toEqual(build([column], { minRows: 3 }))
      }),
    )
  })

  it('refuses other columns, lengths, rows and settings than it can use', () => {
    const x = numeric('x', [1, 2])
    const code = (name: string) => expect.objectContaining({ code: `YX_MODELS_${name}` })
    expect(() => encodeBasis(build([x]), [numeric('y', [1, 2])], all(2))).toThrow(code('COLUMN_CHANGED'))
    expect(() => encodeBasis(build([x]), [], all(2))).toThrow(code('COLUMN_CHANGED'))
    expect(() => build([x, numeric('y', [1])])).toThrow(code('COLUMN_LENGTH'))
    expect(() => build([x], { rows: Int32Array.of(2) })).toThrow(code('ROW_OUTSIDE'))
    expect(() => build([x], { bins: 1 })).toThrow(code('SETTING_INVALID'))
    expect(() => build([x], { bins: Number.NaN })).toThrow(code('SETTING_INVALID'))
    expect(() => build([x], { maxWidth: Number.POSITIVE_INFINITY })).toThrow(code('SETTING_INVALID'))
    expect(() => encodeBasis({ ...build([x]), width: 400 }, [x], all(2))).toThrow(code('SETTING_INVALID'))
  })

  it('has nothing to say about no columns, no rows or one row', () => {
    expect(buildBasis([], { bins: 5, rows: all(0) })).toEqual({
      bins: 5,
      requestedBins: 5,
      width: 0,
      columns: [],
      dropped: [],
    })
    expect(build([numeric('x', [])]).width).toBe(0)
    expect(build([numeric('x', [1])]).width).toBe(0)
  })
})
