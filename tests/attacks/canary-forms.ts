/** The forms in which a value that should stay at home may have got somewhere, and the search for them in any bytes. */

/** A value of one party, or of a pair, that must be found nowhere else. */
export interface Canary {
  readonly what: string
  /** Who may hold it. */
  readonly owners: readonly string[]
  readonly forms: readonly Uint8Array[]
}

/** Base64 of bytes at each of the three offsets, without the characters that depend on their neighbours. */
const base64Of = (bytes: Uint8Array): Uint8Array[] =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return Buffer.from(encoded.slice(offset === 0 ? 0 : 4, Math.floor((offset + bytes.length) / 3) * 4))
  })

const reversed = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes).reverse()

/** Raw bytes in both orders, as hex, as base64. */
export function formsOfBytes(bytes: Uint8Array): Uint8Array[] {
  const hex = Buffer.from(bytes).toString('hex')
  const url = Buffer.from(bytes).toString('base64url').slice(0, -2)
  return [
    bytes,
    reversed(bytes),
    Buffer.from(hex),
    Buffer.from(hex.toUpperCase()),
    Buffer.from(url),
    ...base64Of(bytes),
  ]
}

/** Text as it is, in JSON, as UTF-16, as hex, as base64. */
export function formsOfText(text: string): Uint8Array[] {
  const bytes = Buffer.from(text)
  const escaped = Buffer.from(JSON.stringify(text).slice(1, -1))
  return [
    bytes,
    escaped,
    Buffer.from(text, 'utf16le'),
    Buffer.from(bytes.toString('hex')),
    ...base64Of(bytes),
  ]
}

/** Decimal, double in both orders, hex and base64 of it; for a whole number the six bytes of a residue and of 64-bit words. */
export function formsOfNumber(value: number): Uint8Array[] {
  const double = Buffer.alloc(8)
  double.writeDoubleLE(value)
  const forms = [Buffer.from(String(value)), ...formsOfBytes(double)]
  if (!Number.isSafeInteger(value) || value < 2 ** 32) return forms
  const residue = Buffer.alloc(6)
  residue.writeUIntLE(value, 0, 6)
  return [...forms, residue, reversed(residue)]
}

const holds = (buffer: Buffer, form: Uint8Array): boolean => buffer.includes(Buffer.from(form))

/** Names of the canaries whose owners are others than `holder` and of which a form stands in these bytes. */
export function found(canaries: readonly Canary[], holder: string, bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return canaries
    .filter(({ owners, forms }) => !owners.includes(holder) && forms.some((form) => holds(buffer, form)))
    .map(({ what }) => what)
}
