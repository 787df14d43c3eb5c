/** Phase C at the key holder: its share of the residual, encrypted for each key group; its noisy part of each gradient. */
import {
  addMultipleInto,
  addProductInto,
  type CrossOwnerHandle,
  gather,
  gaussianNoise,
  packResidues,
  type RandomBytes,
  T,
} from '../../../engine/index.ts'
import { gradientsCharge } from '../../charges.ts'
import { federationErrors } from '../../errors.ts'
import { exchangesOf } from '../../exchanges.ts'
import { isLogistic, logisticScaleOf, residualUnit } from '../../logistic-plan.ts'
import { PLATFORM } from '../../members.ts'
import type { Message } from '../../messages/envelope.ts'
import type { Body } from '../../messages/schema.ts'
import { groupsOf } from '../../plan.ts'
import { openGroups, type QueryGroup } from '../../runs/query-group.ts'
import type { KeyHolderChallenges } from './challenges.ts'
import type { KeyHolderRun } from './run.ts'

/** What is kept of the rounds at the end of a step. */
export interface RoundsState {
  /** The last exchange, and the last that was charged for. */
  readonly round: number
  readonly charged: number
}

export class KeyHolderRounds {
  #run: KeyHolderRun
  #challenges: KeyHolderChallenges
  #labelled: Float64Array
  #bad: Float64Array
  #round: number
  #charged: number
  /** The exchange whose queries have left. */
  #asked: number
  /** Groups that have answered. */
  #answered = 0
  #totals: Float64Array = new Float64Array(0)
  /** Of the round that is on; every level of its trees is about it. */
  #residual: Float64Array | undefined
  #cross: CrossOwnerHandle | undefined
  #groups: QueryGroup[] = []

  constructor(run: KeyHolderRun, challenges: KeyHolderChallenges, state?: RoundsState) {
    this.#run = run
    this.#round = this.#asked = state?.round ?? 0
    this.#charged = state?.charged ?? 0
    this.#challenges = challenges
    this.#labelled = gather(run.labelled, run.trainRows)
    this.#bad = gather(run.bad, run.trainRows)
  }

  get state(): RoundsState {
    return { round: this.#round, charged: this.#charged }
  }

  /** Training rounds up to an exchange, where it is the last one and over; otherwise nothing. */
  over(exchange: number): number | undefined {
    const done = this.#asked === this.#round && this.#answered === this.#groups.length
    return done && exchange === this.#round ? this.#challenges.roundsUpTo(exchange) : undefined
  }

  /** True where the exchange works around opened totals; a challenge does as the rounds around it. */
  #isLogistic(exchange: number): boolean {
    return isLogistic(this.#run.plan, this.#challenges.roundsUpTo(exchange - 1) + 1)
  }

  /** C2: the own shares of u and m, encrypted for the platform. Rounds come in order, each once. */
  async start(round: number): Promise<void> {
    const { node, services, plan, secret } = this.#run
    await this.#begin('round.start', round, 0)
    const providers = plan.providers.map(({ name }) => name)
    this.#totals = this.#run.share(providers, 'training', 'totals', round, plan.trainRows)
    this.#cross = await services.engine.crossOwner(plan.trainRows, secret.seed('cross key', round))
    await node.post(PLATFORM, 'round.cross', await this.#encrypt(this.#cross, round), round)
  }

  /** In a logistic round the product of the two goes along: only the platform can multiply it with the row's curvature. */
  async #encrypt(cross: CrossOwnerHandle, exchange: number): Promise<Body<'round.cross'>> {
    if (!this.#isLogistic(exchange))
      return { ...(await cross.encrypt(this.#totals, this.#labelled)), third: new Uint8Array(0) }
    const product = new Float64Array(this.#totals.length)
    addProductInto(product, this.#labelled, this.#totals)
    const {
      publicKey,
      first,
      second,
      third = new Uint8Array(0),
    } = await cross.encrypt(this.#totals, this.#labelled, product)
    return { publicKey, first, second, third }
  }

  /** After C3: the own share of the residual, encrypted for every key group (C4). */
  async crossed(message: Message<'round.crossed'>): Promise<void> {
    const { plan } = this.#run
    if (!this.#cross || message.round !== this.#round) {
      throw new federationErrors.MessageUnexpected(message.type, PLATFORM, 'not asked')
    }
    const residual = await this.#cross.decrypt(message.body.answer)
    await this.#cross.close()
    this.#cross = undefined
    if (this.#isLogistic(this.#round)) {
      // D = m*(q + h*u) - S*y: all but the labels is in the platform's answer.
      addMultipleInto(residual, this.#bad, T - logisticScaleOf(plan).unit)
    } else {
      // D = m*(A + u) - C*y
      addMultipleInto(residual, this.#labelled, plan.scale.a)
      addProductInto(residual, this.#labelled, this.#totals)
      addMultipleInto(residual, this.#bad, T - plan.scale.c)
    }
    this.#residual = residual
    await this.#ask(this.#challenges.has(this.#round) ? this.#challenges.share(this.#round) : residual)
  }

  /** C4 of a deeper level of the trees: the same residual under fresh keys. */
  async startLevel({ round, body }: Message<'round.level'>): Promise<void> {
    const residual = this.#residual
    const known = residual && body.level > 0 && this.#asked === this.#round
    await this.#begin('round.level', known ? round : 0, body.level)
    this.#residual = residual
    await this.#ask(residual as Float64Array)
  }

  /** @throws MessageUnexpected where the exchange is not the next one, or not of that level */
  async #begin(type: 'round.start' | 'round.level', round: number, level: number): Promise<void> {
    const { plan } = this.#run
    const next = round === this.#round + 1 && round <= exchangesOf(plan)
    if (!next || this.#challenges.place(round).level !== level) {
      throw new federationErrors.MessageUnexpected(
        type,
        PLATFORM,
        `round ${round} after round ${this.#round}`,
      )
    }
    await this.close()
    this.#round = round
    this.#challenges.begin(round)
  }

  async #ask(vector: Float64Array): Promise<void> {
    const { node, services, plan, secret } = this.#run
    const groups = groupsOf(plan, this.#challenges.place(this.#round).level)
    const { packing } = plan
    const step = { kind: 'round', round: this.#round, packing, groups, side: 'seenKeyHolder' } as const
    this.#asked = this.#round
    this.#groups = await openGroups(node, services.engine, step, vector, (group) =>
      secret.seed('round key', this.#round, group),
    )
  }

  /**
   * C6: releases its part to every provider of a group, with noise, once all of them answered the same queries; or tells them
   * that they have answered a challenge.
   */
  async takeAnswer(message: Message<'round.answer'>): Promise<void> {
    const { node, plan } = this.#run
    const group = this.#groups[message.body.group]
    // Nothing of it is open any more, as after a restart: everybody has answered.
    const over = this.#groups.length === 0 && this.#asked === this.#round
    if (over && message.round === this.#round && this.#round > 0 && plan.groups[message.body.group])
      throw new federationErrors.SecondAnswer(message.from, `round ${message.round}`)
    if (!group || message.round !== this.#round) {
      throw new federationErrors.MessageUnexpected(
        message.type,
        message.from,
        'no such key group in this round',
      )
    }
    const answers = await group.take(message.from, message.body, `round ${this.#round}`)
    if (!answers) return
    this.#answered++
    const { group: index } = message.body
    if (this.#challenges.has(this.#round)) {
      for (const answer of answers) await this.#challenges.declare(this.#round, index, answer)
      return
    }
    await this.#charge()
    const sd = plan.sigma * residualUnit(plan, this.#challenges.roundsUpTo(this.#round))
    for (const { provider, from, to, values } of answers) {
      const noise = (random: RandomBytes) => gaussianNoise(random, sd, values.length)
      this.#run.addNoise(values, noise, 'gradient noise', this.#round, provider, from, to)
      const part = { group: index, from, to, values: packResidues(values) }
      await node.post(provider, 'round.gradient', part, this.#round)
    }
  }

  /** Once a round, before its first part leaves; not earlier, so that a round takes no longer than a challenge. */
  async #charge(): Promise<void> {
    if (this.#charged === this.#round) return
    this.#charged = this.#round
    await this.#run.charge(gradientsCharge(this.#run.plan, this.#challenges.place(this.#round)))
  }

  async close(): Promise<void> {
    await this.#cross?.close()
    this.#cross = undefined
    for (const group of this.#groups) await group?.close()
    this.#groups = []
    this.#answered = 0
    this.#residual = undefined
  }
}
