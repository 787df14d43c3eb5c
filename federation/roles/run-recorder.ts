/**
 * Writes a provider's journal: nothing leaves before the envelope that caused it, and everything before that, is durable.
 * Work goes on meanwhile; only sending waits.
 */
import type { Suite } from '../../engine/index.ts'
import { encodeBody } from '../messages/codec.ts'
import type { MessageType } from '../messages/schema.ts'
import type { Outgoing } from '../node.ts'
import type { Clock } from '../ports.ts'
import type { RunJournal } from '../run-journal.ts'

/** Cannot be computed again, or need not be: a signature may be randomised, an abort carries an error's text and no data. */
export const NOT_REPLAYED: ReadonlySet<MessageType> = new Set(['run.abort', 'plan.approve'])

export class RunRecorder {
  #journal: RunJournal
  #suite: Suite
  #clock: Clock
  #durable: Promise<void>

  /** @param secret of the run, recorded first */
  constructor(journal: RunJournal, suite: Suite, clock: Clock, secret: Uint8Array) {
    this.#journal = journal
    this.#suite = suite
    this.#clock = clock
    this.#durable = journal.append({ kind: 'secret', secret })
    this.#heed(this.#durable)
  }

  /** Before an envelope of the run is handled. */
  received(envelope: Uint8Array): void {
    this.#durable = this.#journal.append({ kind: 'received', at: this.#clock.now().getTime(), envelope })
    this.#heed(this.#durable)
  }

  /** Before a message of the run leaves; it may leave when the promise is kept. */
  sending({ to, type, round, body }: Outgoing): Promise<void> {
    // An abort tells why, without data; it must leave even where nothing can be written any more.
    if (type === 'run.abort') return Promise.resolve()
    const caused = this.#durable
    if (NOT_REPLAYED.has(type)) return caused
    const hash = Buffer.from(this.#suite.hash(encodeBody(body))).toString('hex')
    this.#heed(this.#journal.append({ kind: 'sent', message: { to, type, round, body: hash } }))
    return caused
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  /** A record that cannot be kept stops whatever waits for it; where nothing does, nothing left. */
  #heed(kept: Promise<void>): void {
    kept.catch(() => {})
  }
}
