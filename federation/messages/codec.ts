/**
 * Bytes of a message body: a JSON text in which byte arrays are references, then the byte arrays themselves.
 * u32 JSON length | JSON | u32 number of arrays | u32 length of each | the arrays.
 */
import { federationErrors } from '../errors.ts'
import { type Body, faultOf, type MessageType, schemas } from './schema.ts'

const MAX_JSON = 4 * 1024 * 1024

interface Reference {
  $bytes: number
}

export function encodeBody(body: object): Uint8Array {
  const arrays: Uint8Array[] = []
  // The holder is asked, not the value: a Buffer has turned itself into plain JSON by then.
  const text = JSON.stringify(body, function (this: Record<string, unknown>, key, value: unknown) {
    const original = this[key]
    if (!(original instanceof Uint8Array)) return value
    arrays.push(original)
    return { $bytes: arrays.length - 1 } satisfies Reference
  })
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
  const refuse = (why: string) => new federationErrors.MessageMalformed(type, from, why)
  if (!(type in schemas)) throw refuse('unknown type')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 8) throw refuse('too short')
  const jsonLength = view.getUint32(0, true)
  if (jsonLength > MAX_JSON || 8 + jsonLength > bytes.length) throw refuse('length of the text')
  const count = view.getUint32(4 + jsonLength, true)
  let at = 8 + jsonLength + 4 * count
  if (count > 64 || at > bytes.length) throw refuse('number of arrays')
  const arrays: Uint8Array[] = []
  for (let index = 0; index < count; index++) {
    const length = view.getUint32(8 + jsonLength + 4 * index, true)
    if (at + length > bytes.length) throw refuse('length of an array')
    arrays.push(bytes.subarray(at, at + length))
    at += length
  }
  if (at !== bytes.length) throw refuse('bytes left over')
  let body: unknown
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + 4, jsonLength).toString('utf8')
    body = JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') return undefined
      const reference = value as Partial<Reference> | null
      return typeof reference === 'object' && typeof reference?.$bytes === 'number'
        ? arrays[reference.$bytes]
        : value
    })
  } catch {
    throw refuse('not JSON')
  }
  const fault = faultOf(type, body)
  if (fault) throw refuse(fault)
  return body as Body<M>
}
