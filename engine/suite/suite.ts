/**
 * The algorithms of a consortium behind one interface: hash, key derivation, signature, key agreement, key stream, sealing.
 * Two suites implement it; docs/reference/suites.md names their algorithms and standards.
 */
export interface KeyPair {
  /** Public key bytes in the suite's own form. */
  readonly publicKey: Uint8Array
  /** Private key bytes in the suite's own form; never leave the node's own folder. */
  readonly privateKey: Uint8Array
}

export interface Suite {
  readonly name: string
  /** 32-byte digest of the concatenated parts. */
  hash(...parts: Uint8Array[]): Uint8Array
  /** 32 bytes derived from a secret under a label (HKDF, RFC 5869). */
  derive(secret: Uint8Array, label: string): Uint8Array
  /** `length` bytes of the key stream of a 32-byte key, from its start. A key is used for one stream only. */
  stream(key: Uint8Array, length: number): Uint8Array
  createSigningKeys(): KeyPair
  createAgreementKeys(): KeyPair
  /** A signature of 64 bytes. */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array
  /** False for everything that is not a signature under a valid public key, whatever is wrong with either. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /**
   * Shared 32-byte secret of two agreement keys; both sides compute the same.
   * @throws OutOfRange for a malformed key, one off the curve or one of small order
   */
  agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array
  /**
   * Authenticated encryption under a 32-byte key; `nonce` is 12 bytes and never repeats under a key.
   * @returns the sealed message in parts that belong one behind the other: bodies are megabytes and not copied for a tag
   */
  seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, associated: Uint8Array): Uint8Array[]
  /** @throws SealedEnvelopeRefused */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Uint8Array
}
