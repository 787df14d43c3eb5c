/**
 * The streams of messages between this node and every other one: one for each pair, direction and run. Counters rise by one
 * and survive restarts, and every message names the hash of all that its sender sent before it, so what the relay leaves out,
 * sends twice, puts elsewhere or shows differently is seen by the receiver (security.md T22).
 */
import type { Suite } from '../engine/index.ts'
import { federationErrors } from './errors.ts'

/** Where a message stands in its stream. */
export interface Place {
  /** From 1, without gaps. */
  readonly counter: number
  /** Hash of the messages before it, hex; empty for the first. */
  readonly previous: string
}

/** What of a message is bound by the hash of its stream. */
export interface Link {
  readonly type: string
  readonly round: number
  readonly step: number
  /** Hash of the encoded body, hex. */
  readonly body: string
}

interface Incoming {
  /** Hashes after each message; those of sealed steps are forgotten, and only their number is known. */
  readonly forgotten: number
  readonly hashes: string[]
}

/** What outlives a process of one run's streams, by the name of the other node. */
export interface StreamsState {
  readonly sent: Readonly<Record<string, Place>>
  readonly received: Readonly<Record<string, Place>>
}

const START: Place = { counter: 0, previous: '' }

export class Streams {
  #suite: Suite
  #gapless: boolean
  /** Head of each stream: number of messages and the hash after them. */
  #sent = new Map<string, Place>()
  #received = new Map<string, Incoming>()

  /** @param gapless false for streams that a receiver may hear from their middle on: it was started after their sender */
  constructor(suite: Suite, gapless = true) {
    this.#suite = suite
    this.#gapless = gapless
  }

  /** The next place in the stream to a node; the place is taken. */
  next(to: string, link: Link): Place {
    const { counter, previous } = this.#sent.get(to) ?? START
    const place = { counter: counter + 1, previous }
    this.advance(to, place, link)
    return place
  }

  /** Notes a message that was sent in an earlier life of this node. */
  advance(to: string, place: Place, link: Link): void {
    if (place.counter <= (this.#sent.get(to)?.counter ?? 0)) return
    this.#sent.set(to, { counter: place.counter, previous: this.#after(place, link) })
  }

  /** True for a message that was taken, or that another one was taken in the place of. */
  covers(from: string, counter: number): boolean {
    const { forgotten, hashes } = this.#received.get(from) ?? { forgotten: 0, hashes: [''] }
    return counter <= forgotten + hashes.length - 1
  }

  /**
   * Takes a message into the stream from a node.
   * @throws MessageReplayed if it was taken before, MessageReordered if others are missing before it, MessageEquivocated if its
   *   sender once said something else
   */
  take(from: string, place: Place, link: Link): void {
    const { forgotten, hashes } = this.#received.get(from) ?? { forgotten: 0, hashes: [''] }
    const last = forgotten + hashes.length - 1
    const { counter, previous } = place
    const hash = this.#after(place, link)
    if (counter > last + 1 && !this.#gapless) {
      this.#received.set(from, { forgotten: counter, hashes: [hash] })
      return
    }
    if (counter > last + 1) {
      const where = `${counter} of its stream, after number ${last}`
      throw new federationErrors.MessageReordered(link.type, from, where)
    }
    const before = hashes[counter - 1 - forgotten]
    const known = hashes[counter - forgotten]
    if (before !== undefined && before !== previous)
      throw new federationErrors.MessageEquivocated(link.type, from, counter)
    if (counter <= last) {
      if (known !== undefined && known !== hash)
        throw new federationErrors.MessageEquivocated(link.type, from, counter)
      throw new federationErrors.MessageReplayed(link.type, from, counter)
    }
    hashes.push(hash)
    this.#received.set(from, { forgotten, hashes })
  }

  /** Heads of all streams; what came before them is not compared any more. */
  seal(): StreamsState {
    const received: Record<string, Place> = {}
    for (const [from, { forgotten, hashes }] of this.#received) {
      const counter = forgotten + hashes.length - 1
      received[from] = { counter, previous: hashes.at(-1) ?? '' }
      this.#received.set(from, { forgotten: counter, hashes: hashes.slice(-1) })
    }
    return { sent: Object.fromEntries(this.#sent), received }
  }

  restore({ sent, received }: StreamsState): void {
    this.#sent = new Map(Object.entries(sent))
    this.#received = new Map(
      Object.entries(received).map(([from, { counter, previous }]) => [
        from,
        { forgotten: counter, hashes: [previous] },
      ]),
    )
  }

  #after({ counter, previous }: Place, { type, round, step, body }: Link): string {
    const text = JSON.stringify(['yinxin stream 1', previous, counter, type, round, step, body])
    return Buffer.from(this.#suite.hash(Buffer.from(text, 'utf8'))).toString('hex')
  }
}
