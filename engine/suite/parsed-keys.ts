/** Most parsed keys of one kind: a member list has tens, and a table of precomputed points is not small. */
const MOST_PARSED = 100

/**
 * Remembers parsed keys by their bytes: a member's few keys sign and verify every message.
 * @param parse is not called again for bytes that it accepted
 */
export function parsedKeys<K>(parse: (bytes: Uint8Array) => K): (bytes: Uint8Array) => K {
  const known = new Map<string, K>()
  return (bytes) => {
    const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    let key = known.get(name)
    if (key === undefined) {
      key = parse(bytes)
      if (known.size >= MOST_PARSED) known.clear()
      known.set(name, key)
    }
    return key
  }
}
