import { readFileSync, truncateSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openOnnxSession } from '../../../features/extract/onnx-host.ts'
import { onnxHash } from '../../../features/extract/onnx-identity.ts'
import { runOnnx } from '../../../features/index.ts'
import { expectFault, temporaryFolder, writeFolder } from './fixtures.ts'
import { card, endless, featureTable, model, weightedSum } from './onnx/models.ts'

const base = temporaryFolder()
const python = new URL('./onnx/', import.meta.url).pathname

const folderWith = (bytes: Uint8Array): string => writeFolder(base, { 'm.onnx': Buffer.from(bytes) })
const declare = (features: readonly string[], decimals = 0, changes: object = {}) => ({
  onnx: 'm.onnx',
  inputs: features,
  outputs: [{ name: 'y', card: card('y', decimals) }],
  ...changes,
})

describe('runOnnx', () => {
  test.each(['boosting', 'pipeline'])('gives what scikit-learn gave: %s', async (name) => {
    const expected = JSON.parse(readFileSync(`${python}expected.json`, 'utf8'))
    const names = ['a', 'b', 'c', 'd']
    const cell = (row: number, column: number): number | null =>
      name === 'pipeline' && expected.present[row][column] === 0 ? null : expected.whole[row][column]
    const columns = names.map((_, column) =>
      expected.whole.map((_row: unknown, row: number) => cell(row, column)),
    )
    const table = featureTable(
      Object.fromEntries(names.map((feature, column) => [feature, columns[column]])),
      Object.fromEntries(names.map((feature, column) => [feature, expected.decimals[column]])),
    )
    const { columns: made } = await runOnnx(
      table,
      {
        onnx: `${name}.onnx`,
        inputs: names,
        missing: 'NaN',
        outputs: [
          { name: 'probabilities', index: 1, card: card('probability', 7) },
          { name: 'label', card: card('label', 0, ['good', 'bad']) },
        ],
      },
      python,
      [],
    )
    expect(made[0].values).toHaveLength(expected.whole.length)
    made[0].values.forEach((value, row) => {
      expect(Math.abs(value / 1e7 - expected[name].probability[row])).toBeLessThan(1e-5)
    })
    expect([...made[1].values]).toEqual(expected[name].label)
    expect(made.every(({ present }) => present.every((flag) => flag === 1))).toBe(true)
  })

  test('feeds real units in the order of the declaration, whatever the size of the batches', async () => {
    const table = featureTable(
      { money: [12345, -50, 0, 7, 1], days: [3, 2, 1, 0, 9], unused: [1, 1, 1, 1, 1] },
      { money: 2 },
    )
    const folder = folderWith(weightedSum([10, 4]))
    for (const batchRows of [1, 2, 5]) {
      const { columns } = await runOnnx(table, declare(['days', 'money'], 1), folder, [], { batchRows })
      expect([...columns[0].values]).toEqual(
        [3 * 10 + 123.45 * 4, 20 - 0.5 * 4, 10, 0.07 * 4, 90 + 0.01 * 4].map((value) =>
          Math.round(value * 10),
        ),
      )
    }
  })

  test('feeds a model with one input a feature, and whole numbers where it takes them', async () => {
    const bytes = model(
      1,
      [{ operator: 'Sub', inputs: ['x', 'x'], outputs: ['y'] }],
      [],
      { type: 'int64', dims: ['rows'] },
      { type: 'int64', dims: ['rows'] },
    )
    const { columns } = await runOnnx(
      featureTable({ days: [4, null] }),
      declare([], 0, { inputs: { x: 'days' }, missing: -1 }),
      folderWith(bytes),
      [],
    )
    expect([...columns[0].values]).toEqual([0, 0])
  })

  test('the identity names the file and is the hash of what was run', async () => {
    const bytes = weightedSum([1, 1])
    const declaration = declare(['a', 'b'])
    const from = [{ name: 'builtin:x', hash: 'aa' }]
    const table = featureTable({ a: [1], b: [2] })
    const { identity } = await runOnnx(table, declaration, folderWith(bytes), from)
    expect(identity).toEqual({ name: 'onnx:m.onnx', hash: onnxHash(bytes, declaration, from) })
  })

  test('rounds halves away from zero and cuts at the range of the card', async () => {
    const outputs = [{ name: 'y', card: { ...card('y', 1), range: [-1, 2] } }]
    const table = featureTable({ a: [-500, -25, 25, 75, 199, 500] }, { a: 2 })
    const { columns } = await runOnnx(table, declare(['a'], 1, { outputs }), folderWith(weightedSum([1])), [])
    expect([...columns[0].values]).toEqual([-10, -3, 3, 8, 20, 20])
  })

  test('a table without rows gives columns without rows', async () => {
    const folder = folderWith(weightedSum([1]))
    const { columns } = await runOnnx(featureTable({ a: [] }), declare(['a']), folder, [])
    expect(columns[0].values).toHaveLength(0)
  })
})

describe('what cannot be served is refused', () => {
  const one = featureTable({ a: [1, 2], gap: [1, null] })
  const identity = weightedSum([1])
  const run = (bytes: Uint8Array, declaration: object, limits = {}, table = one) =>
    runOnnx(table, declaration, folderWith(bytes), [], limits)

  test('features that are absent, cells that are missing, files that are absent or too large', async () => {
    await expectFault(run(identity, declare(['b'])), 'ONNX_FEATURE_ABSENT', 'm.onnx', '"b"')
    await expectFault(run(identity, declare(['gap'])), 'ONNX_CELL_MISSING', '"gap"', '1 enterprises')
    await expectFault(
      runOnnx(one, declare(['a']), base, []),
      'YX_FEATURES_FILE_MISSING',
      'm.onnx cannot be read (ENOENT)',
    )
    const folder = folderWith(identity)
    truncateSync(`${folder}/m.onnx`, 257 * 2 ** 20)
    await expectFault(runOnnx(one, declare(['a']), folder, []), 'ONNX_TOO_LARGE', '257 MB', '256 MB')
  })

  test('outputs that the model has not, or that are no number a row', async () => {
    const wanted = (output: object) =>
      declare(['a'], 0, { outputs: [{ name: 'y', card: card('y'), ...output }] })
    await expectFault(run(identity, wanted({ name: 'z' })), 'ONNX_UNFIT', 'output "z"', 'but "y"')
    await expectFault(run(identity, wanted({ index: 1 })), 'ONNX_UNFIT', '1 entries, "index" is beyond')
    const two = model(1, [{ operator: 'Concat', inputs: ['x', 'x'], outputs: ['y'], attributes: axis(1) }])
    await expectFault(run(two, wanted({})), 'ONNX_UNFIT', '2 entries, say with "index"')
    const stacked = model(
      1,
      [{ operator: 'Concat', inputs: ['x', 'x'], outputs: ['y'], attributes: axis(0) }],
      [],
      {},
      { dims: ['more', 1] },
    )
    await expectFault(run(stacked, wanted({})), 'ONNX_UNFIT', '[4, 1] for 2 rows')
  })

  test('results that are not finite, too large, or no category', async () => {
    const inverse = model(1, [{ operator: 'Reciprocal', inputs: ['x'], outputs: ['y'] }])
    const zero = featureTable({ a: [0, 1, 0] })
    await expectFault(
      run(inverse, declare(['a']), {}, zero),
      'ONNX_RESULT_INVALID',
      '2 enterprises',
      'finite',
    )
    const large = featureTable({ a: [2147483647, 3, 2] }, {})
    await expectFault(
      run(weightedSum([1]), declare(['a'], 1), {}, large),
      'ONNX_RESULT_INVALID',
      '1 enterprises',
      'too large for its decimals',
    )
    const categories = (decimals: number) => ({
      ...declare(['a'], 0, { outputs: [{ name: 'y', card: card('y', 0, ['low', 'high']) }] }),
      missing: decimals,
    })
    await expectFault(
      run(identity, categories(0), {}, featureTable({ a: [0, 1, 2, -1] })),
      'ONNX_RESULT_INVALID',
      '2 enterprises',
      'no category',
    )
  })

  test('a model that stops names the operator, never a cell', async () => {
    const gather = model(
      1,
      [
        { operator: 'Cast', inputs: ['x'], outputs: ['place'], attributes: { to: { int: 7 } } },
        { operator: 'Gather', inputs: ['list', 'place'], outputs: ['y'] },
      ],
      [{ name: 'list', dims: [2], data: Float32Array.of(1, 2) }],
    )
    const fault = run(gather, declare(['a']), {}, featureTable({ a: [0, 987654] }))
    await expectFault(fault, 'ONNX_RUN_FAILED', 'operator Gather')
    await fault.catch((cause: Error) => expect(cause.message).not.toContain('987654'))
  })

  test('a model that the runtime does not load gives the reason without a path', async () => {
    const fault = run(model(1, [{ operator: 'NoSuch', inputs: ['x'], outputs: ['y'] }]), declare(['a']))
    await expectFault(fault, 'ONNX_BROKEN', 'm.onnx', 'NoSuch')
    await fault.catch((cause: Error) => expect(cause.message).not.toMatch(/\/\w+\//))
  })

  test('a model that never ends is ended', async () => {
    await expectFault(
      run(endless(), declare(['a']), { seconds: 1 }),
      'ONNX_PROCESS_ENDED',
      'did not answer within 1 seconds',
    )
  })

  test.runIf(process.platform === 'linux')('a process that dies is an error, not the end', async () => {
    const before = children()
    const session = await openOnnxSession(endless(), 'm.onnx', 60)
    const feed = { name: 'x', type: 'float32', dims: [1, 1], data: Float32Array.of(1) } as const
    const result = session.run(1, [feed], [{ name: 'y', index: null }])
    const [child] = children().filter((id) => !before.includes(id))
    process.kill(Number(child), 'SIGSEGV')
    await expectFault(result, 'ONNX_PROCESS_ENDED', 'was ended by SIGSEGV')
    await expectFault(session.run(1, [feed], []), 'ONNX_PROCESS_ENDED', 'was ended by SIGSEGV')
  })

  test('damaged files give an error each and leave no process behind', async () => {
    const good = readFileSync(`${python}boosting.onnx`)
    const mutants = process.env.YINXIN_FULL === '1' ? 400 : 12
    let state = 7
    const draw = (most: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % most
    }
    const declaration = declare(['a', 'b', 'c', 'd'], 0, {
      outputs: [{ name: 'probabilities', index: 1, card: card('p', 4) }],
    })
    const table = featureTable({ a: [1], b: [2], c: [3], d: [4] })
    const before = children()
    let refused = 0
    for (let mutant = 0; mutant < mutants; mutant++) {
      const bytes = Buffer.from(good)
      // Half of them in the operator's attributes, which the file's own structure does not protect.
      for (let change = 0; change < 3; change++) bytes[draw(bytes.length)] ^= 1 << draw(8)
      const folder = folderWith(mutant % 2 === 0 ? bytes : bytes.subarray(0, draw(bytes.length)))
      await runOnnx(table, declaration, folder, [], { seconds: 20 }).catch((cause) => {
        refused++
        expect(cause.code).toMatch(/^YX_FEATURES_ONNX_/)
      })
    }
    expect(refused).toBeGreaterThan(mutants / 3)
    if (process.platform === 'linux') await expect.poll(children).toEqual(before)
  }, 300_000)
})

function axis(value: number) {
  return { axis: { int: value } }
}

/** Processes that this one has started and that have not ended, where the system tells. */
function children(): string[] {
  if (process.platform !== 'linux') return []
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean)
}
