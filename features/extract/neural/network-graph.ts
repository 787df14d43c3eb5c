import { type Encoding, MOST_DEVIATIONS } from './encoding.ts'
import type { Network } from './network.ts'
import { ONNX_TYPE, type OnnxConstant, type OnnxNode, writeOnnx } from './onnx-writer.ts'

/** Names of the model's input (rows x features, NaN = missing) and output (rows x 1). */
export const NETWORK_PORTS = { input: 'features', output: 'probability' } as const

/** The network as an ONNX model that takes features in real units and encodes them itself. */
export function networkToOnnx({ encoding, layers }: Network): Uint8Array {
  const nodes: OnnxNode[] = []
  const constants: OnnxConstant[] = []
  const floats = (name: string, dims: readonly number[], data: readonly number[] | Float32Array): string => {
    constants.push({ name, dims, data: Float32Array.from(data) })
    return name
  }
  /** One operator with one result, which bears the name. */
  const step = (
    operator: string,
    name: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
  ): string => {
    nodes.push({ operator, inputs, outputs: [name], attributes })
    return name
  }
  /** The columns of the input that hold these features. */
  const gather = (name: string, features: readonly string[]): string => {
    const places = features.map((feature) => BigInt(encoding.features.indexOf(feature)))
    constants.push({ name: `${name}_places`, dims: [places.length], data: BigInt64Array.from(places) })
    return step('Gather', name, [NETWORK_PORTS.input, `${name}_places`], { axis: { int: 1 } })
  }
  const asFloats = (name: string, flags: string): string =>
    step('Cast', name, [flags], { to: { int: ONNX_TYPE.float32 } })

  let hidden = concat(encoding, { floats, step, gather, asFloats })
  layers.forEach(({ inputs, outputs, weights, bias }, index) => {
    const last = index === layers.length - 1
    const sum = step('Gemm', `sum_${index}`, [
      hidden,
      floats(`weights_${index}`, [inputs, outputs], weights),
      floats(`bias_${index}`, [outputs], bias),
    ])
    hidden = step(last ? 'Sigmoid' : 'Relu', last ? NETWORK_PORTS.output : `hidden_${index}`, [sum])
  })
  const type = 'float32'
  return writeOnnx({
    name: 'network',
    inputs: [{ name: NETWORK_PORTS.input, type, dims: ['rows', encoding.features.length] }],
    outputs: [{ name: NETWORK_PORTS.output, type, dims: ['rows', 1] }],
    constants,
    nodes,
  })
}

interface Builder {
  floats(name: string, dims: readonly number[], data: readonly number[]): string
  step(operator: string, name: string, inputs: readonly string[], attributes?: OnnxNode['attributes']): string
  gather(name: string, features: readonly string[]): string
  asFloats(name: string, flags: string): string
}

/** The encoding's three parts side by side, in the order of `encodeRows`. */
function concat(encoding: Encoding, { floats, step, gather, asFloats }: Builder): string {
  const { numeric, gaps, categories } = encoding
  const parts: string[] = []
  if (numeric.length > 0) {
    const size = [1, numeric.length]
    const means = floats(
      'means',
      size,
      numeric.map(({ mean }) => mean),
    )
    const factors = floats(
      'factors',
      size,
      numeric.map(({ factor }) => factor),
    )
    const numbers = gather(
      'numbers',
      numeric.map(({ feature }) => feature),
    )
    const filled = step('Where', 'filled', [step('IsNaN', 'unknown', [numbers]), means, numbers])
    const scaled = step('Mul', 'scaled', [step('Sub', 'centred', [filled, means]), factors])
    const low = floats('low', [], [-MOST_DEVIATIONS])
    const high = floats('high', [], [MOST_DEVIATIONS])
    parts.push(step('Clip', 'standard', [scaled, low, high]))
  }
  if (gaps.length > 0) {
    parts.push(asFloats('gaps', step('IsNaN', 'gap_flags', [gather('gap_cells', gaps)])))
  }
  if (categories.length > 0) {
    const known = floats(
      'categories',
      [1, categories.length],
      categories.map(({ category }) => category),
    )
    const cells = gather(
      'category_cells',
      categories.map(({ feature }) => feature),
    )
    parts.push(asFloats('category', step('Equal', 'category_flags', [cells, known])))
  }
  return step('Concat', 'encoded', parts, { axis: { int: 1 } })
}
