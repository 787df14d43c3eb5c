/**
 * Bytes of a message body: a JSON text in which byte arrays are references, then the byte arrays themselves.
 * u32 JSON length | JSON | u32 number of arrays | u32 length of each | the arrays.
 *
 * A body has one form only. What the encoder would have written otherwise is refused: spaces, a key twice, another
 * spelling of a number, an array that nothing or two fields refer to.
 */
import { federationErrors } from '../errors.ts'
import { exactText, parseWellFormed } from './exact-json.ts'
import { type Body, faultOf, isMessageType, type MessageType } from './schema.ts'

const MAX_JSON = 4 * 1024 * 1024
const MAX_ARRAYS = 64

interface Reference {
  $bytes: number
}

/** The JSON text of a body and the arrays that its references number. */
function flatten(body: unknown): { text: string; arrays: Uint8Array[] } {
  const arrays: Uint8Array[] = []
  // Arrays go before JSON sees the body: it would have a Buffer of megabytes write out each byte first.
  const refer = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return { $bytes: arrays.push(value) - 1 } satisfies Reference
    if (Array.isArray(value)) return value.map(refer)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, refer(part)]))
  }
  return { text: JSON.stringify(refer(body)), arrays }
}

export function encodeBody(body: object): Uint8Array {
  const { text, arrays } = flatten(body)
  const json = Buffer.from(text, 'utf8')
  const head = 4 + json.length + 4 + 4 * arrays.length
  const bytes = new Uint8Array(head + arrays.reduce((sum, array) => sum + array.length, 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, json.length, true)
  bytes.set(json, 4)
  view.setUint32(4 + json.length, arrays.length, true)
  let at = head
  arrays.forEach((array, index) => {
    view.setUint32(8 + json.length + 4 * index, array.length, true)
    bytes.set(array, at)
    at += array.length
  })
  return bytes
}

/**
 * Decodes and checks a body.
 * @throws MessageMalformed without repeating any of the content
 */
export function decodeBody<M extends MessageType>(type: M, from: string, bytes: Uint8Array): Body<M> {
  if (!isMessageType(type)) throw new federationErrors.MessageMalformed('of no known type', from, 'type')
  const refuse = (why: string) => new federationErrors.MessageMalformed(type, from, why)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 8) throw refuse('too short')
  const jsonLength = view.getUint32(0, true)
  if (jsonLength > MAX_JSON || 8 + jsonLength > bytes.length) throw refuse('length of the text')
  const count = view.getUint32(4 + jsonLength, true)
  let at = 8 + jsonLength + 4 * count
  if (count > MAX_ARRAYS || at > bytes.length) throw refuse('number of arrays')
  const arrays: Uint8Array[] = []
  for (let index = 0; index < count; index++) {
    const length = view.getUint32(8 + jsonLength + 4 * index, true)
    if (at + length > bytes.length) throw refuse('length of an array')
    arrays.push(bytes.subarray(at, at + length))
    at += length
  }
  if (at !== bytes.length) throw refuse('bytes left over')
  const body = restore(bytes.subarray(4, 4 + jsonLength), arrays)
  if (body === undefined) throw refuse('text of the body')
  const fault = faultOf(type, body)
  if (fault) throw refuse(fault)
  return body as Body<M>
}

/** The inverse of {@link flatten}; undefined for anything that it would not have written. */
function restore(json: Uint8Array, arrays: readonly Uint8Array[]): unknown {
  try {
    const text = exactText(json)
    const body = parseWellFormed(text, (value) => {
      const reference = value as Partial<Reference> | null
      const refers = typeof reference === 'object' && typeof reference?.$bytes === 'number'
      return refers ? arrays[reference.$bytes as number] : value
    })
    const again = flatten(body)
    const same = again.text === text && again.arrays.length === arrays.length
    return same && !(body instanceof Uint8Array) ? body : undefined
  } catch {
    // not UTF-8, not JSON, or nested too deep to be walked
    return undefined
  }
}

/** Vectors that a state may hold beside bytes. */
const VECTORS = { Float64Array, Int32Array, Uint32Array, Int16Array } as const
type VectorName = keyof typeof VECTORS
interface TypedVector {
  $vector: VectorName
  bytes: Uint8Array
}

/** Bytes of what a node keeps for itself: plain values, byte arrays and vectors. */
export function encodeState(state: object): Uint8Array {
  const plain = (value: unknown): unknown => {
    if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) }
    if (value instanceof Uint8Array || value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map(plain)
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      return { $vector: value.constructor.name as VectorName, bytes } satisfies TypedVector
    }
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
  }
  return encodeBody(plain(state) as object)
}

/** The inverse of {@link encodeState}, for bytes that this node wrote itself. */
export function decodeState<S extends object>(bytes: Uint8Array): S {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const jsonLength = view.getUint32(0, true)
  const count = view.getUint32(4 + jsonLength, true)
  let at = 8 + jsonLength + 4 * count
  const arrays = Array.from({ length: count }, (_, index) => {
    const length = view.getUint32(8 + jsonLength + 4 * index, true)
    at += length
    // A copy: vectors of eight bytes need an aligned start, and the rest shall not be kept alive by one of them.
    return new Uint8Array(bytes.subarray(at - length, at))
  })
  return JSON.parse(Buffer.from(bytes.subarray(4, 4 + jsonLength)).toString('utf8'), (_key, value) => {
    if (typeof value?.$bytes === 'number') return arrays[value.$bytes]
    if (typeof value?.$number === 'string') return Number(value.$number)
    if (typeof value?.$vector !== 'string') return value
    const { $vector, bytes: content } = value as TypedVector
    return new VECTORS[$vector](
      content.buffer as ArrayBuffer,
      content.byteOffset,
      content.length / VECTORS[$vector].BYTES_PER_ELEMENT,
    )
  }) as S
}
