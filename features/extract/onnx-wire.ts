/** Thrown where bytes are no protobuf message; the caller knows the file and says so. */
export class WireFault extends Error {}

/** One field of a protobuf message: `value` of a varint, else the bytes from `start` to `end` of the array read. */
export type FieldVisitor = (field: number, start: number, end: number, value: number) => void

/**
 * Visits the fields of a protobuf message (proto3 wire format, without groups, which ONNX never had).
 *
 * @param bytes the whole file
 * @param from first byte of the message
 * @param to end of the message
 * @throws WireFault at a varint of over ten bytes, a length beyond the end, an unknown wire type, field 0
 */
export function eachField(bytes: Uint8Array, from: number, to: number, visit: FieldVisitor): void {
  let place = from
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (place >= to) throw new WireFault()
      const byte = bytes[place++]
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new WireFault()
  }
  while (place < to) {
    const tag = varint()
    const field = Math.floor(tag / 8)
    if (field === 0 || field > 0x1fffffff) throw new WireFault()
    const start = place
    switch (tag % 8) {
      case 0: {
        const value = varint()
        visit(field, start, place, value)
        continue
      }
      case 1:
        place += 8
        break
      case 5:
        place += 4
        break
      case 2: {
        const length = varint()
        const content = place
        place += length
        if (place > to) throw new WireFault()
        visit(field, content, place, 0)
        continue
      }
      default:
        throw new WireFault()
    }
    if (place > to) throw new WireFault()
    visit(field, start, place, 0)
  }
}
