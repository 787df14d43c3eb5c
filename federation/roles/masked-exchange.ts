/**
 * A provider's bookkeeping of masked answers: which query came from which server, which mask went to whom, and how the two
 * servers' parts become a gradient. Columns travel in a secret order, so that the key holder's gate sees anonymous counts.
 */
import {
  addInto,
  freshResidues,
  type LinearQuery,
  type LinearResponderHandle,
  lift,
  residueOf,
  type Suite,
  subtractInto,
  unpackResidues,
} from '../../engine/index.ts'
import { federationErrors } from '../errors.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { Body } from '../messages/schema.ts'
import type { KeyGroup } from '../plan.ts'
import type { RunSecret } from '../run-secret.ts'

export type Server = 'platform' | 'keyHolder'

/** An answer that may leave now. */
export interface ReadyAnswer {
  readonly to: Server
  readonly group: number
  readonly from: number
  readonly end: number
  readonly bytes: Uint8Array
  readonly seenPlatform: string
  readonly seenKeyHolder: string
}

export type ExchangeKind = 'bins' | 'round'

/** What is asked for in an exchange: key groups over the columns of one responder after another, all of one width. */
export interface ExchangeLayout {
  readonly groups: readonly KeyGroup[]
  readonly responders: readonly LinearResponderHandle[]
}

export interface MaskedExchangeParts {
  readonly name: string
  /** order[j] = basis index of the column that travels at position j. */
  readonly order: Int32Array
  readonly suite: Suite
  readonly secret: RunSecret
  /** Of the fine bins. */
  readonly bins: ExchangeLayout
}

interface Exchange {
  /** Names the exchange in the labels of its masks and seeds. */
  readonly about: readonly [kind: ExchangeKind, round: number, group: number]
  readonly from: number
  readonly to: number
  readonly layout: ExchangeLayout
  readonly queries: Partial<Record<Server, { query: LinearQuery; seen: string }>>
  readonly masks: Partial<Record<Server, Float64Array>>
  readonly answers: Partial<Record<Server, Uint8Array>>
  readonly parts: Partial<Record<Server, Float64Array>>
  /** Servers that said it was a challenge. */
  readonly declared: Set<Server>
}

/** The sum of both masks of a challenge, column by column, for the key holder. */
export interface MaskSums {
  readonly from: number
  readonly to: number
  readonly sums: Float64Array
}

const partyOf = (server: Server): string => (server === 'platform' ? PLATFORM : KEY_HOLDER)

export class MaskedExchange {
  #parts: MaskedExchangeParts
  /** The round that queries are taken of, what it asks for, and its gradient as far as it is there. */
  #round = 0
  #layout: ExchangeLayout = { groups: [], responders: [] }
  #gradient: Float64Array = new Float64Array(0)
  #known = 0
  #open = new Map<string, Exchange>()
  #finished: Set<string>

  /** @param over exchanges that were over before the run was gone on with */
  constructor(parts: MaskedExchangeParts, over: readonly string[] = []) {
    this.#parts = parts
    this.#finished = new Set(over)
  }

  /** order[j] = basis index of the column that travels at position j. */
  get order(): Int32Array {
    return this.#parts.order
  }

  /** An exchange of the training begins: queries of no other are taken. */
  begin(round: number, layout: ExchangeLayout): void {
    this.#round = round
    this.#layout = layout
    this.#gradient = new Float64Array(layout.responders.length * this.#parts.order.length)
    this.#known = 0
  }

  /** Exchanges that are over once a step is: no query of them is taken any more. */
  get over(): string[] {
    return [...this.#finished, ...this.#open.keys()]
  }

  /**
   * Answers one server's query. Both answers are returned once both queries are known, so that each carries the hashes of
   * both: a server that shows different providers different queries is found before it releases anything.
   *
   * Masks and seeds bind the hash of what they are used on, key included. In a round the two masks are independent, each
   * bound to its own query; the fine bins' one mask serves both answers, so it binds both queries and nothing is answered
   * before both are there.
   */
  async answer(
    kind: ExchangeKind,
    round: number,
    group: number,
    server: Server,
    query: LinearQuery,
  ): Promise<ReadyAnswer[]> {
    const exchange = this.#exchange(kind, round, group)
    if (exchange.queries[server]) {
      throw new federationErrors.MessageUnexpected(
        `${kind}.query`,
        partyOf(server),
        'a second query for one key group',
      )
    }
    const seen = Buffer.from(this.#parts.suite.hash(query.publicKey, query.blocks)).toString('hex')
    exchange.queries[server] = { query, seen }
    const { platform, keyHolder } = exchange.queries
    if (kind === 'round') await this.#answerUnder(exchange, server, this.#mask(exchange, server, seen))
    if (!platform || !keyHolder) return []
    if (kind === 'bins') {
      // +r to P and -r to H: their sum is the count itself, and H alone sees it.
      const mask = this.#mask(exchange, 'both', platform.seen, keyHolder.seen)
      await this.#answerUnder(exchange, 'platform', mask)
      const negative = mask.map((value) => residueOf(-value))
      await this.#answerUnder(exchange, 'keyHolder', negative)
    }
    const { from, to, answers } = exchange
    const both = { group, from, end: to, seenPlatform: platform.seen, seenKeyHolder: keyHolder.seen }
    return [
      { to: 'platform', bytes: answers.platform as Uint8Array, ...both },
      { to: 'keyHolder', bytes: answers.keyHolder as Uint8Array, ...both },
    ]
  }

  #mask({ about, from, to }: Exchange, whose: Server | 'both', ...seen: string[]): Float64Array {
    return freshResidues(this.#parts.secret.random('mask', ...about, whose, from, to, ...seen), to - from)
  }

  async #answerUnder(exchange: Exchange, server: Server, mask: Float64Array): Promise<void> {
    const { about, from, to, queries, masks, answers, layout } = exchange
    const { query, seen } = queries[server] as { query: LinearQuery; seen: string }
    const { secret, order } = this.#parts
    const seed = secret.seed('answer', ...about, server, from, to, seen)
    masks[server] = mask
    const list = Math.floor(from / order.length)
    const first = list * order.length
    const answer = await layout.responders[list].answer(query, from - first, to - first, mask, seed)
    answers[server] = answer.bytes
    // Megabytes that nobody needs any more; the hash stays.
    queries[server] = { query: { publicKey: new Uint8Array(0), blocks: new Uint8Array(0) }, seen }
  }

  /**
   * Takes one server's released part.
   * @returns the noisy gradient, list after list in basis order, as signed integers once both parts of all columns are there
   */
  gradient(round: number, server: Server, body: Body<'round.gradient'>): Float64Array | null {
    const key = `round ${round} ${body.group}`
    const exchange = this.#open.get(key)
    const mask = exchange?.masks[server]
    if (
      !exchange ||
      !mask ||
      exchange.declared.size > 0 ||
      exchange.parts[server] ||
      body.from !== exchange.from ||
      body.to !== exchange.to
    ) {
      throw new federationErrors.MessageUnexpected(
        'round.gradient',
        partyOf(server),
        'no such query was answered',
      )
    }
    const values = unpackResidues(body.values, body.to - body.from)
    subtractInto(values, mask)
    exchange.parts[server] = values
    const { platform, keyHolder } = exchange.parts
    if (!platform || !keyHolder) return null
    addInto(platform, keyHolder)
    const { order } = this.#parts
    for (let j = 0; j < platform.length; j++) {
      const at = exchange.from + j
      const place = at % order.length
      this.#gradient[at - place + order[place]] = lift(platform[j])
    }
    this.#open.delete(key)
    this.#finished.add(key)
    this.#known += platform.length
    return this.#known === this.#gradient.length ? this.#gradient : null
  }

  /**
   * A server says that a round was a challenge. The masks are opened once both servers say so and neither has released
   * anything of that round: with the masks of a true round the key holder would see a gradient without noise.
   * @returns null while one server has not said so
   */
  challenge(round: number, server: Server, group: number): MaskSums | null {
    const key = `round ${round} ${group}`
    const exchange = this.#open.get(key)
    const released = exchange && (exchange.parts.platform || exchange.parts.keyHolder)
    if (!exchange?.masks[server] || released || exchange.declared.has(server)) {
      throw new federationErrors.MessageUnexpected(
        'challenge.declare',
        partyOf(server),
        'no query of such a round is waiting for its outcome',
      )
    }
    exchange.declared.add(server)
    const { platform, keyHolder } = exchange.masks
    if (exchange.declared.size < 2 || !platform || !keyHolder) return null
    const sums = platform.slice()
    addInto(sums, keyHolder)
    this.#open.delete(key)
    this.#finished.add(key)
    return { from: exchange.from, to: exchange.to, sums }
  }

  #exchange(kind: ExchangeKind, round: number, group: number): Exchange {
    const key = `${kind} ${round} ${group}`
    let exchange = this.#open.get(key)
    if (exchange) return exchange
    if (this.#finished.has(key)) {
      throw new federationErrors.MessageUnexpected(`${kind}.query`, PLATFORM, 'this key group is finished')
    }
    const layout = kind === 'bins' ? this.#parts.bins : this.#layout
    const current = kind === 'bins' || round === this.#round
    const member = layout.groups[group]?.members.find(({ provider }) => provider === this.#parts.name)
    if (!member || !current)
      throw new federationErrors.MessageUnexpected(`${kind}.query`, PLATFORM, 'another key group')
    const { from, to } = member
    exchange = {
      about: [kind, round, group],
      from,
      to,
      layout,
      queries: {},
      masks: {},
      answers: {},
      parts: {},
      declared: new Set(),
    }
    this.#open.set(key, exchange)
    return exchange
  }
}
