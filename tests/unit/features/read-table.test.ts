import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { CELL, type Column, type ColumnType, syntheticUscc } from '../../../features/index.ts'
import { readTable } from '../../../features/source/read-table.ts'
import { openSession } from '../../../features/source/session.ts'
import { expectFault, temporaryFolder, writeFolder } from './fixtures.ts'

const base = temporaryFolder()
const session = await openSession({ spillDirectory: base })
afterAll(() => session.close())

function read(
  content: string | Buffer,
  columns: Record<string, ColumnType>,
  { name = 'x.csv', scheme = 'text' as 'text' | 'uscc', id = 'id' } = {},
) {
  const path = join(writeFolder(base, { [name]: content }), name)
  const declared = Object.entries(columns).map(([column, type]) => ({ name: column, type }))
  return readTable(session, { path, shown: name, id, columns: declared }, scheme)
}

/** The cells as an analyst would list them: null = missing. */
function cells(column: Column): (number | string | null)[] {
  return Array.from(column.state, (state, row) => {
    if (state !== CELL.held) return null
    return column.kind === 'numeric' ? column.values[row] : column.categories[column.codes[row]]
  })
}

describe('readTable', () => {
  test('reads any cells back in file order, over several chunks of the reader', async () => {
    const rows = 5000
    const lines = Array.from({ length: rows }, (_, row) => {
      const number = row % 7 === 0 ? '' : String(row * 0.37 - 500)
      return `k${row},${number},${row % 3 === 0 ? '' : `cat ${row % 11}`}`
    })
    const table = await read(`id,v,c\n${lines.join('\n')}\n`, { c: 'categorical', v: 'numeric' })
    expect(table.rows).toBe(rows)
    expect(table.ids).toEqual(Array.from({ length: rows }, (_, row) => `k${row}`))
    expect(table.columns.map((column) => column.name)).toEqual(['c', 'v'])
    const split = lines.map((line) => line.split(','))
    expect(cells(table.columns[0])).toEqual(split.map(([, , c]) => c || null))
    expect(cells(table.columns[1])).toEqual(split.map(([, v]) => (v === '' ? null : Number(v))))
  })

  test('reads every double exactly as JavaScript does', async () => {
    const doubles = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 2000, seed: 5 })
    const texts = [...doubles.map(String), '.5', '5.', '+3', '1E-3', ' 12 ', '-0', '1e-400', '007']
    const table = await read(`id,v\n${texts.map((text, row) => `${row},${text}`).join('\n')}`, {
      v: 'numeric',
    })
    const { values } = table.columns[0] as { values: Float64Array } & Column
    texts.forEach((text, row) => {
      expect(Object.is(values[row], Number(text)), text).toBe(true)
    })
  })

  test.each([
    'inf',
    '-Infinity',
    'nan',
    'NaN',
    '"1,234"',
    'abc',
    '1_000',
    '0x1F',
    '1e999',
    '1e',
    '--1',
    '１２',
    '1 2',
    'true',
    'NULL',
  ])('refuses %s in a numeric column with its line', async (cell) => {
    const content = `id,name,capital\n1,"two\nlines",3\n\n2,x,\n3,y,${cell}\n`
    await expectFault(
      read(content, { capital: 'numeric' }, { name: 'market.csv.gz' }),
      'YX_FEATURES_CELL_NOT_NUMERIC',
      'market.csv.gz line 6, column "capital": not a number. Rule:',
    )
  })

  test('never repeats the cell in the message', async () => {
    const fault = await read('id,v\n1,secret-value\n', { v: 'numeric' }).catch((cause) => cause)
    expect(fault.message).not.toContain('secret-value')
  })

  test('gives the same table for LF, CRLF, a byte order mark, gzip, and reordered or further columns', async () => {
    const plain = await read('id,v,c\n1,5,x\n2,,"a ""b"", c"\n', { v: 'numeric', c: 'categorical' })
    const variants: [string | Buffer, string][] = [
      ['id,v,c\r\n1,5,x\r\n2,,"a ""b"", c"\r\n', 'x.csv'],
      ['\ufeffid,v,c\n1,5,x\n2,,"a ""b"", c"', 'x.csv'],
      ['\ufeffid,v,c\r\n\r\n1,5,x\r\n2,,"a ""b"", c"', 'x.csv.gz'],
      ['c,extra,"id",v\nx,7,1,5\n"a ""b"", c",,2,\n', 'x.csv'],
    ]
    for (const [content, name] of variants) {
      const table = await read(content, { v: 'numeric', c: 'categorical' }, { name })
      expect({ ids: table.ids, columns: table.columns }).toEqual({ ids: plain.ids, columns: plain.columns })
    }
    expect(cells(plain.columns[1])).toEqual(['x', 'a "b", c'])
  })

  test('splits any records as they were written, with either line end', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', '沧', ' ', '#', '\\'),
      maxLength: 6,
    })
    const quote = (text: string, always: boolean): string =>
      always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, fc.boolean(), cell), { maxLength: 40 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (records, lineEnd, ended) => {
          const lines = records.map(
            ([p, always, q], row) => `${quote(p, always)},k${row},${quote(q, !always)}`,
          )
          const content = ['p,id,q', ...lines].join(lineEnd) + (ended ? lineEnd : '')
          const table = await read(content, { p: 'categorical', q: 'categorical' })
          expect(table.columns.map(cells)).toEqual([
            records.map(([p]) => p || null),
            records.map(([, , q]) => q || null),
          ])
        },
      ),
      { numRuns: 60 },
    )
  })

  test('sorts categories by code unit and keeps text that looks like a null', async () => {
    const table = await read('id,c\n1,ﬀ\n2,𝒳\n3,b\n4,NULL\n5,""\n', { c: 'categorical' })
    const column = table.columns[0]
    expect(column.kind === 'categorical' && column.categories).toEqual(['NULL', 'b', '𝒳', 'ﬀ'])
    expect(cells(column)).toEqual(['ﬀ', '𝒳', 'b', 'NULL', null])
  })

  test('tells column names apart that differ by case alone', async () => {
    const table = await read('id,A,a\n1,5,6\n', { a: 'numeric', A: 'numeric' })
    expect(table.columns.map(cells)).toEqual([[6], [5]])
  })

  test('reads a file whose folder has a quote and brackets in its name', async () => {
    const { mkdirSync, writeFileSync } = await import('node:fs')
    const dir = join(base, "o'neil [1]")
    mkdirSync(dir)
    writeFileSync(join(dir, 'x.csv'), 'id,v\n1,2\n')
    const request = {
      path: join(dir, 'x.csv'),
      shown: 'x.csv',
      id: 'id',
      columns: [{ name: 'v', type: 'numeric' as const }],
    }
    expect((await readTable(session, request)).ids).toEqual(['1'])
  })

  test.each([
    ['an empty id', 'id,v\n1,1\n,2\n', 'YX_FEATURES_ID_EMPTY', 'x.csv line 3, column "id"'],
    [
      'a repeated id',
      'id,v\n7,1\n8,"2"\n\n7,3\n',
      'YX_FEATURES_ID_DUPLICATE',
      'x.csv line 5, column "id": the same id as on line 2',
    ],
    [
      'white space around an id',
      'id,v\n1,1\n2 ,2\n',
      'YX_FEATURES_ID_MALFORMED',
      'x.csv line 3, column "id"',
    ],
    ['a line break in an id', 'id,v\n"1\n2",1\n', 'YX_FEATURES_ID_MALFORMED', 'x.csv line 2, column "id"'],
    ['an absent column', 'id,w\n1,1\n', 'YX_FEATURES_COLUMN_MISSING', 'x.csv line 1, column "v"'],
    ['an absent id column', 'key,v\n1,1\n', 'YX_FEATURES_COLUMN_MISSING', 'x.csv line 1, column "id"'],
    ['a repeated header', 'id,v,v\n1,1,1\n', 'YX_FEATURES_HEADER_REPEATED', 'x.csv line 1, column "v"'],
    ['a ragged row', 'id,v\n1,1\n2\n', 'YX_FEATURES_ROW_RAGGED', 'x.csv line 3'],
  ])('refuses %s', async (_, content, code, place) => {
    await expectFault(read(content, { v: 'numeric' }), code, place)
  })

  test('checks credit codes where ids are declared as such', async () => {
    const content = `id,v\n${syntheticUscc('130925', 1)},1\n91350100M000100Y4A,2\n`
    await expectFault(
      read(content, { v: 'numeric' }, { scheme: 'uscc' }),
      'YX_FEATURES_ID_NOT_USCC',
      'x.csv line 3, column "id"',
      'character 18',
    )
    expect((await read(content, { v: 'numeric' })).rows).toBe(2)
  })

  test('names an absent file and an unknown kind of file', async () => {
    const request = { path: join(base, 'no.csv'), shown: 'no.csv', id: 'id', columns: [] }
    await expectFault(readTable(session, request), 'YX_FEATURES_FILE_MISSING', 'no.csv')
    await expectFault(read('id,v\n', {}, { name: 'x.xlsx' }), 'YX_FEATURES_FILE_FORMAT_UNKNOWN', 'x.xlsx')
  })

  test('a file with a header alone has no rows', async () => {
    const table = await read('id,v\n', { v: 'numeric' })
    expect([table.rows, table.columns[0].state.length]).toEqual([0, 0])
  })
})

describe('readTable on Parquet', () => {
  async function parquet(select: string): Promise<string> {
    const name = `t${Math.abs([...select].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7))}.parquet`
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(`COPY (${select}) TO '${join(base, name)}' (FORMAT parquet)`)
    connection.closeSync()
    instance.closeSync()
    return name
  }
  const request = (name: string, columns: Record<string, ColumnType>) => ({
    path: join(base, name),
    shown: name,
    id: 'id',
    columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
  })

  test('reads numbers, decimals, text numbers and categories', async () => {
    const name = await parquet(
      "SELECT * FROM (VALUES (1, 2.5::DECIMAL(9,2), '3e2', 'x', 7), (2, NULL, NULL, NULL, NULL)) t(id, d, s, c, k)",
    )
    const table = await readTable(
      session,
      request(name, { d: 'numeric', s: 'numeric', c: 'categorical', k: 'categorical' }),
    )
    expect(table.ids).toEqual(['1', '2'])
    expect(table.columns.map(cells)).toEqual([
      [2.5, null],
      [300, null],
      ['x', null],
      ['7', null],
    ])
  })

  test('refuses an infinite number, a date as a number and a repeated id', async () => {
    const infinite = await parquet("SELECT * FROM (VALUES ('a', 1.0::DOUBLE), ('b', 'inf'::DOUBLE)) t(id, v)")
    await expectFault(
      readTable(session, request(infinite, { v: 'numeric' })),
      'YX_FEATURES_CELL_NOT_NUMERIC',
      `${infinite} row 2, column "v"`,
    )
    const date = await parquet("SELECT 'a' AS id, DATE '2022-05-20' AS v")
    await expectFault(
      readTable(session, request(date, { v: 'numeric' })),
      'YX_FEATURES_COLUMN_KIND_WRONG',
      `${date}, column "v"`,
      'DATE',
    )
    const twice = await parquet("SELECT * FROM (VALUES ('a', 1), ('a', 2)) t(id, v)")
    await expectFault(
      readTable(session, request(twice, { v: 'numeric' })),
      'YX_FEATURES_ID_DUPLICATE',
      `${twice} row 2`,
    )
  })

  test('refuses bytes that are no Parquet file', async () => {
    const dir = writeFolder(base, { 'x.parquet': 'id,v\n1,2\n' })
    const broken = { path: join(dir, 'x.parquet'), shown: 'x.parquet', id: 'id', columns: [] }
    await expectFault(readTable(session, broken), 'YX_FEATURES_SOURCE_FAULT', 'x.parquet')
  })
})
