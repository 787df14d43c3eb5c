import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  dealProviders,
  loadColumns,
  openDataset,
  syntheticUscc,
  writeProviderTables,
} from '../../../features/index.ts'
import { expectFault, smallManifest, smallSet, temporaryFolder } from './fixtures.ts'

const base = temporaryFolder()
const open = (changes: Parameters<typeof smallSet>[1]) => openDataset(smallSet(base, changes))
const withManifest = (changes: object) => open({ 'manifest.json': smallManifest(changes) })

describe('openDataset', () => {
  test('joins all ids, leaves leaky columns out and counts rows', async () => {
    const dataset = await open({})
    expect(dataset.roster.ids).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(dataset.parties.map(({ name, rows }) => [name, rows])).toEqual([
      ['market', 3],
      ['tax', 2],
      ['bank', 3],
    ])
    expect(dataset.parties[2].columns).toEqual([{ name: 'age', type: 'numeric' }])
    expect(dataset.labelHolders).toEqual([{ party: 'bank', file: 'bank.csv', column: 'y' }])
    expect(dataset.benchmark).toBe(true)
  })

  test('leaves out a leaky column of one party alone when it is named party.column', async () => {
    const dataset = await withManifest({ leakyColumns: ['market.state'] })
    expect(dataset.parties.map((party) => party.columns.length)).toEqual([1, 3, 2])
  })

  test('a stated direction goes with its column from the manifest to the roster, through dealt tables', async () => {
    const features = [
      { name: 'paid', type: 'numeric', direction: 'falling' },
      { name: 'level', type: 'categorical' },
    ]
    const [market, tax, bank] = (smallManifest() as { parties: object[] }).parties
    const dataset = await withManifest({ parties: [market, { ...tax, features }, bank] })
    const dealt = dealProviders(dataset).find(({ name }) => name === 'tax')!
    const dir = join(base, 'dealt')
    const tables = await writeProviderTables(dataset, dealt, dir)
    const columns = await loadColumns(tables, dataset.roster, { dir })
    expect(columns.map(({ name, trend }) => [name, trend])).toEqual([
      ['tax.paid', 'falling'],
      ['tax.level', undefined],
    ])
  })

  test('takes several label holders with overlapping customers', async () => {
    const dataset = await open({
      'manifest.json': smallManifest({
        labelParty: undefined,
        label: undefined,
        production: true,
        labelHolders: [
          { party: 'one', file: 'one.csv', label: 'y' },
          { party: 'two', file: 'two.csv', label: 'bad' },
        ],
      }),
      'one.csv': 'id,y\na,0\nz,0\n',
      'two.csv': 'id,bad\na,1\n',
    })
    expect(dataset.labelHolders.map((holder) => holder.column)).toEqual(['y', 'bad'])
    expect(dataset.roster.ids).toContain('z')
    expect(dataset.benchmark).toBe(false)
  })

  test.each<[string, Parameters<typeof smallSet>[1], string, string]>([
    ['no manifest', { 'manifest.json': null }, 'YX_FEATURES_MANIFEST_MISSING', 'manifest.json'],
    [
      'broken JSON',
      { 'manifest.json': '{\n "name": small }' },
      'YX_FEATURES_MANIFEST_NOT_JSON',
      'manifest.json line 2, column 10',
    ],
    ['a list as manifest', { 'manifest.json': '[]' }, 'YX_FEATURES_MANIFEST_INVALID', '(whole file)'],
    ['a missing party file', { 'tax.csv': null }, 'YX_FEATURES_FILE_MISSING', 'tax.csv'],
    [
      'a duplicate id',
      { 'tax.csv': 'id,paid,growth,level\nc,1,0,A\nc,2,0,A\n' },
      'YX_FEATURES_ID_DUPLICATE',
      'tax.csv line 3',
    ],
    [
      'a non-numeric cell',
      { 'tax.csv': 'id,paid,growth,level\nc,1,0,A\na,2,n/a,A\n' },
      'YX_FEATURES_CELL_NOT_NUMERIC',
      'tax.csv line 3, column "growth"',
    ],
    [
      'a missing column',
      { 'tax.csv': 'id,paid,level\nc,1,A\n' },
      'YX_FEATURES_COLUMN_MISSING',
      'tax.csv line 1, column "growth"',
    ],
    [
      'no label column',
      { 'bank.csv': 'id,age\na,1\n' },
      'YX_FEATURES_LABEL_COLUMN_MISSING',
      'bank.csv line 1, column "y"',
    ],
    [
      'an empty label column',
      { 'bank.csv': 'id,y,age\na,,1\nb,,2\n' },
      'YX_FEATURES_LABEL_COLUMN_EMPTY',
      'bank.csv line 2 to the end, column "y"',
    ],
    [
      'a label of 2',
      { 'bank.csv': 'id,y,age\na,0,1\nb,1,1\nc,2,2\n' },
      'YX_FEATURES_LABEL_NOT_BINARY',
      'bank.csv line 4, column "y"',
    ],
    [
      'a label of 0.5',
      { 'bank.csv': 'id,y,age\na,0.5,1\n' },
      'YX_FEATURES_LABEL_NOT_BINARY',
      'bank.csv line 2, column "y"',
    ],
    [
      'a word as label',
      { 'bank.csv': 'id,y,age\na,good,1\n' },
      'YX_FEATURES_CELL_NOT_NUMERIC',
      'bank.csv line 2, column "y"',
    ],
    [
      'only good labels',
      { 'bank.csv': 'id,y,age\na,0,1\nb,0,2\n' },
      'YX_FEATURES_LABEL_ONE_CLASS',
      'bank.csv, line 2 to the end, column "y": every label is 0',
    ],
    [
      'only bad labels',
      { 'bank.csv': 'id,y,age\na,1,1\nb,,2\n' },
      'YX_FEATURES_LABEL_ONE_CLASS',
      'every label is 1',
    ],
  ])('refuses %s', async (_, changes, code, place) => {
    await expectFault(open(changes), code, place)
  })

  const party = { party: 'tax', file: 'tax.csv', features: [{ name: 'paid', type: 'numeric' }] }
  const bank = { party: 'bank', file: 'bank.csv' }
  const rule = { party: 'market', column: 'capital', op: '>', value: 1, reason: 'r' }
  test.each<[string, object, string, string]>([
    ['no name', { name: '' }, 'YX_FEATURES_MANIFEST_INVALID', 'field "name"'],
    ['a name that leads out', { name: '../victim' }, 'YX_FEATURES_MANIFEST_INVALID', 'field "name"'],
    ['no parties', { parties: undefined }, 'YX_FEATURES_MANIFEST_INVALID', 'field "parties"'],
    ['an empty list of parties', { parties: [] }, 'YX_FEATURES_MANIFEST_INVALID', 'field "parties"'],
    [
      'a party twice',
      { parties: [party, bank, party] },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "parties[2].party"',
    ],
    [
      'a party name with a slash',
      { parties: [{ ...party, party: '../x' }] },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "parties[0].party"',
    ],
    [
      'a file outside the folder',
      { parties: [{ ...party, file: '../tax.csv' }] },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "parties[0].file"',
    ],
    [
      'an absolute file',
      { parties: [{ ...party, file: '/etc/passwd' }] },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "parties[0].file"',
    ],
    [
      'an unknown column type',
      { parties: [{ ...party, features: [{ name: 'paid', type: 'date' }] }] },
      'YX_FEATURES_COLUMN_TYPE_UNKNOWN',
      'field "parties[0].features[0].type": unknown column type "date"',
    ],
    [
      'an unknown direction',
      { parties: [{ ...party, features: [{ name: 'paid', type: 'numeric', direction: 'up' }] }] },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "parties[0].features[0].direction"',
    ],
    [
      'the id as a feature',
      { parties: [{ ...party, features: [{ name: 'id', type: 'numeric' }] }] },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "parties[0].features[0].name"',
    ],
    [
      'a column twice',
      {
        parties: [
          {
            ...party,
            features: [
              { name: 'paid', type: 'numeric' },
              { name: 'Paid', type: 'numeric' },
            ],
          },
        ],
      },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "parties[0].features[1].name"',
    ],
    [
      'an unknown label party',
      { labelParty: 'nobody' },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "labelParty"',
    ],
    ['the label as a feature', { label: 'age' }, 'YX_FEATURES_MANIFEST_INVALID', 'field "label"'],
    ['an unknown id scheme', { idScheme: 'orgcode' }, 'YX_FEATURES_MANIFEST_INVALID', 'field "idScheme"'],
    ['a word for production', { production: 'yes' }, 'YX_FEATURES_MANIFEST_INVALID', 'field "production"'],
    [
      'no label holder in the list',
      { labelHolders: [] },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "labelHolders"',
    ],
    [
      'a label holder twice',
      { labelHolders: [bank, bank] },
      'YX_FEATURES_MANIFEST_INVALID',
      'field "labelHolders[1].party"',
    ],
    [
      'a rule on an unknown column',
      { exclusions: [{ ...rule, column: 'x' }] },
      'YX_FEATURES_EXCLUSION_INVALID',
      'column "x" of "market"',
    ],
    [
      'a rule with an unknown op',
      { exclusions: [{ ...rule, op: '~' }] },
      'YX_FEATURES_EXCLUSION_INVALID',
      'unknown op',
    ],
    [
      'a rule that orders categories',
      { exclusions: [{ ...rule, column: 'state', value: 'a' }] },
      'YX_FEATURES_EXCLUSION_INVALID',
      'op > on a categorical',
    ],
    [
      'a rule that compares numbers with text',
      { exclusions: [{ ...rule, value: 'many' }] },
      'YX_FEATURES_EXCLUSION_INVALID',
      'numeric',
    ],
  ])('refuses a manifest with %s', async (_, changes, code, place) => {
    await expectFault(withManifest(changes), code, place)
  })

  test('checks every id of every file against the scheme "uscc"', async () => {
    const [one, two] = [syntheticUscc('130925', 1), syntheticUscc('130925', 2)]
    const files = {
      'manifest.json': smallManifest({ idScheme: 'uscc' }),
      'market.csv.gz': `id,capital,state\n${one},1,x\n`,
      'tax.csv': `id,paid,growth,level\n${one},1,1,A\n${two},1,1,A\n`,
      'bank.csv': `id,y,age\n${one},0,1\n${two},1,1\n`,
    }
    expect((await open(files)).roster.ids).toEqual([one, two])
    const wrong = { ...files, 'tax.csv': `id,paid,growth,level\n${one},1,1,A\n91350100M000100Y4A,1,1,A\n` }
    await expectFault(open(wrong), 'YX_FEATURES_ID_NOT_USCC', 'tax.csv line 3, column "id"')
  })
})
