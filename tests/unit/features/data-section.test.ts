import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDataSection } from '../../../features/check-data-section.ts'
import type { DataSection, FeatureSection, SourceSection } from '../../../features/data-section.ts'
import { readExceptions } from '../../../features/read-exceptions.ts'

const section = (
  source: Partial<SourceSection>,
  features?: FeatureSection[],
  rest: Partial<DataSection> = {},
): DataSection => ({
  asOf: '2025-06-30',
  sources: [{ class: 'water_usage', ...source }],
  ...(features && { features }),
  ...rest,
})
const file = { file: 'bills.csv' }
const database = { database: 'postgresql' as const, url: 'postgresql://reader@host/db' }

describe('what the parts of a data section say together', () => {
  it.each<[string, DataSection]>([
    ['a file', section(file)],
    ['a file of an older system', section({ ...file, encoding: 'gb18030', delimiter: ';' })],
    ['a table', section({ ...database, table: 'bills', passwordFile: 'password.txt' })],
    ['a query', section({ ...database, query: 'SELECT 1' })],
    [
      'two sources of a class',
      { asOf: '2024-02-29', sources: [section(file).sources[0], section(file).sources[0]] },
    ],
    ['features of one set', section(file, [{ builtin: 'water_usage', only: ['arrears_days'] }])],
    ['own SQL', section(file, [{ sql: 'a.sql', cards: 'a.json', class: 'water_usage', party: 'own' }])],
  ])('accepts %s', (_, data) => {
    expect(() => checkDataSection(data)).not.toThrow()
  })

  it.each<[string, DataSection, string]>([
    ['no source of records', section({}), 'sources[0]'],
    ['a file and a database', section({ ...file, ...database, table: 'bills' }), 'sources[0]'],
    ['a database without a url', section({ database: 'mysql', table: 'bills' }), 'sources[0]'],
    ['a table and a query', section({ ...database, table: 'bills', query: 'SELECT 1' }), 'sources[0]'],
    ['neither table nor query', section(database), 'sources[0]'],
    [
      'an encoding of a database',
      section({ ...database, table: 'bills', encoding: 'gb18030' }),
      'sources[0].encoding',
    ],
    ['a password of a file', section({ ...file, passwordFile: 'password.txt' }), 'sources[0].passwordFile'],
    ['a day that is none', section(file, undefined, { asOf: '2025-02-29' }), 'asOf'],
    [
      'a batch of a day that is none',
      section({ ...file, receivedOn: '2025-13-01' }),
      'sources[0].receivedOn',
    ],
    ['features of nothing', section(file, [{ only: ['arrears_days'] }]), 'features[0]'],
    ['two kinds of features', section(file, [{ builtin: 'water_usage', sql: 'a.sql' }]), 'features[0]'],
    ['features of a class without a source', section(file, [{ builtin: 'gas_usage' }]), 'features[0]'],
    [
      'SQL without cards',
      section(file, [{ sql: 'a.sql', class: 'water_usage', party: 'own' }]),
      'features[0]',
    ],
    [
      'a model without inputs',
      section(file, [{ onnx: 'm.onnx', class: 'water_usage', party: 'own' }]),
      'features[0]',
    ],
    [
      'two groups of one name',
      section(file, [{ builtin: 'water_usage' }, { builtin: 'water_usage', only: ['arrears_days'] }]),
      'features[1]',
    ],
  ])('refuses %s', (_, data, where) => {
    expect(() => checkDataSection(data)).toThrow(
      expect.objectContaining({
        code: 'YX_FEATURES_DATA_SECTION_INVALID',
        message: expect.stringContaining(`Section "data", ${where}:`),
      }),
    )
  })
})

describe('reviewed exceptions', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yinxin-exceptions-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const listed = async (text: string) => {
    await writeFile(join(folder, 'list.txt'), text)
    return readExceptions(join(folder, 'list.txt'))
  }

  it('are one code a line, with remarks, whatever the line ends and marks', async () => {
    const codes = await listed(
      '\ufeff# reviewed 2026-10-01\r\n91350211M0000XUF46 # seen on the licence\r\n\r\n91350203M0001QAY9B',
    )
    expect([...codes]).toEqual(['91350211M0000XUF46', '91350203M0001QAY9B'])
  })

  it.each([
    ['91350211m0000xuf46\n', 'line 1'],
    ['91350211M0000XUF46\n91350211M0000XUF46\n', 'line 2'],
    ['91350211M0000XUF46,91350203M0001QAY9B\n', 'line 1'],
  ])('refuses %j and names the line, not the code', async (text, line) => {
    await expect(listed(text)).rejects.toMatchObject({
      code: 'YX_FEATURES_EXCEPTIONS_INVALID',
      message: expect.stringContaining(`list.txt ${line}`),
    })
    await expect(listed(text)).rejects.not.toMatchObject({ message: expect.stringContaining('M0000XUF46') })
  })

  it('names a list that is not there', async () => {
    await expect(readExceptions(join(folder, 'none.txt'))).rejects.toMatchObject({
      code: 'YX_FEATURES_FILE_MISSING',
    })
  })
})
