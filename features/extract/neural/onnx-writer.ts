/** Writes ONNX models: the few messages of onnx.proto that a plain network needs, with the field numbers that stand there. */
import { littleEndian, WireWriter } from './wire-writer.ts'

export const ONNX_TYPE = { float32: 1, int64: 7, bool: 9 } as const

export type OnnxType = keyof typeof ONNX_TYPE

/** A number is one row's size, a text a size that is open until the model runs. */
export interface OnnxValue {
  readonly name: string
  readonly type: OnnxType
  readonly dims: readonly (number | string)[]
}

export interface OnnxConstant {
  readonly name: string
  readonly dims: readonly number[]
  readonly data: Float32Array | BigInt64Array
}

/** An attribute is a whole number, a list of numbers, a text or a graph. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly graph: OnnxGraph }

export interface OnnxNode {
  readonly operator: string
  /** Absent: the ONNX standard itself; `ai.onnx.ml`: its part for classical models. */
  readonly domain?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
}

export interface OnnxGraph {
  readonly name: string
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly constants: readonly OnnxConstant[]
  readonly nodes: readonly OnnxNode[]
}

// Versions that ONNX Runtime has read for years; newer ones bring nothing that is needed here.
const IR_VERSION = 8
const OPSET = 17
const ML_OPSET = 3

/** The bytes of a model file; the same graph gives the same bytes. */
export function writeOnnx(graph: OnnxGraph): Uint8Array {
  const model = new WireWriter().integer(1, IR_VERSION).text(2, 'yinxin').message(7, graphMessage(graph))
  model.message(8, new WireWriter().text(1, '').integer(2, OPSET))
  if (graph.nodes.some(({ domain }) => domain === 'ai.onnx.ml')) {
    model.message(8, new WireWriter().text(1, 'ai.onnx.ml').integer(2, ML_OPSET))
  }
  return model.finish()
}

function graphMessage(graph: OnnxGraph): WireWriter {
  const message = new WireWriter()
  for (const node of graph.nodes) message.message(1, nodeMessage(node))
  message.text(2, graph.name)
  for (const constant of graph.constants) message.message(5, constantMessage(constant))
  for (const input of graph.inputs) message.message(11, valueMessage(input))
  for (const output of graph.outputs) message.message(12, valueMessage(output))
  return message
}

function nodeMessage(node: OnnxNode): WireWriter {
  const message = new WireWriter()
  for (const input of node.inputs) message.text(1, input)
  for (const output of node.outputs) message.text(2, output)
  message.text(4, node.operator)
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    message.message(5, attributeMessage(name, attribute))
  }
  return node.domain === undefined ? message : message.text(7, node.domain)
}

function attributeMessage(name: string, attribute: OnnxAttribute): WireWriter {
  const message = new WireWriter().text(1, name)
  const typed = (type: number): WireWriter => message.integer(20, type)
  if ('int' in attribute) return typed(2).integer(3, attribute.int)
  if ('text' in attribute) return typed(3).text(4, attribute.text)
  if ('graph' in attribute) return typed(5).message(6, graphMessage(attribute.graph))
  if ('floats' in attribute) for (const value of attribute.floats) message.float(7, value)
  if ('ints' in attribute) for (const value of attribute.ints) message.integer(8, value)
  if ('texts' in attribute) for (const value of attribute.texts) message.text(9, value)
  return typed('floats' in attribute ? 6 : 'ints' in attribute ? 7 : 8)
}

function constantMessage({ name, dims, data }: OnnxConstant): WireWriter {
  const message = new WireWriter()
  for (const size of dims) message.integer(1, size)
  message.integer(2, data instanceof Float32Array ? ONNX_TYPE.float32 : ONNX_TYPE.int64)
  return message.text(8, name).bytes(9, new Uint8Array(littleEndian(data)))
}

function valueMessage({ name, type, dims }: OnnxValue): WireWriter {
  const shape = new WireWriter()
  for (const size of dims) {
    const dimension = new WireWriter()
    shape.message(1, typeof size === 'number' ? dimension.integer(1, size) : dimension.text(2, size))
  }
  const tensor = new WireWriter().integer(1, ONNX_TYPE[type]).message(2, shape)
  return new WireWriter().text(1, name).message(2, new WireWriter().message(1, tensor))
}
