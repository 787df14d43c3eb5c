/** Answers of parties in one attempt of a night; a party that refuses or falls silent answers with that. */
import { federationErrors } from '../errors.ts'
import type { AnyMessage, Message } from '../messages/envelope.ts'
import type { MessageType } from '../messages/schema.ts'
import type { Clock } from '../ports.ts'

const { code: UNEXPECTED } = new federationErrors.MessageUnexpected()

/** A party that takes no further part. */
export class PartyGone extends Error {
  readonly party: string
  /** Code of its refusal, '' where it fell silent. */
  readonly code: string

  constructor(party: string, code: string, text: string) {
    super(text)
    this.party = party
    this.code = code
  }

  /** It was started anew and knows nothing of this night. */
  get knowsNothing(): boolean {
    return this.code === UNEXPECTED
  }

  /** Not so where it fell silent or knows nothing: it may have done what was asked. */
  get refused(): boolean {
    return this.code !== '' && !this.knowsNothing
  }
}

interface Waiter {
  readonly party: string
  /** Milliseconds since 1970. */
  readonly since: number
  resolve(message: AnyMessage): void
  reject(fault: unknown): void
}

export class NightDesk {
  readonly night: string
  #waiters = new Map<string, Waiter>()
  #arrived = new Map<string, AnyMessage>()
  #gone = new Map<string, PartyGone>()
  #fault: unknown
  #clock: Clock

  constructor(night: string, clock: Clock) {
    this.night = night
    this.#clock = clock
  }

  deliver(message: AnyMessage): void {
    const { from, type } = message
    if (message.type === 'run.abort') {
      this.gone(from, message.body.code, message.body.text)
      return
    }
    const key = `${type}\n${from}`
    const waiter = this.#waiters.get(key)
    this.#waiters.delete(key)
    // A second answer changes nothing: the first one was taken, or waits to be.
    if (waiter) waiter.resolve(message)
    else if (!this.#arrived.has(key)) this.#arrived.set(key, message)
  }

  /** Ends all waiting for a party, now and later. */
  gone(party: string, code: string, text: string): void {
    const gone = new PartyGone(party, code, text)
    if (!this.#gone.has(party)) this.#gone.set(party, gone)
    for (const [key, waiter] of this.#waiters) {
      if (waiter.party !== party) continue
      this.#waiters.delete(key)
      waiter.reject(gone)
    }
  }

  /** Ends all waiting, now and later. */
  fail(fault: unknown): void {
    this.#fault ??= fault
    for (const waiter of this.#waiters.values()) waiter.reject(this.#fault)
    this.#waiters.clear()
  }

  /** @throws PartyGone */
  take<M extends MessageType>(type: M, party: string): Promise<Message<M>> {
    if (this.#fault) return Promise.reject(this.#fault)
    const key = `${type}\n${party}`
    const message = this.#arrived.get(key)
    if (message) return Promise.resolve(message as Message<M>)
    const gone = this.#gone.get(party)
    if (gone) return Promise.reject(gone)
    return new Promise((resolve, reject) => {
      const since = this.#clock.now().getTime()
      this.#waiters.set(key, { party, since, resolve: (found) => resolve(found as Message<M>), reject })
    })
  }

  /** Whom the night is waiting for. */
  waitingFor(): string[] {
    return [...new Set([...this.#waiters.values()].map(({ party }) => party))]
  }

  /** Whom the night has been waiting for in one step for so many milliseconds. */
  overdue(milliseconds: number): string[] {
    const before = this.#clock.now().getTime() - milliseconds
    return [...this.#waiters.values()].filter(({ since }) => since <= before).map(({ party }) => party)
  }
}
