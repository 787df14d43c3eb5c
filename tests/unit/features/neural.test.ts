import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FeatureTable } from '../../../features/extract/card-types.ts'
import { encodeRows } from '../../../features/extract/neural/encoding.ts'
import { loadNeuralLibrary } from '../../../features/extract/neural/library.ts'
import { createVariables } from '../../../features/extract/neural/model-variables.ts'
import { networkToOnnx } from '../../../features/extract/neural/network-graph.ts'
import { laterEvents } from '../../../features/extract/neural/target.ts'
import { trainNeural } from '../../../features/extract/neural/train-neural.ts'
import { type ExtractorTraining, runNeural, runOnnx, trainExtractor } from '../../../features/index.ts'
import { expectFault, temporaryFolder, writeFolder } from './fixtures.ts'
import { quick, riskCard, riskyTable } from './neural/tables.ts'
import { card, featureTable } from './onnx/models.ts'

const base = temporaryFolder()
const { table, target } = riskyTable(400, 5)
const from = [{ name: 'builtin:water_usage', hash: 'aa' }]

/** The table as it is a quarter later: days in arrears tell the event, and a third of the enterprises has gone. */
const later: FeatureTable = {
  ids: table.ids.filter((_, row) => row % 3 !== 0).reverse(),
  columns: [
    {
      card: card('arrears_days'),
      values: Int32Array.from(target, (event) => event * 40)
        .filter((_, row) => row % 3 !== 0)
        .reverse(),
      present: new Uint8Array(table.ids.filter((_, row) => row % 3 !== 0).length).fill(1),
    },
  ],
}
const training: ExtractorTraining = {
  card: riskCard,
  earlier: { table, asOf: '2025-03-31' },
  later: { table: later, asOf: '2025-06-30' },
  target: { feature: 'arrears_days', op: '>', value: 30 },
  from,
  settings: quick,
}

describe('a network served as ONNX', () => {
  test('gives what TensorFlow.js gives, for known and for strange enterprises', async () => {
    const { network } = await trainNeural({ name: 'late_risk', table, target, settings: quick })
    // Missing in features that training always had, categories it never saw, values far outside.
    const strange: FeatureTable = {
      ids: table.ids,
      columns: table.columns.map(({ card: known, values, present }) => ({
        card: known,
        values: values.map((value, row) => (row % 7 === 0 ? (known.categories ? 4 : -2_000_000_000) : value)),
        present: present.map((flag, row) => (row % 5 === 0 ? 0 : flag)),
      })),
    }
    const folder = writeFolder(base, { 'model.onnx': Buffer.from(networkToOnnx(network)) })
    const declaration = {
      onnx: 'model.onnx',
      inputs: network.encoding.features,
      missing: 'NaN',
      outputs: [{ name: 'probability', card: { ...riskCard, decimals: 9 } }],
    }
    const { tf } = await loadNeuralLibrary()
    const rows = Int32Array.from(table.ids.keys())
    for (const served of [table, strange]) {
      const { columns } = await runOnnx(served, declaration, folder, from)
      const expected = tf.tidy(() => {
        const inputs = tf.tensor2d(encodeRows(network.encoding, served.columns, rows), [
          rows.length,
          network.encoding.width,
        ])
        const model = createVariables(tf, [network.encoding.width, 8, 1], 0)
        model.all.forEach((variable, index) => {
          const layer = network.layers[index >> 1]
          variable.assign(tf.tensor(index % 2 === 0 ? layer.weights : layer.bias, variable.shape))
        })
        const probabilities = tf.sigmoid(model.logits(inputs)).dataSync()
        model.dispose()
        return probabilities
      })
      const furthest = columns[0].values.reduce(
        (most, value, row) => Math.max(most, Math.abs(value / 1e9 - expected[row])),
        0,
      )
      expect(furthest).toBeLessThan(1e-5)
      expect(new Set(columns[0].values).size).toBeGreaterThan(100)
    }
  })

  test('from two tables to a folder, and from the folder to a column', async () => {
    const folder = writeFolder(base, {})
    const note = await trainExtractor(training, folder)
    const place = join(folder, 'late_risk')
    expect(readdirSync(folder)).toEqual(['late_risk'])
    expect(readdirSync(place).sort()).toEqual(['declaration.json', 'model.onnx', 'training.json'])
    expect(statSync(join(place, 'model.onnx')).mode & 0o077).toBe(0)
    expect(note).toEqual(JSON.parse(readFileSync(join(place, 'training.json'), 'utf8')))
    expect(note).toMatchObject({
      name: 'late_risk',
      target: { feature: 'arrears_days', op: '>', value: 30, window: 'now' },
      asOf: { features: '2025-03-31', target: '2025-06-30' },
      inputs: ['days_late', 'usage_ratio', 'paid_yuan', 'level'],
      enterprises: { all: 400, withTarget: later.ids.length },
    })
    expect(readFileSync(join(place, 'training.json'), 'utf8')).not.toContain('firm-')

    const { identity, columns } = await runNeural(table, place, from)
    expect(identity.name).toBe('neural:late_risk')
    expect(columns.map((column) => column.card)).toEqual([riskCard])
    const mean = (event: number) => {
      const chosen = columns[0].values.filter((_, row) => target[row] === event)
      return chosen.reduce((sum, value) => sum + value, 0) / chosen.length
    }
    expect(mean(1)).toBeGreaterThan(mean(0))

    await expectFault(trainExtractor(training, folder), 'NEURAL_MODEL_EXISTS', '"late_risk"')
    await expectFault(runNeural(table, place, []), 'NEURAL_MODEL_UNFIT', 'other extractors')
    const more = await runNeural(table, place, [...from, { name: 'sql:x', hash: 'bb' }])
    expect(more.identity.hash).not.toBe(identity.hash)
    writeFileSync(join(place, 'training.json'), JSON.stringify({ ...note, target: 'another' }))
    expect((await runNeural(table, place, from)).identity.hash).not.toBe(identity.hash)
    writeFileSync(join(place, 'training.json'), JSON.stringify({ ...note, model: 'another' }))
    await expectFault(runNeural(table, place, from), 'NEURAL_MODEL_UNFIT', 'another model')
    writeFileSync(join(place, 'training.json'), '{')
    await expectFault(
      runNeural(table, place, from),
      'NEURAL_MODEL_UNFIT',
      'training.json is missing or no JSON',
    )
  })

  test('what an earlier attempt left half-written is replaced; a failing one leaves nothing', async () => {
    const folder = writeFolder(base, {})
    mkdirSync(join(folder, 'late_risk.new'))
    writeFileSync(join(folder, 'late_risk.new', 'model.onnx'), 'half')
    await trainExtractor(training, folder)
    expect(readdirSync(folder)).toEqual(['late_risk'])
    const failing = {
      ...training,
      card: { ...riskCard, name: 'other' },
      settings: { ...quick, fewest: 5000 },
    }
    await expectFault(trainExtractor(failing, folder), 'NEURAL_TARGETS_TOO_FEW')
    expect(readdirSync(folder)).toEqual(['late_risk'])
  })

  test('the card is that of a probability', async () => {
    const withCard = (changes: object) =>
      trainExtractor({ ...training, card: { ...riskCard, ...changes } }, base)
    await expectFault(withCard({ name: '../x' }), 'NEURAL_SETTING_INVALID', 'card.name')
    await expectFault(withCard({ decimals: 0 }), 'NEURAL_SETTING_INVALID', '1 to 6 decimals')
    await expectFault(
      withCard({ kind: 'categorical', decimals: 0, categories: ['a'] }),
      'NEURAL_SETTING_INVALID',
    )
  })
})

describe('laterEvents', () => {
  const earlier = { table: featureTable({ a: [1, 1, 1, 1] }), asOf: '2025-02-28' }
  const told = (window: string, categories?: readonly string[]) => ({
    ids: ['firm-2', 'firm-0', 'firm-9', 'firm-1'],
    columns: [
      {
        card: { ...card('late', categories ? 0 : 1, categories), window },
        values: Int32Array.of(31, 30, 1, 0),
        present: Uint8Array.of(1, 1, 1, 0),
      },
    ],
  })
  const events = (asOf: string, window: string, changes: object = {}) =>
    laterEvents(
      'm',
      earlier,
      { table: told(window), asOf },
      { feature: 'late', op: '>', value: 3, ...changes },
    )

  test('joins by id, in real units; enterprises and cells that are not there have no target', () => {
    expect([...events('2025-06-30', 'now')]).toEqual([0, Number.NaN, 1, Number.NaN])
    const levels = { ...told('now', ['A', 'B']) }
    levels.columns[0].values = Int32Array.of(1, 0, 1, 0)
    const byLevel = { feature: 'late', op: '==', value: 'B' } as const
    expect(
      [...laterEvents('m', earlier, { table: levels, asOf: '2025-06-30' }, byLevel)].slice(0, 3),
    ).toEqual([0, Number.NaN, 1])
  })

  test.each([
    ['2025-05-31', '3 months', true],
    ['2025-05-30', '3 months', false],
    ['2025-06-15', '3 months', true],
    ['2025-05-29', '90 days', true],
    ['2025-05-28', '90 days', false],
    ['2026-02-28', '1 year', true],
    ['2026-02-28', '13 months', false],
    ['2025-03-01', 'now', true],
    ['2025-02-28', 'now', false],
    ['2030-01-01', 'all', false],
    ['2025-02-30', 'now', false],
  ])('as of %s with a window of %s: usable %s', (asOf, window, usable) => {
    const work = () => events(asOf, window)
    if (usable) expect(work).not.toThrow()
    else expect(work).toThrow(/YX_FEATURES_NEURAL_TARGET_INVALID|the target cannot be used/)
  })

  test.each([
    [{ feature: 'other' }, 'exactly one feature "other"'],
    [{ op: '=~' }, 'op is none of'],
    [{ value: 'x' }, 'is numeric, its value is not'],
  ])('refuses a rule that the feature has not: %j', (changes, text) => {
    expect(() => events('2025-06-30', 'now', changes)).toThrow(text)
  })
})
