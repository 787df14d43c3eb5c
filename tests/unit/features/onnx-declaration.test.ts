import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkOnnxDeclaration } from '../../../features/extract/onnx-declaration.ts'
import { planFeeds } from '../../../features/extract/onnx-feed.ts'
import { onnxHash } from '../../../features/extract/onnx-identity.ts'
import type { Port } from '../../../features/extract/onnx-messages.ts'
import { card, featureTable } from './onnx/models.ts'

const sound = { onnx: 'm.onnx', inputs: ['a'], outputs: [{ name: 'y', card: card('y') }] }

function message(work: () => unknown): string {
  try {
    work()
  } catch (cause) {
    const { code, message: text } = cause as { code: string; message: string }
    return `${code} ${text}`
  }
  return 'none'
}

describe('checkOnnxDeclaration', () => {
  test.each([
    sound,
    { ...sound, missing: 'NaN' },
    { ...sound, missing: Number.NaN },
    { ...sound, missing: -1, inputs: { x: 'a', z: ['b', 'a'] } },
    { ...sound, outputs: [{ name: 'y', index: 0, card: card('y', 0, ['low', 'high']) }] },
  ])('accepts what is sound', (declaration) => {
    expect(checkOnnxDeclaration(declaration, 'onnx')).toBe(declaration)
  })

  const withCard = (changes: object) => ({
    ...sound,
    outputs: [{ name: 'y', card: { ...card('y'), ...changes } }],
  })
  test.each([
    [null, '(whole)'],
    [{ ...sound, input: [] }, '(whole).input'],
    [{ ...sound, onnx: '../m.onnx' }, 'onnx'],
    [{ ...sound, onnx: '/m.onnx' }, 'onnx'],
    [{ ...sound, inputs: [] }, 'inputs'],
    [{ ...sound, inputs: [1] }, 'inputs'],
    [{ ...sound, inputs: {} }, 'inputs'],
    [{ ...sound, inputs: { x: [] } }, 'inputs.x'],
    [{ ...sound, missing: 'mean' }, 'missing'],
    [{ ...sound, missing: Number.POSITIVE_INFINITY }, 'missing'],
    [{ ...sound, outputs: [] }, 'outputs'],
    [{ ...sound, outputs: [{ card: card('y') }] }, 'outputs[0].name'],
    [{ ...sound, outputs: [{ name: 'y', index: -1, card: card('y') }] }, 'outputs[0].index'],
    [{ ...sound, outputs: [sound.outputs[0], sound.outputs[0]] }, 'outputs[1].card.name'],
    [withCard({ name: 'Has Space' }), 'outputs[0].card.name'],
    [withCard({ title: 'only one' }), 'outputs[0].card.title'],
    [withCard({ meaning: { zh: '', en: 'x' } }), 'outputs[0].card.meaning'],
    [{ ...sound, outputs: [{ name: 'y' }] }, 'outputs[0].card'],
    [withCard({ range: [1, 0] }), 'outputs[0].card.range'],
    [withCard({ unit: '' }), 'outputs[0].card.unit'],
    [withCard({ direction: 'up' }), 'outputs[0].card.direction'],
    [withCard({ kind: 'text' }), 'outputs[0].card.kind'],
    [withCard({ decimals: 10 }), 'outputs[0].card.decimals'],
    [withCard({ decimals: 0.5 }), 'outputs[0].card.decimals'],
    [withCard({ categories: ['a'] }), 'outputs[0].card.categories'],
    [withCard({ kind: 'categorical', categories: ['a', 'a'] }), 'outputs[0].card.categories'],
    [withCard({ kind: 'categorical', categories: ['a'], decimals: 2 }), 'outputs[0].card.decimals'],
  ])('names the field that is wrong: %#', (declaration, field) => {
    const text = message(() => checkOnnxDeclaration(declaration, 'provider.yaml'))
    expect(text).toContain(`YX_FEATURES_ONNX_DECLARATION_INVALID provider.yaml, field "${field}": `)
    expect(text).toMatch(/ Rule: .+ Mend: /)
  })
})

test('the declaration of the how-to page is sound', () => {
  const page = new URL('../../../docs/how-to/bring-your-own-model.md', import.meta.url)
  const text = /```yaml\n([\s\S]+?)```/.exec(readFileSync(page, 'utf8'))?.[1] ?? ''
  const { features } = parse(text)
  const { party, ...own } = features.find((feature: object) => 'onnx' in feature)
  expect(party).toBe('water_model')
  delete own.class
  expect(checkOnnxDeclaration(own, 'page')).toMatchObject({ onnx: 'late.onnx', missing: 'NaN' })
})

test('the hash changes with the model, the declaration and the extractors before it, and with nothing else', () => {
  const bytes = Uint8Array.of(1, 2)
  const from = [
    { name: 'builtin:a', hash: 'aa' },
    { name: 'builtin:b', hash: 'bb' },
  ]
  const { onnx, inputs, outputs } = sound
  const same = [
    onnxHash(bytes, sound, from),
    onnxHash(Uint8Array.of(1, 2), { outputs, inputs, onnx }, from.toReversed()),
  ]
  const others = [
    onnxHash(Uint8Array.of(1, 3), sound, from),
    onnxHash(bytes, { ...sound, inputs: ['b'] }, from),
    onnxHash(bytes, { ...sound, inputs: { x: 'a' } }, from),
    onnxHash(bytes, { ...sound, missing: 0 }, from),
    onnxHash(bytes, { ...sound, missing: 'NaN' }, from),
    onnxHash(bytes, { ...sound, outputs: [{ name: 'y', card: card('y', 1) }] }, from),
    onnxHash(bytes, { ...sound, outputs: [{ name: 'y', index: 0, card: card('y') }] }, from),
    onnxHash(bytes, sound, [from[0]]),
  ]
  expect(same[0]).toBe(same[1])
  expect(new Set([...same, ...others]).size).toBe(1 + others.length)
  expect(onnxHash(bytes, { ...sound, missing: Number.NaN }, from)).toBe(others[4])
})

describe('planFeeds', () => {
  const table = featureTable({ a: [10, 20, null], b: [1, 2, 3] }, { a: 1 })
  const columns = new Map(table.columns.map((column) => [column.card.name, column]))
  const port = (changes: Partial<Port> = {}): Port => ({
    name: 'x',
    type: 'float32',
    shape: ['', 2],
    ...changes,
  })
  const plan = (inputs: unknown, ports: Port[], missing: number | 'NaN' = 'NaN') =>
    planFeeds({ ...sound, inputs, missing } as never, ports, columns, 'm.onnx')

  test('lays cells row by row', () => {
    expect(plan(['b', 'a'], [port()], -9)(1, 3)).toEqual([
      { name: 'x', type: 'float32', dims: [2, 2], data: Float32Array.of(2, 2, 3, -9) },
    ])
    const ports = [
      port({ name: 'p', type: 'float64', shape: ['n'] }),
      port({ name: 'q', type: 'int64', shape: ['n', 1] }),
    ]
    expect(plan({ p: 'a', q: 'b' }, ports)(0, 3)).toEqual([
      { name: 'p', type: 'float64', dims: [3], data: Float64Array.of(1, 2, Number.NaN) },
      { name: 'q', type: 'int64', dims: [3, 1], data: BigInt64Array.of(1n, 2n, 3n) },
    ])
  })

  test.each([
    ['a list and two inputs', ['a'], [port(), port({ name: 'z' })], 'the model has 2: "x", "z"'],
    ['an input the model has not', { z: 'a' }, [port()], 'input "z": the model has no such input, but "x"'],
    [
      'an input nothing fills',
      { x: ['a', 'b'] },
      [port(), port({ name: 'z' })],
      'input "z": the declaration does not',
    ],
    ['texts', ['a', 'b'], [port({ type: 'string' })], 'it takes string, only float32'],
    ['another number of features', ['a'], [port()], 'takes 2 numbers a row, 1 features'],
    ['one number a row', ['a', 'b'], [port({ shape: ['n'] })], 'takes 1 number a row, 2 features'],
    ['a fixed number of rows', ['a', 'b'], [port({ shape: [1, 2] })], 'exactly 1 rows at a time'],
    ['three dimensions', ['a', 'b'], [port({ shape: ['n', 2, 2] })], '3 dimensions'],
    ['decimals for whole numbers', ['a', 'b'], [port({ type: 'int32' })], 'feature "a" has decimals'],
  ])('refuses %s', (_name, inputs, ports, text) => {
    expect(message(() => plan(inputs, ports))).toContain(text)
    expect(message(() => plan(inputs, ports))).toContain('YX_FEATURES_ONNX_UNFIT m.onnx, ')
  })

  test('refuses a stand-in that is no whole number where whole numbers are taken', () => {
    const whole = featureTable({ a: [1, null] })
    const work = () =>
      planFeeds(
        { ...sound, inputs: ['a'], missing: 'NaN' } as never,
        [port({ type: 'int64', shape: ['', 1] })],
        new Map([['a', whole.columns[0]]]),
        'm.onnx',
      )
    expect(message(work)).toContain('"missing" is not one')
  })
})
