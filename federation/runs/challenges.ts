/**
 * Hidden challenge rounds (security.md T12): at exchanges that only platform and key holder know, their shares carry a secret
 * vector u = u_P + u_H, uniform mod t, in the place of the residual. Both are uniform and both are encrypted, so a provider
 * answers before it can tell. Then the servers declare the challenge and the provider opens the sum of its two masks to the key
 * holder, so that the servers hold additive parts of X u mod t: P the part it decrypted, H its own less the masks. X u itself is
 * never put together. It must be the same in every challenge, so P's part must have changed by what H's has changed the other
 * way: P sends a digest of its change since the first challenge, H compares. A provider that swapped a column in between would
 * have to guess a uniform number. It deters, it does not prevent: the number of challenges stands in the plan, so after the last
 * one a provider knows that none follows, and a column that is wrong from the start is found by replay only.
 *
 * No label takes part, so there is no noise and nothing in the ledger. What a server learns is whether the parts fit. A key
 * holder that deviates, by encrypting a vector of its own, could at most confirm a guess of what a column makes of it, once: the
 * parts do not fit then, the run stops, and a replay at the provider shows who deviated.
 */
import {
  addInto,
  freshResidues,
  packResidues,
  type RandomBytes,
  subtractInto,
  uniformResidues,
} from '../../engine/index.ts'
import { levelsOf, startsOf } from '../exchanges.ts'
import { KEY_HOLDER, type Membership, PLATFORM } from '../members.ts'
import type { RunPlan } from '../plan.ts'
import { streamLabel } from './stream-label.ts'

/** What an exchange is: a challenge, or a level of a round's trees (level 0 alone of a scorecard). */
export type Place =
  | { readonly challenge: true; readonly round: number; readonly level: 0 }
  | { readonly challenge: false; readonly round: number; readonly level: number }

/** One server's side: which exchanges are challenges, and its share of u in each. */
export class Challenges {
  #membership: Membership
  #plan: RunPlan
  #random: RandomBytes
  #places: readonly Place[]
  #own: Float64Array | undefined

  /** @param random draws this server's share of u, which the other one never knows */
  constructor(membership: Membership, plan: RunPlan, random: RandomBytes) {
    this.#membership = membership
    this.#plan = plan
    this.#random = random
    this.#places = this.#draw()
  }

  /** True where the exchange (from 1) is a challenge. */
  has(exchange: number): boolean {
    return this.place(exchange)?.challenge ?? false
  }

  /** What an exchange (from 1) is; `round` counts training rounds, of a challenge those before it. */
  place(exchange: number): Place {
    return this.#places[exchange - 1]
  }

  /** Training rounds up to an exchange, itself included; 0 before the first. */
  roundsUpTo(exchange: number): number {
    return exchange === 0 ? 0 : this.place(exchange).round
  }

  /**
   * This server's share of u for one challenge, split anew by randomness that both servers share: what an owner encrypts, and
   * so what its masked answers decrypt to, never repeats.
   */
  share(exchange: number): Float64Array {
    const { trainRows } = this.#plan
    this.#own ??= freshResidues(this.#random, trainRows)
    const share = this.#own.slice()
    const split = this.#common('split', exchange, trainRows)
    if (this.#membership.name === PLATFORM) addInto(share, split)
    else subtractInto(share, split)
    return share
  }

  /**
   * Uniform places among the exchanges that begin with totals, one for each challenge and one for the set-up: those whose random
   * keys are smallest. Levels below the first ask for columns that are no longer the committed ones, and are no places.
   */
  #draw(): Place[] {
    const total = startsOf(this.#plan)
    const keys = this.#common('places', 0, total)
    const order = Array.from({ length: total }, (_, index) => index).sort((a, b) => keys[a] - keys[b])
    const chosen = new Set(order.slice(0, total - this.#plan.rounds))
    const places: Place[] = []
    let round = 0
    for (let start = 0; start < total; start++) {
      if (chosen.has(start)) places.push({ challenge: true, round, level: 0 })
      else {
        round++
        for (let level = 0; level < levelsOf(this.#plan); level++) {
          places.push({ challenge: false, round, level })
        }
      }
    }
    return places
  }

  /** What P sends and H expects of a provider's change since the first challenge. */
  digest(exchange: number, provider: string, change: Float64Array): string {
    const { suite } = this.#membership
    const about = JSON.stringify(['yinxin challenge 1', this.#plan.run, exchange, provider])
    return Buffer.from(suite.hash(Buffer.from(`${about}\n`), packResidues(change))).toString('hex')
  }

  #common(phase: string, round: number, count: number): Float64Array {
    const { name, suite } = this.#membership
    const secret = this.#membership.pairSecret(name === PLATFORM ? KEY_HOLDER : PLATFORM, 'challenges')
    const { consortium, snapshot, run } = this.#plan
    const label = streamLabel(consortium, { snapshot, run, opening: 'challenge', phase, round })
    return uniformResidues(suite, secret, label, count)
  }
}
