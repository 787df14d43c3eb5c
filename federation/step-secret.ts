/**
 * The secret of a server in one step of a run, from which everything random that it does in this step is derived: noise, keys,
 * its share of a challenge. So a server that was stopped does the same again, byte for byte, and the noise on a sum is drawn
 * once, however often it is sent. Each label names purpose, round, provider and columns, never an order of arrival, and noise on
 * somebody's answer also names the hash of that answer: two answers under one noise would show their difference without any.
 *
 * Once a step is sealed its secret is replaced by the next one, from which it does not follow: whoever later takes the disk of
 * the server cannot take the noise off what was released before.
 */
import type { RandomBytes, Suite } from '../engine/index.ts'
import { type About, labelOf, seededStream } from './secret-stream.ts'

export const STEP_SECRET_BYTES = 32
const TITLE = 'yinxin step secret 1'
/** No label has this text: those have the length of their purpose before it. */
const NEXT = `${TITLE}\nnext`

export class StepSecret {
  #suite: Suite
  #secret: Uint8Array

  /** @param secret {@link STEP_SECRET_BYTES} random bytes, or those of an earlier step's {@link next} */
  constructor(suite: Suite, secret: Uint8Array) {
    this.#suite = suite
    this.#secret = secret.slice()
  }

  /** For the sealed state of a node; they go nowhere else. */
  get bytes(): Uint8Array {
    return this.#secret.slice()
  }

  /** 32 bytes for one purpose. */
  seed(purpose: string, ...about: About): Uint8Array {
    return this.#suite.derive(this.#secret, labelOf(TITLE, purpose, about))
  }

  /** An endless stream for one purpose. */
  random(purpose: string, ...about: About): RandomBytes {
    return seededStream(this.#suite, this.seed(purpose, ...about))
  }

  /** The secret of the next step: it follows from this one, and this one not from it. */
  next(): StepSecret {
    return new StepSecret(this.#suite, this.#suite.derive(this.#secret, NEXT))
  }
}
