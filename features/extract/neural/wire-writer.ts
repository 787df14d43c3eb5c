/** Writes protobuf messages (proto3 wire format), field by field, in the order of the calls. */
export class WireWriter {
  readonly #parts: Uint8Array[] = []

  /** A whole number from 0 to 2^53 - 1, or a negative one as the wire's two's complement of 64 bits. */
  integer(field: number, value: number): this {
    return this.#add(varint(field * 8), varint(value))
  }

  /** A 32-bit float. */
  float(field: number, value: number): this {
    return this.#add(varint(field * 8 + 5), new Uint8Array(littleEndian(Float32Array.of(value))))
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#add(varint(field * 8 + 2), varint(value.length), value)
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  message(field: number, value: WireWriter): this {
    return this.bytes(field, value.finish())
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts)
  }

  #add(...parts: Uint8Array[]): this {
    this.#parts.push(...parts)
    return this
  }
}

/** The bytes of an array, least significant byte first whatever the machine. */
export function littleEndian(values: Float32Array | BigInt64Array): ArrayBuffer {
  const bytes = new DataView(new ArrayBuffer(values.byteLength))
  values.forEach((value, place) => {
    if (typeof value === 'bigint') bytes.setBigInt64(place * 8, value, true)
    else bytes.setFloat32(place * 4, value, true)
  })
  return bytes.buffer
}

function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
