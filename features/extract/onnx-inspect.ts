/**
 * Looks through an ONNX file before any native code sees it: what it would load from other files, and which operators it
 * has. Field numbers are those of onnx.proto; every graph within the graph is looked through too.
 */
import { featuresErrors } from '../errors.ts'
import { eachField, WireFault } from './onnx-wire.ts'

const MODEL = { irVersion: 1, graph: 7, functions: 25 } as const
const GRAPH = { node: 1, initializer: 5, sparseInitializer: 15 } as const
const NODE = { operator: 4, attribute: 5, domain: 7 } as const
const ATTRIBUTE = {
  tensor: 5,
  graph: 6,
  tensors: 10,
  graphs: 11,
  sparseTensor: 22,
  sparseTensors: 23,
} as const
const SPARSE_TENSOR = { values: 1, indices: 2 } as const
const TENSOR = { externalData: 13, dataLocation: 14 } as const

const DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml'])

// What draws random numbers: two computations of one column would differ, and an approval would approve nothing.
const RANDOM = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
])

// Exporters nest two or three deep; beyond this the file only wants to exhaust the stack.
const MOST_NESTED = 16

const text = new TextDecoder()

/**
 * Refuses a model file that is no ONNX model, that names other files, or that has operators outside the ONNX standard.
 *
 * @param shown name of the file for messages
 * @throws YX_FEATURES_ONNX_BROKEN, YX_FEATURES_ONNX_EXTERNAL_DATA, YX_FEATURES_ONNX_OPERATOR_REFUSED
 */
export function inspectOnnx(bytes: Uint8Array, shown: string): void {
  // The runtime's own format is recognised by these bytes; nothing below looks through it.
  if (text.decode(bytes.subarray(4, 8)) === 'ORTM') {
    throw new featuresErrors.OnnxBroken(shown, 'it is in the format of ONNX Runtime, not in ONNX')
  }
  let version = false
  let graphs = 0
  try {
    eachField(bytes, 0, bytes.length, (field, start, end, value) => {
      if (field === MODEL.irVersion) version = value > 0
      if (field === MODEL.graph) {
        graphs++
        lookThroughGraph(bytes, start, end, shown, 0)
      }
      if (field === MODEL.functions) {
        throw new featuresErrors.OnnxOperatorRefused(shown, 'a function of its own')
      }
    })
  } catch (fault) {
    if (!(fault instanceof WireFault)) throw fault
    throw new featuresErrors.OnnxBroken(shown, 'it is damaged, cut off, or no ONNX file')
  }
  if (!version || graphs !== 1) throw new featuresErrors.OnnxBroken(shown, 'it holds no model')
}

function lookThroughGraph(bytes: Uint8Array, from: number, to: number, shown: string, depth: number): void {
  if (depth > MOST_NESTED) throw new featuresErrors.OnnxBroken(shown, 'its graphs nest too deep')
  eachField(bytes, from, to, (field, start, end) => {
    if (field === GRAPH.node) lookThroughNode(bytes, start, end, shown, depth)
    if (field === GRAPH.initializer) lookThroughTensor(bytes, start, end, shown)
    if (field === GRAPH.sparseInitializer) lookThroughSparse(bytes, start, end, shown)
  })
}

function lookThroughNode(bytes: Uint8Array, from: number, to: number, shown: string, depth: number): void {
  let domain = ''
  let operator = ''
  eachField(bytes, from, to, (field, start, end) => {
    if (field === NODE.domain) domain = text.decode(bytes.subarray(start, end))
    if (field === NODE.operator) operator = text.decode(bytes.subarray(start, end))
    if (field === NODE.attribute) lookThroughAttribute(bytes, start, end, shown, depth)
  })
  const called = `${domain === '' ? '' : `${domain}:`}${operator}`.replace(/[^\w.:-]/g, '?').slice(0, 80)
  if (!DOMAINS.has(domain)) throw new featuresErrors.OnnxOperatorRefused(shown, `the operator ${called}`)
  if (RANDOM.has(operator))
    throw new featuresErrors.OnnxOperatorRefused(shown, `the random operator ${called}`)
}

function lookThroughAttribute(
  bytes: Uint8Array,
  from: number,
  to: number,
  shown: string,
  depth: number,
): void {
  eachField(bytes, from, to, (field, start, end) => {
    switch (field) {
      case ATTRIBUTE.tensor:
      case ATTRIBUTE.tensors:
        lookThroughTensor(bytes, start, end, shown)
        break
      case ATTRIBUTE.graph:
      case ATTRIBUTE.graphs:
        lookThroughGraph(bytes, start, end, shown, depth + 1)
        break
      case ATTRIBUTE.sparseTensor:
      case ATTRIBUTE.sparseTensors:
        lookThroughSparse(bytes, start, end, shown)
        break
    }
  })
}

function lookThroughSparse(bytes: Uint8Array, from: number, to: number, shown: string): void {
  eachField(bytes, from, to, (field, start, end) => {
    if (field === SPARSE_TENSOR.values || field === SPARSE_TENSOR.indices) {
      lookThroughTensor(bytes, start, end, shown)
    }
  })
}

function lookThroughTensor(bytes: Uint8Array, from: number, to: number, shown: string): void {
  eachField(bytes, from, to, (field, _start, _end, value) => {
    if (field === TENSOR.externalData || (field === TENSOR.dataLocation && value !== 0)) {
      throw new featuresErrors.OnnxExternalData(shown)
    }
  })
}
