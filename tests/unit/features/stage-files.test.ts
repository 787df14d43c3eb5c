import { execFileSync } from 'node:child_process'
import { appendFileSync, readdirSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { openWorkSession, type Session, stageSource } from '../../../features/index.ts'
import { quoteText } from '../../../features/source/session.ts'
import type { Delimiter, FileSource } from '../../../features/source/source-types.ts'
import { expectFault, temporaryFolder, writeFolder } from './fixtures.ts'

const base = temporaryFolder()
const session = await openWorkSession({ spillDirectory: base })
afterAll(() => session.close())

let tables = 0

function stage(content: string | Buffer, settings: Omit<FileSource, 'file'> = {}, name = 'x.csv') {
  const file = join(writeFolder(base, { [name]: content }), name)
  return stageSource(session, { file, ...settings }, `t${++tables}`)
}

async function rowsOf(relation: string): Promise<unknown[][]> {
  const rows: unknown[][] = []
  for await (const chunk of session.chunks(`SELECT * FROM "${relation}" ORDER BY source_row`)) {
    for (const [number, ...cells] of chunk.getRows()) rows.push([Number(number), ...cells])
  }
  return rows
}

async function tableNames(): Promise<string[]> {
  const names: string[] = []
  for await (const chunk of session.chunks('SELECT table_name FROM duckdb_tables()')) {
    names.push(...(chunk.getRows().flat() as string[]))
  }
  return names
}

/** Expects the refusal and that nothing of the source is left in the session. */
async function expectNothing(work: () => Promise<unknown>, code: string, ...parts: string[]): Promise<void> {
  const before = await tableNames()
  await expectFault(work(), code, ...parts)
  expect(await tableNames()).toEqual(before)
}

describe('stageSource of a CSV file', () => {
  test('keeps names, numbers records from 1 and knows the line of each', async () => {
    const staged = await stage('uscc,用水量,"a ""b"""\n1,"x\ny",\n\n2,"3,4", z \n')
    expect(staged.rows).toBe(2)
    expect(staged.columns).toEqual(['uscc', '用水量', 'a "b"'].map((name) => ({ name, type: 'VARCHAR' })))
    expect(await rowsOf(staged.relation)).toEqual([
      [1, '1', 'x\ny', null],
      [2, '2', '3,4', ' z '],
    ])
    expect([staged.place(1), staged.place(2)]).toEqual(['x.csv line 2', 'x.csv line 5'])
  })

  test('gives every cell back as it was written, with each delimiter, line end and compression', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', ',', ';', '\t', '|', '"', '\n', '\r', '\\', '沧', ' '),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom('x.csv', 'x.csv.gz', 'X.CSV'),
        fc.boolean(),
        async (records, delimiter, end, name, gaps) => {
          const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
          const lines = records.map((record) => record.map(quoted).join(delimiter))
          const text = `\ufeff${['one', 'two'].join(delimiter)}${end}${lines.join(gaps ? end + end : end)}`
          const staged = await stage(text, { delimiter: delimiter as Delimiter }, name)
          expect(await rowsOf(staged.relation)).toEqual(
            records.map((record, row) => [row + 1, ...record.map((text) => (text === '' ? null : text))]),
          )
        },
      ),
      { numRuns: 40 },
    )
  })

  test('follows the line "sep=;" that Excel writes, unless the source says otherwise', async () => {
    const staged = await stage('\ufeffsep=;\r\na;b\r\n1;2,5\r\n')
    expect(await rowsOf(staged.relation)).toEqual([[1, '1', '2,5']])
    expect(staged.place(1)).toBe('x.csv line 3')
    await expectNothing(
      () => stage('sep=;\na;b\n', { delimiter: '\t' }),
      'YX_FEATURES_DELIMITER_WRONG',
      'x.csv line 1',
      'delimiter: ";"',
    )
  })

  test('names the delimiter setting where a header has one cell with another delimiter in it', async () => {
    await expectNothing(() => stage('a;b\n1;2\n'), 'YX_FEATURES_DELIMITER_WRONG', 'delimiter: ";"')
    await expectNothing(
      () => stage('a\tb\n1\t2,3\n'),
      'YX_FEATURES_DELIMITER_WRONG',
      'a tab',
      'delimiter: "\\t"',
    )
    await expectNothing(() => stage('a,b\n1,2\n', { delimiter: ';' }), 'YX_FEATURES_DELIMITER_WRONG', '","')
  })

  test('leaves out nameless empty columns, refuses nameless ones with a cell', async () => {
    const staged = await stage('a,,b, ,\n1,,2,,\n3,,4,,\n')
    expect(staged.columns.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(await rowsOf(staged.relation)).toEqual([
      [1, '1', '2'],
      [2, '3', '4'],
    ])
    await expectNothing(
      () => stage('a,b,\n1,2,\n\n3,4,stray\n'),
      'YX_FEATURES_HEADER_UNNAMED',
      'x.csv',
      'column 3',
      'line 4',
    )
  })

  test.each([
    ['repeated', 'a,b,a\n1,2,3\n', 'YX_FEATURES_HEADER_REPEATED', '"a"'],
    ['of another case', 'Uscc,b,USCC\n1,2,3\n', 'YX_FEATURES_HEADER_ALIKE', '"Uscc" and "USCC"'],
    ['with a space more', 'month,mon th\n1,2\n', 'YX_FEATURES_HEADER_ALIKE', '"month" and "mon th"'],
    ['that is taken', 'a,Source_Row\n1,2\n', 'YX_FEATURES_HEADER_RESERVED', '"Source_Row"'],
  ])('refuses a column name %s', async (_, content, code, part) => {
    await expectNothing(() => stage(content), code, part)
  })

  test.each([
    ['an Excel workbook', Buffer.from('PK\u0003\u0004....'), 'an Excel workbook', 'save it as "CSV UTF-8"'],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 'UTF-16', 'iconv -f UTF-16'],
    ['UTF-16 without a mark', Buffer.from('a,b\n1,2\n', 'utf16le'), 'UTF-16', 'iconv -f UTF-16'],
    ['gzip data', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip data', '.csv.gz'],
  ])('recognises %s', async (_, content, ...parts) => {
    await expectNothing(() => stage(content), 'YX_FEATURES_FILE_KIND_WRONG', ...parts)
  })

  test('takes a header without records for an empty table', async () => {
    expect((await stage('a,b\n')).rows).toBe(0)
  })

  test('reads the file of that name and no pattern, and makes no column of a folder', async () => {
    const dir = writeFolder(base, { 'b[1].csv': 'a\nright\n', 'b1.csv': 'a\nwrong\n', 'b*.csv': 'a\nstar\n' })
    const right = await stageSource(session, { file: join(dir, 'b[1].csv') }, `t${++tables}`)
    expect(await rowsOf(right.relation)).toEqual([[1, 'right']])
    const star = await stageSource(session, { file: join(dir, 'b*.csv') }, `t${++tables}`)
    expect(await rowsOf(star.relation)).toEqual([[1, 'star']])
    const year = join(dirname(dir), 'year=2025')
    renameSync(dir, year)
    const plain = await stageSource(session, { file: join(year, 'b1.csv') }, `t${++tables}`)
    expect(plain.columns.map(({ name }) => name)).toEqual(['a'])
  })

  test('numbers the records of a large file in file order', async () => {
    const rows = 300_000
    const text = `n,fill\n${Array.from({ length: rows }, (_, row) => `${row + 1},${'x'.repeat(row % 50)}`).join('\n')}\n`
    const staged = await stage(text)
    expect(staged.rows).toBe(rows)
    const sql = `SELECT count(*) FROM "${staged.relation}" WHERE source_row = n::BIGINT`
    for await (const chunk of session.chunks(sql)) expect(Number(chunk.getRows()[0][0])).toBe(rows)
  })
})

describe('stageSource of a GB18030 file', () => {
  /** The encoder of the system, none of ours. */
  const encoded = (text: string): Buffer =>
    execFileSync('iconv', ['-f', 'UTF-8', '-t', 'GB18030'], {
      input: text,
      maxBuffer: 1 << 26,
    })

  test('gives every text back, whatever the compression', async () => {
    const unit = fc.constantFrom('a', '沧', '㐀', '𠮷', '€', '"', ',', '\n', '·')
    const cells = fc.array(fc.string({ unit, minLength: 1 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(cells, fc.constantFrom('x.csv', 'x.csv.gz'), async (rows, name) => {
        const lines = rows.map((cell) => `"${cell.replaceAll('"', '""')}",1`)
        const text = `企业名称,n\n${lines.join('\n')}\n`
        const staged = await stage(encoded(text), { encoding: 'gb18030' }, name)
        expect(staged.columns[0].name).toBe('企业名称')
        expect((await rowsOf(staged.relation)).map(([, cell]) => cell)).toEqual(rows)
      }),
      { numRuns: 15 },
    )
    expect(readdirSync(session.folder()).filter((name) => name.endsWith('.csv'))).toEqual([])
  })

  test('keeps characters whole over the ends of chunks, and lines', async () => {
    const rows = 150_000
    const text = `名称\n${Array.from({ length: rows }, (_, row) => `沧州${'渤海'.repeat(row % 7)}𠮷${row}`).join('\n')}\n`
    const staged = await stage(encoded(text), { encoding: 'gb18030' })
    const all = (await rowsOf(staged.relation)).map(([, cell]) => cell)
    expect(`名称\n${all.join('\n')}\n`).toBe(text)
    expect(staged.place(rows)).toBe(`x.csv line ${rows + 1}`)
  })

  test('is asked for by name, never guessed', async () => {
    await expectNothing(
      () => stage(encoded('名称\n沧州\n')),
      'YX_FEATURES_ENCODING_UNDECLARED',
      'encoding: gb18030',
    )
    await expectNothing(() => stage(Buffer.from([0x61, 0x0a, 0xff, 0x0a])), 'YX_FEATURES_ENCODING_INVALID')
  })

  test.each<[string, string | Buffer, string, ...string[]]>([
    ['UTF-8 text', '名称\n沧州市\n', 'YX_FEATURES_ENCODING_MISDECLARED', 'UTF-8'],
    [
      'other bytes',
      Buffer.from('a\n1\n\xff\n', 'latin1'),
      'YX_FEATURES_ENCODING_MISDECLARED',
      'x.csv line 3',
    ],
    [
      'half a character at the end',
      Buffer.from('a\n\xd6', 'latin1'),
      'YX_FEATURES_ENCODING_MISDECLARED',
      'x.csv line',
    ],
    ['UTF-16', Buffer.from('\ufeffa\n', 'utf16le'), 'YX_FEATURES_FILE_KIND_WRONG', 'UTF-16'],
    ['a ragged row', 'a,b\n1,2\n3\n', 'YX_FEATURES_ROW_RAGGED', 'line 3'],
  ])('refuses %s under that name', async (_, content, code, ...parts) => {
    await expectNothing(() => stage(content, { encoding: 'gb18030' }), code, ...parts)
    expect(readdirSync(session.folder()).filter((name) => name.endsWith('.csv'))).toEqual([])
  })
})

describe('stageSource of a Parquet file', () => {
  function parquet(select: string): Promise<FileSource> {
    const file = join(writeFolder(base, {}), 'x.parquet')
    return session.run(`COPY (${select}) TO ${quoteText(file)} (FORMAT parquet)`).then(() => ({ file }))
  }

  test('keeps types and names', async () => {
    const source = await parquet(
      `SELECT 1.20::DECIMAL(14,2) AS "金额", DATE '2025-01-31' AS "due date", {'a': 1, 'b': [2]} AS nested, NULL::VARCHAR AS empty`,
    )
    const staged = await stageSource(session, source, 'parquet_types')
    expect(staged.columns.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      '金额: DECIMAL(14,2)',
      'due date: DATE',
      'nested: STRUCT(a INTEGER, b INTEGER[])',
      'empty: VARCHAR',
    ])
    expect([staged.rows, staged.place(1)]).toEqual([1, 'x.parquet row 1'])
  })

  test('refuses a file that is none, without its path', async () => {
    const file = join(writeFolder(base, { 'x.parquet': 'a,b\n1,2\n' }), 'x.parquet')
    const fault = await stageSource(session, { file }, 'none').catch((cause) => cause)
    expect(fault.code).toBe('YX_FEATURES_SOURCE_FAULT')
    expect(fault.message).not.toContain(base)
  })
})

describe('a file that changes while it is read', () => {
  /** A session in which `change` happens after the structure check, when the table is about to be made. */
  function disturbed(change: () => void): Session {
    return {
      ...session,
      run: (sql) => {
        if (sql.startsWith('CREATE TABLE')) change()
        return session.run(sql)
      },
    }
  }

  test.each<[string, (file: string) => void]>([
    ['grows by a record', (file) => appendFileSync(file, '5,6\n')],
    ['grows by half a record', (file) => appendFileSync(file, '5')],
    ['is replaced by another of the same size', (file) => replace(file, 'a,b\n9,9\n')],
    ['is written again with the same size', (file) => writeFileSync(file, 'a,b\n9,9\n')],
    ['disappears', (file) => renameSync(file, `${file}.old`)],
  ])('is refused when it %s', async (_, change) => {
    const file = join(writeFolder(base, { 'x.csv': 'a,b\n1,2\n' }), 'x.csv')
    // The system's clock of files ticks in milliseconds.
    utimesSync(file, 1000, 1000)
    const work = () =>
      stageSource(
        disturbed(() => change(file)),
        { file },
        'changed',
      )
    await expectNothing(work, 'YX_FEATURES_SOURCE_CHANGED', 'x.csv')
  })

  function replace(file: string, content: string): void {
    writeFileSync(`${file}.new`, content)
    renameSync(`${file}.new`, file)
  }
})

test('a missing file, a folder and an unknown kind of file are refused', async () => {
  const dir = writeFolder(base, { 'x.xlsx': 'PK' })
  const at = (name: string) => stageSource(session, { file: join(dir, name) }, 'nothing')
  await expectNothing(() => at('none.csv'), 'YX_FEATURES_FILE_MISSING', 'none.csv', 'ENOENT')
  await expectNothing(() => at('x.xlsx'), 'YX_FEATURES_FILE_FORMAT_UNKNOWN', 'x.xlsx')
  renameSync(dir, `${dir}.csv`)
  const folder = () => stageSource(session, { file: `${dir}.csv` }, 'nothing')
  await expectNothing(folder, 'YX_FEATURES_FILE_MISSING', 'not a regular file')
})

test('an existing table is not touched', async () => {
  await session.run('CREATE TABLE kept AS SELECT 42 AS answer')
  const file = join(writeFolder(base, { 'x.csv': 'a\n1\n' }), 'x.csv')
  await expectNothing(() => stageSource(session, { file }, 'kept'), 'YX_FEATURES_SOURCE_FAULT')
  for await (const chunk of session.chunks('SELECT answer FROM kept')) expect(chunk.getRows()).toEqual([[42]])
})

test('a work session keeps its tables in a folder that only its owner may enter and that goes with it', async () => {
  const own = await openWorkSession({ spillDirectory: base })
  await own.run('CREATE TABLE t AS SELECT * FROM range(100000)')
  expect(statSync(own.folder()).mode & 0o777).toBe(0o700)
  expect(readdirSync(own.folder())).toContain('work.duckdb')
  own.close()
  expect(() => statSync(own.folder())).toThrow('ENOENT')
})
