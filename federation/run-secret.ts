/**
 * The one secret of a party in one run, from which everything random in what it sends is derived (protocol.md section 8,
 * "Replay"): salts of commitments, the order of columns, masks, seeds of answers, residues of exclusions. It is committed to
 * in the signed plan, kept at the party's site and never leaves it; so an auditor there computes again, byte for byte, what
 * the party must have sent.
 *
 * What depends on a message of somebody else names the hash of that message in its label: one stream under two queries gives
 * the columns away. The servers' noise never comes from here, because whoever knows the noise can take it off: they have a
 * secret for each step (step-secret.ts).
 */
import type { RandomBytes, Suite } from '../engine/index.ts'
import { type About, labelOf, seededStream } from './secret-stream.ts'

export const RUN_SECRET_BYTES = 32
const TITLE = 'yinxin run secret 1'

export class RunSecret {
  #suite: Suite
  #secret: Uint8Array

  /** @param secret {@link RUN_SECRET_BYTES} random bytes */
  constructor(suite: Suite, secret: Uint8Array) {
    this.#suite = suite
    this.#secret = secret
  }

  /** What the plan says of the secret: its hash, in hex. */
  get commitment(): string {
    return Buffer.from(this.#suite.hash(Buffer.from(`${TITLE}\n`), this.#secret)).toString('hex')
  }

  /** 32 bytes for one purpose. */
  seed(purpose: string, ...about: About): Uint8Array {
    return this.#suite.derive(this.#secret, labelOf(TITLE, purpose, about))
  }

  /** An endless stream for one purpose. */
  random(purpose: string, ...about: About): RandomBytes {
    return seededStream(this.#suite, this.seed(purpose, ...about))
  }
}
