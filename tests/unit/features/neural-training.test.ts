import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auc } from '../../../features/extract/neural/auc.ts'
import { encodeRows, fitEncoding } from '../../../features/extract/neural/encoding.ts'
import { loadNeuralLibrary } from '../../../features/extract/neural/library.ts'
import { networkToOnnx } from '../../../features/extract/neural/network-graph.ts'
import { divideRows } from '../../../features/extract/neural/parts.ts'
import { type NeuralTraining, trainNeural } from '../../../features/extract/neural/train-neural.ts'
import { TrainingJob } from '../../../features/extract/neural/training-job.ts'
import { expectFault } from './fixtures.ts'
import { quick, riskyTable } from './neural/tables.ts'

const { table, target } = riskyTable(800, 3)
const train = (changes: Partial<NeuralTraining> = {}) =>
  trainNeural({ name: 'late_risk', table, target, settings: quick, ...changes })

describe('trainNeural', () => {
  test('learns, reports its validation part, and gives all tensors back', async () => {
    const { tf } = await loadNeuralLibrary()
    const before = tf.memory().numTensors
    const epochs: number[] = []
    const { network, report } = await train({
      settings: { ...quick, epochs: 12, learningRate: 0.02 },
      progress: ({ epoch, validationLoss }) => {
        expect(validationLoss).toBeGreaterThan(0)
        epochs.push(epoch)
      },
    })
    expect(tf.memory().numTensors).toBe(before)
    expect(epochs).toEqual(Array.from({ length: report.epochs.run }, (_, index) => index + 1))
    expect(report.enterprises.all).toBe(800)
    expect(report.rows.training + report.rows.validation).toBe(800)
    expect(report.validation.auc).toBeGreaterThan(0.75)
    expect(report.validation.auc).toBeLessThan(0.95)
    expect(report.library.backend).toBe('wasm')
    expect(report.settings).toMatchObject({ seed: 7, hidden: [8], patience: 5, validationShare: 0.2 })
    // The reported loss and AUC, computed again from the network itself.
    const rows = Int32Array.from(target.keys())
    const { validation } = divideRows(rows, Uint8Array.from(target), 0.2, 7)
    const encoded = encodeRows(network.encoding, table.columns, validation)
    const { width } = network.encoding
    const scores = Array.from(validation, (_, place) =>
      forward(network.layers, encoded.subarray(place * width, (place + 1) * width)),
    )
    const loss = scores.map((score, place) => {
      const probability = 1 / (1 + Math.exp(-score))
      return -Math.log(target[validation[place]] === 1 ? probability : 1 - probability)
    })
    expect(loss.reduce((sum, part) => sum + part) / loss.length).toBeCloseTo(report.validation.loss, 5)
    expect(
      pairs(
        scores,
        [...validation].map((row) => target[row]),
      ),
    ).toBeCloseTo(report.validation.auc, 5)
  })

  test('the seed decides everything: the same one gives the same bytes, another one others', async () => {
    const bytes = async (seed: number) =>
      Buffer.from(networkToOnnx((await train({ settings: { ...quick, seed } })).network)).toString('hex')
    const first = await bytes(1)
    expect(await bytes(1)).toBe(first)
    expect(await bytes(2)).not.toBe(first)
  })

  test('enterprises without a target neither train nor validate', async () => {
    const unknown = target.map((value, row) => (row % 2 === 0 ? value : Number.NaN))
    const few = { ...table, ids: table.ids }
    const { report, network } = await train({ table: few, target: unknown })
    expect(report.enterprises).toMatchObject({ all: 800, withTarget: 400 })
    const half = {
      ids: table.ids.filter((_, row) => row % 2 === 0),
      columns: table.columns.map(({ card, values, present }) => ({
        card,
        values: values.filter((_, row) => row % 2 === 0),
        present: present.filter((_, row) => row % 2 === 0),
      })),
    }
    const alone = await train({ table: half, target: target.filter((_, row) => row % 2 === 0) })
    expect(alone.network).toEqual(network)
  })

  test('stops when the validation part has learnt all, with the weights of the best epoch', async () => {
    const losses: number[] = []
    const { report } = await train({
      settings: { ...quick, epochs: 200, learningRate: 0.1, patience: 3 },
      progress: ({ validationLoss }) => losses.push(validationLoss),
    })
    expect(report.epochs.run).toBeLessThan(200)
    expect(report.epochs.run).toBe(report.epochs.best + 3)
    expect(report.validation.loss).toBe(Math.min(...losses))
    expect(losses.indexOf(report.validation.loss) + 1).toBe(report.epochs.best)
  })

  test('refuses too few of either class, targets that are none, inputs that are not there', async () => {
    const rare = target.map((_, row) => (row < 40 ? 1 : 0))
    await expectFault(train({ target: rare }), 'NEURAL_TARGETS_TOO_FEW', '40 enterprises with', '760 without')
    await expectFault(
      train({ target: rare.map((value) => 1 - value) }),
      'NEURAL_TARGETS_TOO_FEW',
      '40 without',
    )
    await expectFault(
      train({ target: target.map((value) => value * 2) }),
      'NEURAL_TARGET_INVALID',
      'not 1, 0',
    )
    await expectFault(train({ target: target.subarray(1) }), 'NEURAL_TARGET_INVALID')
    await expectFault(train({ inputs: ['nothing'] }), 'NEURAL_SETTING_INVALID', '"inputs"')
    await expectFault(train({ inputs: ['level', 'level'] }), 'NEURAL_SETTING_INVALID', '"inputs"')
  })

  test.each([
    ['seed', -1],
    ['seed', 0.5],
    ['hidden', []],
    ['hidden', [8, 300]],
    ['epochs', 0],
    ['batchRows', 7],
    ['learningRate', 0],
    ['weightDecay', -1],
    ['validationShare', 0.6],
    ['patience', 1.5],
    ['fewest', 1],
    ['layers', 3],
  ])('refuses a setting out of bounds: %s = %s', async (setting, value) => {
    await expectFault(
      train({ settings: { ...quick, [setting]: value } }),
      'NEURAL_SETTING_INVALID',
      '"late_risk"',
      `"${setting}"`,
    )
  })

  test('a loss that is no number ends the training and gives the tensors back', async () => {
    const library = await loadNeuralLibrary()
    const before = library.tf.memory().numTensors
    const rows = Int32Array.from(target.keys())
    const task = {
      encoding: fitEncoding(table.columns, rows),
      columns: table.columns,
      target: target.map(() => Number.NaN),
      settings: {
        ...quick,
        learningRate: 0.01,
        weightDecay: 0,
        validationShare: 0.2,
        patience: 5,
        fewest: 10,
      },
    }
    const job = new TrainingJob(library, task)
    await expectFault(
      job.fit('late_risk', { training: rows, validation: rows }),
      'NEURAL_NOT_LEARNT',
      'epoch 1',
    )
    job.dispose()
    expect(library.tf.memory().numTensors).toBe(before)
  })
})

describe('loadNeuralLibrary', () => {
  test('without TensorFlow.js says how to get it', async () => {
    const absent = () => Promise.reject(Object.assign(new Error(), { code: 'ERR_MODULE_NOT_FOUND' }))
    await expectFault(
      loadNeuralLibrary(absent),
      'NEURAL_LIBRARY_ABSENT',
      'npm install @tensorflow/tfjs-core@4',
    )
  })

  test('prefers the native build where there is one', async () => {
    const native = { ready: async () => {}, getBackend: () => 'tensorflow', version_core: '4.0.0' }
    const load = async (name: string) => {
      if (name !== '@tensorflow/tfjs-node') throw new Error('not needed')
      return native
    }
    expect(await loadNeuralLibrary(load)).toMatchObject({ backend: 'tensorflow', version: '4.0.0' })
  })
})

test('auc is the share of pairs in the right order, ties counting half', () => {
  const sample = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()), {
    minLength: 2,
    maxLength: 40,
  })
  fc.assert(
    fc.property(sample, (drawn) => {
      const scores = [...drawn.map(([score]) => score), 1, 3]
      const targets = [...drawn.map(([, event]) => (event ? 1 : 0)), 0, 1]
      expect(auc(Float32Array.from(scores), Uint8Array.from(targets))).toBeCloseTo(pairs(scores, targets), 12)
    }),
    { seed: 1, numRuns: 200 },
  )
})

test('parts share no row, hold all, and have both classes in the same share', () => {
  const rows = Int32Array.from({ length: 1000 }, (_, index) => index * 3)
  const targets = Uint8Array.from(rows, (row) => (row % 10 === 0 ? 1 : 0))
  const { training, validation } = divideRows(rows, targets, 0.25, 9)
  expect([...training, ...validation].sort((a, b) => a - b)).toEqual([...rows])
  expect(validation.filter((row) => row % 10 === 0)).toHaveLength(25)
  expect(validation).toHaveLength(250)
})

/** The network's sum in 64-bit floats. */
function forward(
  layers: readonly { outputs: number; weights: Float32Array; bias: Float32Array }[],
  inputs: Float32Array,
) {
  let values = Array.from(inputs)
  layers.forEach(({ outputs, weights, bias }, index) => {
    const before = index === 0 ? values : values.map((value) => Math.max(value, 0))
    values = Array.from({ length: outputs }, (_, output) =>
      before.reduce((sum, value, input) => sum + value * weights[input * outputs + output], bias[output]),
    )
  })
  return values[0]
}

function pairs(scores: readonly number[], targets: readonly number[]): number {
  let right = 0
  let all = 0
  scores.forEach((high, event) => {
    scores.forEach((low, none) => {
      if (targets[event] !== 1 || targets[none] !== 0) return
      all++
      right += high > low ? 1 : high === low ? 0.5 : 0
    })
  })
  return right / all
}
