import type { FeatureCard, FeatureTable } from '../../../../features/extract/card-types.ts'
import {
  type OnnxConstant,
  type OnnxNode,
  type OnnxValue,
  writeOnnx,
} from '../../../../features/extract/neural/onnx-writer.ts'

export function card(name: string, decimals = 0, categories?: readonly string[]): FeatureCard {
  return {
    name,
    title: { zh: '特征', en: 'Feature' },
    meaning: { zh: '测试', en: 'For a test' },
    window: 'now',
    unit: 'days',
    direction: 'free',
    decimals,
    ...(categories ? { kind: 'categorical', categories } : { kind: 'numeric' }),
  }
}

/** A table of numeric features; null is a missing cell. */
export function featureTable(
  columns: Record<string, readonly (number | null)[]>,
  decimals: Record<string, number> = {},
): FeatureTable {
  const rows = Object.values(columns)[0].length
  return {
    ids: Array.from({ length: rows }, (_, row) => `firm-${row}`),
    columns: Object.entries(columns).map(([name, cells]) => ({
      card: card(name, decimals[name] ?? 0),
      values: Int32Array.from(cells, (cell) => cell ?? 0),
      present: Uint8Array.from(cells, (cell) => (cell === null ? 0 : 1)),
    })),
  }
}

/** A model `x` (n rows, `width` numbers) -> `y` (n rows, one number, unless `output` says otherwise). */
export function model(
  width: number,
  nodes: readonly OnnxNode[],
  constants: readonly OnnxConstant[] = [],
  input: Partial<OnnxValue> = {},
  output: Partial<OnnxValue> = {},
): Uint8Array {
  return writeOnnx({
    name: 'test',
    inputs: [{ name: 'x', type: 'float32', dims: ['rows', width], ...input }],
    outputs: [{ name: 'y', type: 'float32', dims: ['rows', 1], ...output }],
    constants,
    nodes,
  })
}

/** y = x . weights */
export function weightedSum(weights: readonly number[]): Uint8Array {
  return model(
    weights.length,
    [{ operator: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
    [{ name: 'w', dims: [weights.length, 1], data: Float32Array.from(weights) }],
  )
}

/** Computes for years before it gives y = x. */
export function endless(): Uint8Array {
  const flag = { type: 'bool', dims: [] } as const
  const rows = { type: 'float32', dims: ['rows', 1] } as const
  const body = {
    name: 'again',
    inputs: [
      { name: 'step', type: 'int64', dims: [] },
      { name: 'go', ...flag },
      { name: 'v', ...rows },
    ],
    outputs: [
      { name: 'goes', ...flag },
      { name: 'w', ...rows },
    ],
    constants: [],
    nodes: [
      { operator: 'Identity', inputs: ['go'], outputs: ['goes'] },
      { operator: 'Identity', inputs: ['v'], outputs: ['w'] },
    ],
  } as const
  return model(
    1,
    [
      {
        operator: 'Loop',
        inputs: ['trips', '', 'x'],
        outputs: ['y'],
        attributes: { body: { graph: body } },
      },
    ],
    [{ name: 'trips', dims: [], data: BigInt64Array.of(2n ** 62n) }],
  )
}
