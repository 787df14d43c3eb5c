/** Nights of the platform: one at a time and never beside a run, watched for silent parties, published as one snapshot. */
import {
  federationErrors,
  KEY_HOLDER,
  type NightRatings,
  type NightTotals,
  type PlatformNight,
  type PlatformRole,
  rateNight,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import type { NightModels, VersionedModel } from './kept-model.ts'

const WATCH_MS = 500

export interface NightRequest {
  /** Plan hash of the champion, or its beginning. */
  readonly model?: string
}

/** What the platform says of a night; no vector over the roster is in it. */
export interface NightReport {
  readonly night: string
  readonly planHash: string
  /** Version of the model, and its training run. */
  readonly model: number
  readonly run: string
  readonly at: string
  readonly snapshotId: string
  /** How each department took part, and since when its part is of an earlier day. */
  readonly parts: NightTotals['parts']
  readonly staleSince: string | null
  readonly rated: number
  /** Firms that wait until every department has them. */
  readonly waiting: number
  readonly excluded: number
  readonly publicOnly: number
  readonly listed: number
}

/** Publishes the ratings of a night. */
export interface NightPublisher {
  publishNight(
    model: VersionedModel,
    ratings: NightRatings,
    report: Omit<NightReport, 'snapshotId'>,
  ): Promise<string>
}

/** Which parties are silent. */
interface Silence {
  silent(parties: readonly string[], milliseconds: number): string[]
}

export interface NightServiceParts {
  readonly nights: PlatformNight
  readonly role: Pick<PlatformRole, 'missing'>
  readonly relay: Silence
  readonly models: NightModels
  readonly publisher: NightPublisher
  /** A party that is not heard of for so long is gone, and so is one that does not answer a step for the patience. */
  readonly silenceMs: number
  readonly patienceMs: number
  /** Id of a run in progress. */
  readonly running: () => string | undefined
}

const count = (flags: Uint8Array): number => flags.reduce((sum, one) => sum + one, 0)

export class NightService {
  #parts: NightServiceParts
  #running = false
  /** Of the night in progress. */
  #stop: AbortController | undefined

  constructor(parts: NightServiceParts) {
    this.#parts = parts
  }

  /** True while a night is under way, or what must not be beside one: no run may begin. */
  get running(): boolean {
    return this.#running
  }

  /**
   * Scores the roster and publishes.
   * @throws RunInProgress, NightModelUnknown, NightStopped, and whatever ends the night; the former snapshot then stays
   */
  async night(request: NightRequest): Promise<NightReport> {
    if (this.#parts.running() !== undefined) throw new serverErrors.RunInProgress()
    return this.apart(() => this.#night(request))
  }

  /** Does something beside which there may be no night. @throws RunInProgress while there is one */
  async apart<V>(work: () => Promise<V>): Promise<V> {
    if (this.#running) throw new serverErrors.RunInProgress()
    this.#running = true
    try {
      return await work()
    } finally {
      this.#running = false
    }
  }

  /** Stops the night in progress, unless its totals are open already. @returns false where there is none */
  stop(): boolean {
    this.#stop?.abort(new serverErrors.NightStopped())
    return this.#stop !== undefined
  }

  async #night(request: NightRequest): Promise<NightReport> {
    const { nights, relay, models, silenceMs, patienceMs, role } = this.#parts
    const stop = new AbortController()
    this.#stop = stop
    const watch = setInterval(() => {
      const silent = relay.silent(nights.waitingFor(), silenceMs)
      for (const party of [...silent, ...nights.overdue(patienceMs)]) nights.lost(party)
    }, WATCH_MS)
    try {
      const model = await models.find(request.model)
      const isThere = (party: string) =>
        role.missing([party]).length === 0 && relay.silent([party], silenceMs).length === 0
      if (!isThere(KEY_HOLDER)) throw new federationErrors.PartyLost(KEY_HOLDER, 'the night')
      return await this.#publish(model, await nights.run({ model, isThere, stop: stop.signal }))
    } finally {
      clearInterval(watch)
      this.#stop = undefined
    }
  }

  async #publish(model: VersionedModel, totals: NightTotals): Promise<NightReport> {
    const ratings = rateNight(totals, model.offset, model.targetPd)
    const { night, planHash, at, parts, staleSince } = totals
    const waiting = count(ratings.unrated)
    const report = {
      ...{ night, planHash, model: model.version, run: model.run, at, parts, staleSince, waiting },
      rated: ratings.scores.length - waiting,
      excluded: count(ratings.excluded),
      publicOnly: count(ratings.publicOnly),
      listed: ratings.whitelist.listed,
    }
    return { ...report, snapshotId: await this.#parts.publisher.publishNight(model, ratings, report) }
  }
}
