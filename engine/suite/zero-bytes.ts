const zeros = { bytes: new Uint8Array(0) }

/** A zero buffer of `length` bytes, reused: it is only ever read, as the input of a stream cipher. */
export function zeroBytes(length: number): Uint8Array {
  if (zeros.bytes.length < length) zeros.bytes = new Uint8Array(length)
  return zeros.bytes.subarray(0, length)
}
