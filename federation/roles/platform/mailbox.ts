/** Messages waiting for the platform's run, by type, sender and round; one of each, a second one is refused. */
import { federationErrors } from '../../errors.ts'
import type { AnyMessage, Message } from '../../messages/envelope.ts'
import type { MessageType } from '../../messages/schema.ts'

interface Waiter {
  resolve(message: AnyMessage): void
  reject(fault: unknown): void
}

const keyOf = (type: string, from: string, round: number, detail: string) =>
  `${type}\n${from}\n${round}\n${detail}`

/** Distinguishes messages of one type, sender and round that belong to different key groups or openings. */
function detailOf(message: AnyMessage): string {
  const { body } = message
  if ('group' in body) return `group ${body.group} ${'from' in body ? body.from : ''}`
  if ('opening' in body) return `${body.opening}`
  if ('evaluation' in body) return `evaluation ${body.evaluation} ${'vector' in body ? body.vector : ''}`
  return ''
}

export class Mailbox {
  #messages = new Map<string, AnyMessage>()
  #waiters = new Map<string, Waiter>()
  /** What was taken once; evaluations come several times, each under its own number. */
  #taken = new Set<string>()
  #fault: unknown

  deliver(message: AnyMessage): void {
    const key = keyOf(message.type, message.from, message.round, detailOf(message))
    if (this.#taken.has(key)) throw new federationErrors.SecondAnswer(message.from, message.type)
    const waiter = this.#waiters.get(key)
    if (waiter) {
      this.#waiters.delete(key)
      this.#taken.add(key)
      waiter.resolve(message)
      return
    }
    if (this.#messages.has(key)) throw new federationErrors.SecondAnswer(message.from, message.type)
    this.#messages.set(key, message)
  }

  /** Waits for a message; rejects when the run fails. */
  take<M extends MessageType>(type: M, from: string, round = 0, detail = ''): Promise<Message<M>> {
    if (this.#fault) return Promise.reject(this.#fault)
    const key = keyOf(type, from, round, detail)
    const message = this.#messages.get(key)
    if (message) {
      this.#messages.delete(key)
      this.#taken.add(key)
      return Promise.resolve(message as Message<M>)
    }
    return new Promise((resolve, reject) => {
      this.#waiters.set(key, { resolve: (found) => resolve(found as Message<M>), reject })
    })
  }

  /** One message from each sender, in the order of the senders. */
  takeAll<M extends MessageType>(
    type: M,
    senders: readonly string[],
    round = 0,
    detail = '',
  ): Promise<Message<M>[]> {
    return Promise.all(senders.map((sender) => this.take(type, sender, round, detail)))
  }

  /** Ends all waiting, now and later, with a fault. */
  fail(fault: unknown): void {
    this.#fault ??= fault
    for (const waiter of this.#waiters.values()) waiter.reject(this.#fault)
    this.#waiters.clear()
  }

  /** Whom the run is waiting for, for progress and for naming who is late. */
  waitingFor(): string[] {
    return [...new Set([...this.#waiters.keys()].map((key) => key.split('\n')[1]))]
  }
}
