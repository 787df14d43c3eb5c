import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import Type from 'typebox'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../server/config.ts'
import { parseConfigText } from '../../../server/config-text.ts'

const yaml = (text: string) => parseConfigText('node.yaml', text)

describe('JSON', () => {
  test('reads as JSON.parse does, repeated keys too', () => {
    expect(parseConfigText('node.json', '{"a": 1, "a": 2}').value).toEqual({ a: 2 })
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseConfigText('node.json', text).value).toEqual(JSON.parse(text))
      }),
    )
  })

  test.each([
    ['{"a": 1,\n "b": 2,}', 'line 2, column 9'],
    ['{"a": 1} # why', 'line 1, column 10'],
  ])('%j is refused with its place', (text, place) => {
    expect(() => parseConfigText('node.json', text)).toThrow(place)
  })
})

describe('YAML', () => {
  test('says the same as JSON, with comments', () => {
    const text = [
      '# a bank',
      'name: bank   # its name',
      'asOf: 2025-06-30',
      'policy: { leastSigma: 4, mostEpsilon: null }',
      'sources:',
      '  - class: loan',
      '    file: "贷款.csv"',
      'yes: no',
    ].join('\r\n')
    expect(yaml(text).value).toEqual({
      name: 'bank',
      asOf: '2025-06-30',
      policy: { leastSigma: 4, mostEpsilon: null },
      sources: [{ class: 'loan', file: '贷款.csv' }],
      yes: 'no',
    })
  })

  test('any JSON text is YAML of the same value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(yaml(text).value).toEqual(JSON.parse(text))
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['a: 1\nb: 2\na: 3', 'line 3, column 1: the same key'],
    ['a:\n  x: 1\n  x: 1', 'line 3, column 3: the same key'],
    ['a: &x 1\nb: 2', 'line 1, column 7: an anchor'],
    ['a: [1, 2]\nb: *a', 'line 2, column 4: '],
    ['a: &x [1]\nb: [*x, *x]', 'line 1, column 7: an anchor'],
    ['a: 1\n1: x', 'line 2, column 1: a key that is not a text'],
    ['true: x', 'line 1, column 1: a key that is not a text'],
    ['? [a]\n: b', 'line 1, column 3: a key that is not a text'],
    ['a: 1\nb: !!binary aGk=', 'line 2, column 13: a tag'],
    ['b: !own x', 'line 1, column 4: '],
    ['a: -.inf', 'line 1, column 4: a number that is not finite'],
    ['a: 1e999', 'line 1, column 4: a number that is not finite'],
    ['a: 1\n---\nb: 2', 'line 2, column 1: a second document'],
    ['a:\n\t- b', 'line 2, column 1: a tab'],
    ['a: [1,\n  2', 'line 2, column 4: '],
    ['{'.repeat(100_000), 'nested too deeply'],
    [`a: ${'x'.repeat(1_000_000)}`, 'longer than'],
  ])('refuses %#: %.20j', (text, words) => {
    expect(() => yaml(text)).toThrow(words)
  })

  test('a fault never repeats the text', () => {
    expect(() => yaml('url: "postgres://bank:hunter2@db"x')).toThrow(/^(?!.*hunter2)/s)
    expect(() => yaml('url: *hunter2')).toThrow(/^(?!.*hunter2)/s)
  })
})

test('a broken schema is named with line and column in YAML', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yinxin-config-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'node.yaml')
  writeFileSync(file, '# a comment\npolicy:\n  sigma: "four"\n')
  const schema = Type.Object({ policy: Type.Object({ sigma: Type.Number() }) })
  expect(() => readConfig(schema, file)).toThrow('/policy/sigma (line 3, column 10) must be number')
})
