import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import {
  CELL,
  createRoster,
  dealProviders,
  loadColumns,
  loadExclusions,
  loadLabels,
  openDataset,
  writeLabelTable,
  writeProviderTables,
} from '../../../features/index.ts'
import { expectFault, smallManifest, smallSet, temporaryFolder, writeFolder } from './fixtures.ts'

const base = temporaryFolder()

async function rowsOf(file: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(`SELECT * FROM '${file}'`)
  const rows = [reader.columnNames(), ...reader.getRows()]
  connection.closeSync()
  instance.closeSync()
  return rows
}

describe('writeProviderTables and loadColumns', () => {
  test('hand a provider its own columns and ids, and nothing else', async () => {
    const dataset = await openDataset(smallSet(base))
    const provider = dealProviders(dataset, 3)[1]
    const dir = join(base, 'own')
    const tables = await writeProviderTables(dataset, provider, dir)
    expect(tables.map(({ party, file }) => [party, file])).toEqual([['tax', 'tax.parquet']])
    expect(readdirSync(dir)).toEqual(['tax.parquet'])
    expect(await rowsOf(join(dir, 'tax.parquet'))).toEqual([
      ['id', 'paid', 'growth'],
      ['c', 1, 0.5],
      ['a', 2, null],
    ])
  })

  test('load them in roster order with "not held" and "missing" apart', async () => {
    const dataset = await openDataset(smallSet(base))
    const dir = join(base, 'all')
    const tables = (
      await Promise.all(dealProviders(dataset).map((provider) => writeProviderTables(dataset, provider, dir)))
    ).flat()
    const columns = await loadColumns(tables, dataset.roster, { dir })
    const { held, missing, notHeld } = CELL
    const nan = Number.NaN
    expect(columns).toEqual([
      {
        kind: 'numeric',
        name: 'market.capital',
        values: Float64Array.of(10, nan, nan, -2500, nan),
        state: Uint8Array.of(held, missing, notHeld, held, notHeld),
      },
      {
        kind: 'categorical',
        name: 'market.state',
        codes: Int32Array.of(0, 1, -1, 0, -1),
        categories: ['open', 'shut, for good'],
        state: Uint8Array.of(held, held, notHeld, held, notHeld),
      },
      {
        kind: 'numeric',
        name: 'tax.paid',
        values: Float64Array.of(2, nan, 1, nan, nan),
        state: Uint8Array.of(held, notHeld, held, notHeld, notHeld),
      },
      {
        kind: 'numeric',
        name: 'tax.growth',
        values: Float64Array.of(nan, nan, 0.5, nan, nan),
        state: Uint8Array.of(missing, notHeld, held, notHeld, notHeld),
      },
      {
        kind: 'categorical',
        name: 'tax.level',
        codes: Int32Array.of(1, -1, 0, -1, -1),
        categories: ['A', 'B'],
        state: Uint8Array.of(held, notHeld, held, notHeld, notHeld),
      },
      {
        kind: 'numeric',
        name: 'bank.age',
        values: Float64Array.of(3, 4, nan, nan, nan),
        state: Uint8Array.of(held, held, notHeld, notHeld, missing),
      },
    ])
  })

  test('leave out rows that are not on the roster', async () => {
    const dir = smallSet(base)
    const tables = [
      { party: 'tax', file: 'tax.csv', columns: [{ name: 'level', type: 'categorical' as const }] },
    ]
    const [column] = await loadColumns(tables, createRoster(['c', 'q']), { dir })
    expect(column).toMatchObject({ categories: ['A'], codes: Int32Array.of(0, -1) })
  })

  test('refuse the same column of a party in two tables', async () => {
    const table = {
      party: 'tax',
      file: 'tax.csv',
      columns: [{ name: 'level', type: 'categorical' as const }],
    }
    await expectFault(
      loadColumns([table, { ...table, file: 'tax-2.csv' }], createRoster(['a']), { dir: smallSet(base) }),
      'YX_FEATURES_COLUMN_REPEATED',
      'tax-2.csv, column "level"',
    )
  })
})

describe('writeLabelTable and loadLabels', () => {
  test('hand a label holder ids and outcomes alone, without the rows it has no outcome for', async () => {
    const dir = join(base, 'labels')
    const set = smallSet(base, { 'bank.csv': 'id,y,age,rating\nb,1,3,x\na,0,4,y\nc,,1,z\nq,0,,\n' })
    const dataset = await openDataset(set)
    const file = await writeLabelTable(dataset, dataset.labelHolders[0], dir)
    expect(await rowsOf(join(dir, file))).toEqual([
      ['id', 'y'],
      ['b', 1],
      ['a', 0],
      ['q', 0],
    ])
    expect(await loadLabels(file, createRoster(['a', 'b', 'c', 'd']), { dir })).toEqual({
      labelled: Uint8Array.of(1, 1, 0, 0),
      bad: Uint8Array.of(0, 1, 0, 0),
    })
  })

  test('refuse a label holder that the set does not have', async () => {
    const dataset = await openDataset(smallSet(base))
    const stranger = { party: 'stranger', file: 'bank.csv', column: 'y' }
    await expectFault(
      writeLabelTable(dataset, stranger, base),
      'YX_FEATURES_LABEL_HOLDER_UNKNOWN',
      '"stranger"',
      'bank',
    )
  })

  test('refuse bad labels at a label holder itself', async () => {
    const dir = writeFolder(base, { 'x.csv': 'id,y\na,0\nb,3\n', 'empty.csv': 'id,y\na,\n' })
    const roster = createRoster(['a', 'b'])
    await expectFault(
      loadLabels('x.csv', roster, { dir }),
      'YX_FEATURES_LABEL_NOT_BINARY',
      'x.csv line 3, column "y"',
    )
    await expectFault(loadLabels('empty.csv', roster, { dir }), 'YX_FEATURES_LABEL_COLUMN_EMPTY', 'empty.csv')
    await expectFault(
      loadLabels('x.csv', roster, { dir, column: 'bad' }),
      'YX_FEATURES_LABEL_COLUMN_MISSING',
      'x.csv line 1, column "bad"',
    )
  })
})

describe('loadExclusions', () => {
  const rule = (column: string, op: string, value: number | string) => ({
    party: 'tax',
    column,
    op,
    value,
    reason: 'r',
  })
  const rows = 'id,paid,growth,level\na,5,1,A\nb,6,,B\nc,,3,\nd,7,4,C\n'

  test.each([
    [[rule('paid', '>', 5)], [0, 1, 0, 1, 0]],
    [[rule('paid', '>=', 5)], [1, 1, 0, 1, 0]],
    [[rule('paid', '<', 6)], [1, 0, 0, 0, 0]],
    [[rule('paid', '<=', 6)], [1, 1, 0, 0, 0]],
    [[rule('paid', '==', 7)], [0, 0, 0, 1, 0]],
    [[rule('paid', '!=', 7)], [1, 1, 0, 0, 0]],
    [[rule('level', '==', 'B')], [0, 1, 0, 0, 0]],
    [[rule('level', '!=', 'B')], [1, 0, 0, 1, 0]],
    [
      [rule('paid', '==', 5), rule('growth', '==', 3)],
      [1, 0, 1, 0, 0],
    ],
    [[], [0, 0, 0, 0, 0]],
  ])('%j fires on the right rows, never on empty or absent cells', async (rules, expected) => {
    const manifest = smallManifest({ exclusions: rules })
    const dir = smallSet(base, { 'manifest.json': manifest, 'tax.csv': rows })
    const dataset = await openDataset(dir)
    const { tables, exclusions } = dealProviders(dataset)[1]
    expect(Array.from(await loadExclusions(tables, exclusions, dataset.roster, { dir }))).toEqual(expected)
  })

  test('refuses a rule on a column that the tables do not have', async () => {
    const rules = [{ party: 'tax', column: 'paid', op: '>' as const, value: 1, reason: 'r' }]
    await expectFault(
      loadExclusions([], rules, createRoster(['a'])),
      'YX_FEATURES_EXCLUSION_INVALID',
      '"paid" of "tax"',
    )
  })
})
