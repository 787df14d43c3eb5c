/**
 * The one secret of a party in one run, from which everything random in what it sends is derived (protocol.md section 8,
 * "Replay"): salts of commitments, the order of columns, masks, seeds of answers, residues of exclusions. It is committed to
 * in the signed plan, kept at the party's site and never leaves it; so an auditor there computes again, byte for byte, what
 * the party must have sent.
 *
 * What depends on a message of somebody else names the hash of that message in its label: one stream under two queries gives
 * the columns away. The servers' noise never comes from here, because whoever knows the noise can take it off.
 */
import type { RandomBytes, Suite } from '../engine/index.ts'

export const RUN_SECRET_BYTES = 32
/** Least bytes drawn at once from a stream. */
const DRAWN_BYTES = 4096

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
    return Buffer.from(this.#suite.hash(Buffer.from('yinxin run secret 1\n'), this.#secret)).toString('hex')
  }

  /** 32 bytes for one purpose. Every part takes part in the label, length-prefixed, so that no two labels have one text. */
  seed(purpose: string, ...about: readonly (string | number)[]): Uint8Array {
    const parts = [purpose, ...about].map(String).map((part) => `${part.length}:${part}`)
    return this.#suite.derive(this.#secret, `yinxin run secret 1\n${parts.join('')}`)
  }

  /** An endless stream for one purpose. */
  random(purpose: string, ...about: readonly (string | number)[]): RandomBytes {
    const seed = this.seed(purpose, ...about)
    let drawn: Uint8Array = new Uint8Array(0)
    let draws = 0
    return (length) => {
      if (drawn.length < length) {
        // A suite's stream starts at its beginning each time, so every draw has a key of its own.
        const key = this.#suite.derive(seed, `draw ${draws++}`)
        const fresh = this.#suite.stream(key, Math.max(DRAWN_BYTES, length - drawn.length))
        drawn = Buffer.concat([drawn, fresh])
      }
      const taken = drawn.subarray(0, length)
      drawn = drawn.subarray(length)
      return taken
    }
  }
}
