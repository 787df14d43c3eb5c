/**
 * What waits for all members, within bounds: for one receiver, from one sender and altogether, so that nobody can take the
 * platform's memory by what he leaves in the queues of others.
 */
import { serverErrors } from '../errors.ts'
import { OutboundQueue } from './queue.ts'

/** Most bytes that wait for one member, that one member left for others, and altogether. */
export interface WaitingLimits {
  readonly receiver: number
  readonly sender: number
  readonly all: number
}

export class Queues {
  #limits: WaitingLimits
  #isMember: (name: string) => boolean
  #queues = new Map<string, OutboundQueue>()
  #bySender = new Map<string, number>()

  /** @param isMember whether an accepted member list knows a name */
  constructor(limits: WaitingLimits, isMember: (name: string) => boolean) {
    this.#limits = limits
    this.#isMember = isMember
  }

  /** The queue of a member. */
  of(member: string): OutboundQueue {
    let queue = this.#queues.get(member)
    if (!queue) {
      queue = new OutboundQueue((from, bytes) => this.#count(from, -bytes))
      this.#queues.set(member, queue)
    }
    return queue
  }

  /** Everything that was not acknowledged, in the order of each queue. */
  get waiting(): { to: string; envelope: Uint8Array }[] {
    return [...this.#queues].flatMap(([to, queue]) => queue.waiting.map((envelope) => ({ to, envelope })))
  }

  /** Leaves an envelope of the platform's own for a member; it is counted and never refused. */
  push(from: string, to: string, envelope: Uint8Array, hash: Uint8Array): void {
    this.#count(from, this.of(to).push(from, envelope, hash))
  }

  /** Leaves an envelope of one member for another. @throws QueueFull */
  add(from: string, to: string, envelope: Uint8Array, hash: Uint8Array): void {
    this.#forgetStrangers()
    const { first, end } = this.of(to)
    const all = [...this.#bySender.values()].reduce((sum, bytes) => sum + bytes, 0)
    const bounds = [
      [end - first, this.#limits.receiver, `for ${to}`],
      [this.#bySender.get(from) ?? 0, this.#limits.sender, `from ${from}`],
      [all, this.#limits.all, 'for all members'],
    ] as const
    // One envelope may always wait, however large: it is bounded by itself.
    for (const [waiting, most, whose] of bounds)
      if (waiting > 0 && waiting + envelope.length > most) throw new serverErrors.QueueFull(whose)
    this.push(from, to, envelope, hash)
  }

  #count(from: string, bytes: number): void {
    this.#bySender.set(from, (this.#bySender.get(from) ?? 0) + bytes)
  }

  /** Nobody fetches what waits for a member that was removed. Its position stays: it may be admitted again. */
  #forgetStrangers(): void {
    for (const [name, queue] of this.#queues) if (!this.#isMember(name)) queue.acknowledge(queue.end)
  }
}
