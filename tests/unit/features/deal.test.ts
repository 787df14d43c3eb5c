import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createRoster,
  type Dataset,
  dealProviders,
  nameLabelHolders,
  openDataset,
} from '../../../features/index.ts'
import { expectFault, smallManifest, smallSet, temporaryFolder } from './fixtures.ts'

const base = temporaryFolder()

/** A data set that exists on paper only: dealing never opens a file. */
function onPaper(columnsOfParties: number[]): Dataset {
  return {
    name: 'paper',
    dir: '/nowhere',
    id: 'id',
    idScheme: 'text',
    production: false,
    benchmark: true,
    roster: createRoster([]),
    labelHolders: [{ party: 'p0', file: 'p0.csv', column: 'y' }],
    exclusions: [],
    parties: columnsOfParties.map((count, party) => ({
      name: `p${party}`,
      file: `p${party}.csv`,
      public: party === 1,
      rows: 0,
      columns: Array.from({ length: count }, (_, column) => ({
        name: `c${column}`,
        type: 'numeric' as const,
      })),
    })),
  }
}

const sizes = (providers: ReturnType<typeof dealProviders>): number[] =>
  providers.map((provider) => provider.tables.reduce((sum, table) => sum + table.columns.length, 0))

describe('dealProviders', () => {
  test('deals 23 columns over 6 as 4, 4, 4, 4, 4, 3', () => {
    const providers = dealProviders(onPaper([13, 10]), 6)
    expect(sizes(providers)).toEqual([4, 4, 4, 4, 4, 3])
    expect(providers.map((provider) => provider.name)).toEqual([1, 2, 3, 4, 5, 6].map((k) => `provider-${k}`))
    expect(
      providers[3].tables.map((table) => [table.party, table.columns.map((column) => column.name)]),
    ).toEqual([
      ['p0', ['c12']],
      ['p1', ['c0', 'c1', 'c2']],
    ])
  })

  test('keeps manifest order, loses nothing, and blocks differ by at most one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 20 }),
        (parties, k) => {
          const dataset = onPaper(parties)
          const total = parties.reduce((sum, count) => sum + count, 0)
          fc.pre(k <= total)
          const providers = dealProviders(dataset, k)
          const flat = providers.flatMap((provider) =>
            provider.tables.flatMap((table) =>
              table.columns.map((column) => `${table.party}.${column.name}`),
            ),
          )
          expect(flat).toEqual(
            dataset.parties.flatMap((party) => party.columns.map((column) => `${party.name}.${column.name}`)),
          )
          expect(Math.max(...sizes(providers)) - Math.min(...sizes(providers))).toBeLessThanOrEqual(1)
          expect(sizes(providers)).toEqual([...sizes(providers)].sort((a, b) => b - a))
          expect(providers.length).toBe(k)
        },
      ),
    )
  })

  test('without a number every party with columns is a provider, and the label holder gets a name of its own', () => {
    const dataset = onPaper([2, 3, 0])
    const providers = dealProviders(dataset)
    expect(providers.map((provider) => provider.name)).toEqual(['p0', 'p1'])
    expect(providers.map((provider) => provider.public)).toEqual([false, true])
    expect(nameLabelHolders(dataset, providers).map(({ name }) => name)).toEqual(['p0-labels'])
    expect(nameLabelHolders(dataset, dealProviders(dataset, 2)).map(({ name }) => name)).toEqual(['p0'])
  })

  test.each([0, -1, 1.5, Number.NaN, 6])('refuses %s providers for 5 columns', async (k) => {
    const deal = Promise.resolve().then(() => dealProviders(onPaper([2, 3]), k))
    await expectFault(deal, 'YX_FEATURES_PROVIDERS_OUT_OF_RANGE', '5 columns')
  })

  test('sends an exclusion rule where its column goes', async () => {
    const rule = { party: 'tax', column: 'level', op: '==', value: 'B', reason: 'level B' }
    const dataset = await openDataset(
      smallSet(base, { 'manifest.json': smallManifest({ exclusions: [rule] }) }),
    )
    expect(dealProviders(dataset).map((provider) => provider.exclusions)).toEqual([[], [rule], []])
    expect(dealProviders(dataset, 6).map((provider) => provider.exclusions.length)).toEqual([
      0, 0, 0, 0, 1, 0,
    ])
  })
})
