/**
 * The y-coordinates of the eight points of small order on edwards25519, and those that read the same with p added. A
 * signature under such a key is valid for messages that nobody signed; RFC 8032 does not make a verifier look.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Whether 32 bytes of an Ed25519 public key stand for a point of small order, whatever the sign of its x. */
export function isSmallOrder(publicKey: Uint8Array): boolean {
  const bytes = Buffer.from(publicKey)
  bytes[31] &= 0x7f
  return SMALL_ORDER.has(bytes.toString('hex'))
}
