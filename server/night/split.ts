/** Which subjects the challenger rates: decided by the hash of the subject's id and nothing else, so the same night after night. */
import { createHash } from 'node:crypto'

export interface Split {
  /** Hex, drawn once for the registry: whoever does not know it cannot tell whom the challenger rates. */
  readonly salt: string
  /** Subjects of a thousand. */
  readonly share: number
}

const THOUSAND = 1000
/** Bytes of the hash that are read as one number; its remainder by a thousand is even to one part in 10^11. */
const BYTES = 6

/**
 * The first 48 bits of SHA-256("yinxin challenger 1\n" + salt + "\n" + id), modulo 1000, below the share. A larger share keeps every
 * subject of a smaller one.
 */
export function isChallengers({ salt, share }: Split, subject: string): boolean {
  const hash = createHash('sha256').update(`yinxin challenger 1\n${salt}\n${subject}`, 'utf8').digest()
  return hash.readUIntBE(0, BYTES) % THOUSAND < share
}

/** 1 for each of these subjects that the challenger rates. */
export const challengersRows = (split: Split, subjects: readonly string[]): Uint8Array =>
  Uint8Array.from(subjects, (subject) => (isChallengers(split, subject) ? 1 : 0))
