/**
 * A provider's bookkeeping of masked answers: which query came from which server, which mask went to whom, and how the two
 * servers' parts become a gradient. Columns travel in a secret order, so that the key holder's gate sees anonymous counts.
 */
import {
  addInto,
  type LinearQuery,
  type LinearResponderHandle,
  lift,
  residueOf,
  subtractInto,
  unpackResidues,
} from '../../engine/index.ts'
import { federationErrors } from '../errors.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { Body } from '../messages/schema.ts'
import type { RunPlan } from '../plan.ts'

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

interface Exchange {
  from: number
  to: number
  masks: Record<Server, Float64Array>
  answers: Partial<Record<Server, { bytes: Uint8Array; seen: string }>>
  parts: Partial<Record<Server, Float64Array>>
}

const partyOf = (server: Server): string => (server === 'platform' ? PLATFORM : KEY_HOLDER)

export class MaskedExchange {
  /** order[j] = basis index of the column that travels at position j. */
  readonly order: Int32Array
  #name: string
  #plan: RunPlan
  #responder: LinearResponderHandle
  #fresh: (count: number) => Float64Array
  #seed: () => Uint8Array
  #open = new Map<string, Exchange>()
  #finished = new Set<string>()

  /** @param fresh draws uniform residues; @param seed draws the seed of one answer */
  constructor(
    name: string,
    plan: RunPlan,
    order: Int32Array,
    responder: LinearResponderHandle,
    fresh: (count: number) => Float64Array,
    seed: () => Uint8Array,
  ) {
    this.order = order
    this.#name = name
    this.#plan = plan
    this.#responder = responder
    this.#fresh = fresh
    this.#seed = seed
  }

  /**
   * Answers one server's query. Both answers are returned once both queries are known, so that each carries the hashes of
   * both: a server that shows different providers different queries is found before it releases anything.
   */
  async answer(
    kind: 'bins' | 'round',
    round: number,
    group: number,
    server: Server,
    query: LinearQuery,
    seen: string,
  ): Promise<ReadyAnswer[]> {
    const exchange = this.#exchange(kind, round, group)
    if (exchange.answers[server]) {
      throw new federationErrors.MessageUnexpected(
        `${kind}.query`,
        partyOf(server),
        'a second query for one key group',
      )
    }
    const { from, to, masks } = exchange
    const { bytes } = await this.#responder.answer(query, from, to, masks[server], this.#seed())
    exchange.answers[server] = { bytes, seen }
    const { platform, keyHolder } = exchange.answers
    if (!platform || !keyHolder) return []
    const both = { group, from, end: to, seenPlatform: platform.seen, seenKeyHolder: keyHolder.seen }
    return [
      { to: 'platform', bytes: platform.bytes, ...both },
      { to: 'keyHolder', bytes: keyHolder.bytes, ...both },
    ]
  }

  /**
   * Takes one server's released part.
   * @returns the noisy gradient in basis order as signed integers once both parts of all columns are there, else null
   */
  gradient(round: number, server: Server, body: Body<'round.gradient'>): Float64Array | null {
    const exchange = this.#open.get(`round ${round} ${body.group}`)
    if (!exchange || exchange.parts[server] || body.from !== exchange.from || body.to !== exchange.to) {
      throw new federationErrors.MessageUnexpected(
        'round.gradient',
        partyOf(server),
        'no such query was answered',
      )
    }
    const values = unpackResidues(body.values, body.to - body.from)
    subtractInto(values, exchange.masks[server])
    exchange.parts[server] = values
    const { platform, keyHolder } = exchange.parts
    if (!platform || !keyHolder) return null
    addInto(platform, keyHolder)
    const gradient = new Float64Array(this.order.length)
    for (let j = 0; j < platform.length; j++) gradient[this.order[exchange.from + j]] = lift(platform[j])
    this.#open.delete(`round ${round} ${body.group}`)
    this.#finished.add(`round ${round} ${body.group}`)
    return gradient
  }

  #exchange(kind: 'bins' | 'round', round: number, group: number): Exchange {
    const key = `${kind} ${round} ${group}`
    let exchange = this.#open.get(key)
    if (exchange) return exchange
    if (this.#finished.has(key)) {
      throw new federationErrors.MessageUnexpected(`${kind}.query`, PLATFORM, 'this key group is finished')
    }
    const groups = kind === 'bins' ? this.#plan.binGroups : this.#plan.groups
    const member = groups[group]?.members.find(({ provider }) => provider === this.#name)
    if (!member) throw new federationErrors.MessageUnexpected(`${kind}.query`, PLATFORM, 'another key group')
    const { from, to } = member
    const mask = this.#fresh(to - from)
    // Fine bins: +r to P and -r to H, so that their sum is the count itself and H alone sees it. Rounds: independent
    // masks, so that only the provider can put the parts together.
    const masks =
      kind === 'bins'
        ? { platform: mask, keyHolder: mask.map((value) => residueOf(-value)) }
        : { platform: mask, keyHolder: this.#fresh(to - from) }
    exchange = { from, to, masks, answers: {}, parts: {} }
    this.#open.set(key, exchange)
    return exchange
  }
}
