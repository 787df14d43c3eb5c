import { engineErrors } from '../errors.ts'

/** Bytes of a symmetric key of any suite. */
export const KEY_BYTES = 32
/** Bytes of the nonce of a sealed message. */
const NONCE_BYTES = 12

/** @throws OutOfRange unless key and nonce have the lengths for which sealing is sound */
export function assertSealing(key: Uint8Array, nonce: Uint8Array): void {
  if (key.length !== KEY_BYTES || nonce.length !== NONCE_BYTES)
    throw new engineErrors.OutOfRange(
      'a key or nonce of a sealed message',
      '32 bytes of key, 12 bytes of nonce',
    )
}
