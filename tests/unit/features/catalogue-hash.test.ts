import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, hashJson } from '../../../features/catalogue/canonical-json.ts'
import { buildCatalogue } from '../../../features/catalogue/load-catalogue.ts'
import { exportCatalogue, importCatalogue, loadCatalogue } from '../../../features/index.ts'
import { expectFault, temporaryFolder } from './fixtures.ts'

const base = temporaryFolder()
const builtIn = await loadCatalogue()
const classes = [...builtIn.classes.values()]

test('canonical JSON is that of RFC 8785, sections 3.2.2 and 3.2.3', () => {
  const value = JSON.parse(
    String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
  )
  expect(canonicalJson(value)).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  )
  const keys = JSON.parse(
    String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
  )
  const order = [...canonicalJson(keys).matchAll(/:"([^"]*)"/g)].map(([, text]) => text)
  expect(order).toEqual([
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ])
})

test('the hash is SHA-256 over the classes in order of their codes, keys sorted', () => {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [key, sorted((value as Record<string, unknown>)[key])]),
    )
  }
  const byCode = [...classes].sort((a, b) => (a.code < b.code ? -1 : 1))
  const second = createHash('sha256')
    .update(JSON.stringify(sorted(byCode)))
    .digest('hex')
  expect(builtIn.hash).toBe(second)
})

test('neither the order of files nor that of keys nor white space changes the hash', () => {
  const shuffled = (value: unknown, seeds: readonly number[], at = 0): unknown => {
    if (Array.isArray(value)) return value.map((part) => shuffled(part, seeds, at + 1))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(([key, part]) => [key, shuffled(part, seeds, at + 1)] as const)
    return Object.fromEntries(
      entries.sort(
        ([a], [b]) =>
          ((a.length * seeds[at % seeds.length]) % 7) - ((b.length * seeds[at % seeds.length]) % 7),
      ),
    )
  }
  fc.assert(
    fc.property(
      fc.shuffledSubarray(classes, { minLength: classes.length }),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 0, max: 4 }),
      (order, seeds, indent) => {
        const sources = order.map((klass, index) => ({
          shown: `${index}.json`,
          value: JSON.parse(JSON.stringify(shuffled(klass, seeds), null, indent)),
        }))
        const { hash, classes: loaded } = buildCatalogue([sources])
        expect(hash).toBe(builtIn.hash)
        expect([...loaded.keys()]).toEqual([...builtIn.classes.keys()])
      },
    ),
    { numRuns: 20 },
  )
})

test('a change of any one value of any class changes its hash', () => {
  let leaves = 0
  for (const klass of classes) {
    const copy = structuredClone(klass)
    const before = hashJson(copy)
    const visit = (place: Record<string, unknown>) => {
      for (const [key, value] of Object.entries(place)) {
        if (typeof value === 'object' && value !== null) visit(value as Record<string, unknown>)
        else {
          leaves++
          place[key] =
            typeof value === 'string' ? `${value}.` : typeof value === 'number' ? value + 1 : !value
          if (hashJson(copy) === before) expect.fail(`${klass.code}: "${key}" does not count`)
          place[key] = value
        }
      }
    }
    visit(copy as unknown as Record<string, unknown>)
    expect(hashJson(copy)).toBe(before)
  }
  expect(leaves).toBeGreaterThan(2500)
})

test('exported to one file and imported again, the catalogue is the same', async () => {
  const file = join(base, 'catalogue.json')
  writeFileSync(file, exportCatalogue(builtIn))
  expect(await importCatalogue(file)).toEqual(builtIn)
})

test('an exported catalogue that was changed, or is none, is refused', async () => {
  const text = exportCatalogue(builtIn)
  const imported = (changed: string) => {
    const file = join(base, 'changed.json')
    writeFileSync(file, changed)
    return importCatalogue(file)
  }
  const refused = (changed: string, ...parts: string[]) =>
    expectFault(imported(changed), 'YX_FEATURES_CATALOGUE_INVALID', 'changed.json', ...parts)
  await refused(text.replace('"workingDays": 7', '"workingDays": 8'), 'field "hash"')
  await refused(text.replace('"grade": "G3"', '"grade": "G9"'), 'classes[0], field "fields[4].grade"')
  await refused(text.replace('yinxin/catalogue/1', 'yinxin/catalogue/2'), 'field "format"')
  await refused(text.slice(0, -40), 'field "format"')
  await refused('null', 'field "format"')
  await refused(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'), 'field "format"')
  await refused('{"format": "yinxin/catalogue/1", "classes": {}}', 'field "classes"')
  await expectFault(importCatalogue(join(base, 'none.json')), 'YX_FEATURES_CATALOGUE_UNREADABLE', 'ENOENT')
})
