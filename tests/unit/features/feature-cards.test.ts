import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseCards } from '../../../features/extract/card-check.ts'
import { createFeatureSet } from '../../../features/extract/feature-set.ts'
import {
  type CatalogueClass,
  type FeatureSet,
  loadBuiltinSets,
  loadCatalogue,
  selectFeatures,
} from '../../../features/index.ts'
import { featuresPage } from '../../../scripts/features-page.ts'
import { expectFault } from './fixtures.ts'

const FOLDER = new URL('../../../features/extract/sql/', import.meta.url)
const textOf = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8')

let classes: ReadonlyMap<string, CatalogueClass>
let sets: ReadonlyMap<string, FeatureSet>
beforeAll(async () => {
  classes = (await loadCatalogue()).classes
  sets = await loadBuiltinSets(classes)
})

test('the reference page is what the cards say', async () => {
  const page = readFileSync(new URL('../../../docs/reference/features.md', import.meta.url), 'utf8')
  expect(page).toBe(await featuresPage())
})

test('every class but loans has an extractor of two files, and no file is left over', () => {
  const expected = [...classes.keys()].filter((code) => !code.startsWith('loan'))
  expect([...sets.keys()].sort()).toEqual(expected.sort())
  expect(readdirSync(FOLDER).sort()).toEqual(
    expected.flatMap((code) => [`${code}.cards.json`, `${code}.sql`]).sort(),
  )
})

test('gas and electricity are water with other names and one feature more', () => {
  const rename = (utility: string, extra: readonly string[]): string =>
    textOf(`${utility}_usage.sql`)
      .split('\n')
      .filter((line) => !extra.some((part) => line.includes(part)))
      .join('\n')
      .replaceAll(utility, 'water')
      .replace('usage_kwh', 'usage_m3')
      .replace('days_since_payment,', 'days_since_payment')
  expect(rename('gas', ['prepaid'])).toBe(textOf('water_usage.sql'))
  expect(rename('electricity', ['capacity_step'])).toBe(textOf('water_usage.sql'))
})

describe('identity', () => {
  const set = (): FeatureSet => sets.get('water_usage') as FeatureSet
  const hashOf = (change: Partial<Parameters<typeof createFeatureSet>[0]>): string =>
    createFeatureSet({ ...set(), name: 'builtin:water_usage', ...change }).identity.hash

  test('is 64 hexadecimal digits, another one for each class, the same each time', async () => {
    const hashes = [...sets.values()].map(({ identity }) => identity.hash)
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(hashes).size).toBe(sets.size)
    const again = await loadBuiltinSets(classes)
    expect([...again.values()].map(({ identity }) => identity.hash)).toEqual(hashes)
    expect(hashOf({})).toBe(set().identity.hash)
  })

  test('changes with the SQL, any field of any card, the order of cards, the class', () => {
    const { sql, cards } = set()
    const klass = classes.get('water_usage') as CatalogueClass
    const changes = [
      { sql: `${sql} ` },
      { sql: sql.replace('30', '31') },
      { cards: cards.toReversed() },
      { cards: cards.slice(1) },
      { cards: [{ ...cards[0], decimals: 2 }, ...cards.slice(1)] },
      { cards: [{ ...cards[0], title: { ...cards[0].title, zh: '另' } }, ...cards.slice(1)] },
      { cards: [{ ...cards[0], range: [0, 10] as const }, ...cards.slice(1)] },
      { classes: [{ ...klass, version: klass.version + 1 }] },
      { classes: [{ ...klass, rules: klass.rules.slice(1) }] },
      { origin: 'own' as const },
    ]
    const hashes = changes.map(hashOf)
    expect(new Set([...hashes, set().identity.hash]).size).toBe(changes.length + 1)
  })

  test('does not change with the layout of the cards file', () => {
    const text = textOf('water_usage.cards.json')
    const flat = JSON.stringify(
      JSON.parse(text).map((card: object) => Object.fromEntries(Object.entries(card).reverse())),
    )
    expect(flat).not.toBe(text)
    expect(hashOf({ cards: parseCards(flat, 'flat') })).toBe(set().identity.hash)
  })

  test('a choice of features is an extractor of its own', async () => {
    const some = selectFeatures(set(), ['arrears_days', 'usage_avg_3m'])
    expect(some.cards.map(({ name }) => name)).toEqual(['usage_avg_3m', 'arrears_days'])
    expect(some.identity).toMatchObject({ name: 'builtin:water_usage' })
    expect(some.identity.hash).not.toBe(set().identity.hash)
    await expectFault(
      (async () => selectFeatures(set(), ['arrears']))(),
      'YX_FEATURES_FEATURE_UNKNOWN',
      '"arrears"',
      'arrears_days',
    )
  })
})

describe('cards files are refused with the place of the fault', () => {
  const card = {
    name: 'x',
    title: { zh: '甲', en: 'x' },
    meaning: { zh: '甲', en: 'x' },
    window: 'now',
    unit: 'yuan',
    direction: 'free',
    kind: 'numeric',
    decimals: 2,
  }
  const category = { ...card, kind: 'categorical', decimals: 0, categories: ['A', 'B'] }

  test('a good file passes', () => {
    const cards = [card, { ...category, name: 'y' }, { ...card, name: 'z', range: [-5, 5] }]
    expect(parseCards(JSON.stringify(cards), 'own.cards.json')).toEqual(cards)
  })

  test.each([
    ['[{"name": "x",}]', 'line 1, column 15'],
    ['{}', '(whole file)'],
    ['[]', '(whole file)'],
    ['[1]', '[0].'],
    [[card, card], '[1].name'],
    [[{ ...card, name: 'X' }], '[0].name'],
    [[{ ...card, name: 'uscc' }], '[0].name'],
    [[{ ...card, name: 'x"; DROP' }], '[0].name'],
    [[{ ...card, title: { zh: '甲' } }], '[0].title'],
    [[{ ...card, meaning: 'x' }], '[0].meaning'],
    [[{ ...card, window: ' ' }], '[0].window'],
    [[{ ...card, direction: 'up' }], '[0].direction'],
    [[{ ...card, kind: 'number' }], '[0].kind'],
    [[{ ...card, decimals: 1.5 }], '[0].decimals'],
    [[{ ...card, decimals: 10 }], '[0].decimals'],
    [[{ ...card, range: [1, 1] }], '[0].range'],
    [[{ ...card, range: [0, 1e9] }], '[0].range'],
    [[{ ...card, categories: ['A'] }], '[0].categories'],
    [[{ ...category, categories: [] }], '[0].categories'],
    [[{ ...category, categories: ['A', 'A'] }], '[0].categories'],
    [[{ ...category, decimals: 1 }], '[0].decimals'],
    [[{ ...category, range: [0, 1] }], '[0].range'],
    [[{ ...card, weight: 1 }], '[0].weight'],
  ])('%#', async (value, place) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    await expectFault(
      (async () => parseCards(text, 'own.cards.json'))(),
      'YX_FEATURES_CARDS_INVALID',
      `own.cards.json, ${place}`,
    )
  })
})
