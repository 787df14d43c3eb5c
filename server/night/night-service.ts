/** Nights of the platform: one at a time and never beside a run, watched for silent parties, published as one snapshot. */
import {
  federationErrors,
  KEY_HOLDER,
  type NightRatings,
  type NightTotals,
  type PlatformNight,
  type PlatformRole,
  rateNight,
  rateSplitNight,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import type { KeptModel, NightModels, VersionedModel } from './kept-model.ts'
import { challengersRows } from './split.ts'

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
  /** The second model of the night: how it was opened, and how many firms have its rating; null without one. */
  readonly challenger:
    | (Pick<NightReport, 'night' | 'planHash' | 'model' | 'run' | 'at' | 'parts'> & {
        readonly rated: number
      })
    | null
}

/** Publishes the ratings of a night. */
export interface NightPublisher {
  /** @param ofChallenger 1 for each row that the challenger rated */
  publishNight(
    model: VersionedModel,
    ratings: NightRatings,
    report: Omit<NightReport, 'snapshotId'>,
    ofChallenger: Uint8Array,
  ): Promise<string>
}

/** Judges whether a model may still be published. */
export interface NightMonitor {
  /** @throws ModelFrozen */
  assertThawed(model: KeptModel): void
  /** @throws ModelFrozen */
  night(
    model: KeptModel,
    night: { readonly night: string; readonly at: string },
    scores: ArrayLike<number>,
  ): Promise<void>
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
  readonly monitor: NightMonitor
  /** A party that is not heard of for so long is gone, and so is one that does not answer a step for the patience. */
  readonly silenceMs: number
  readonly patienceMs: number
  /** Id of a run in progress. */
  readonly running: () => string | undefined
  /** Ids of the roster in force, which does not change beside a night. */
  readonly subjects: () => readonly string[]
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
   * @throws RunInProgress, NightModelUnknown, ModelFrozen, NightStopped, and whatever ends the night; the former snapshot then stays
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
      this.#parts.monitor.assertThawed(model)
      const isThere = (party: string) =>
        role.missing([party]).length === 0 && relay.silent([party], silenceMs).length === 0
      if (!isThere(KEY_HOLDER)) throw new federationErrors.PartyLost(KEY_HOLDER, 'the night')
      const open = (of: VersionedModel, closed?: Uint8Array) =>
        nights.run({ model: of, isThere, stop: stop.signal, ...(closed && { closed }) })
      const challenger = await models.challenger()
      if (!challenger) return await this.#publish(model, await open(model))
      const rows = challengersRows(challenger, this.#parts.subjects())
      // The challenger first: where it cannot be opened, nobody is, and the snapshot before stays.
      const second = await open(
        challenger.model,
        rows.map((its) => 1 - its),
      ).catch((fault) => {
        throw notOpened(challenger.model, fault)
      })
      return await this.#publish(model, await open(model, rows), {
        model: challenger.model,
        night: second,
        rows,
      })
    } finally {
      clearInterval(watch)
      this.#stop = undefined
    }
  }

  async #publish(model: VersionedModel, totals: NightTotals, second?: SecondNight): Promise<NightReport> {
    const { offset, targetPd } = model
    const ratings = second
      ? rateSplitNight(
          { night: totals, offset },
          { night: second.night, offset: second.model.offset },
          second.rows,
          targetPd,
        )
      : rateNight(totals, offset, targetPd)
    const { night, planHash, at, parts } = totals
    const stale = [totals.staleSince, second?.night.staleSince ?? null].flatMap((since) => since ?? []).sort()
    const champions = (row: number) => !ratings.unrated[row] && !second?.rows[row]
    await this.#parts.monitor.night(
      model,
      { night, at },
      ratings.scores.filter((_, row) => champions(row)),
    )
    const waiting = count(ratings.unrated)
    const report = {
      ...{ night, planHash, model: model.version, run: model.run, at, parts, waiting },
      staleSince: stale[0] ?? null,
      rated: ratings.scores.length - waiting,
      excluded: count(ratings.excluded),
      publicOnly: count(ratings.publicOnly),
      listed: ratings.whitelist.listed,
      challenger: second ? aboutSecond(second) : null,
    }
    const rows = second?.rows ?? new Uint8Array(ratings.scores.length)
    return { ...report, snapshotId: await this.#parts.publisher.publishNight(model, ratings, report, rows) }
  }
}

/** What the challenger's opening has shown. */
interface SecondNight {
  readonly model: VersionedModel
  readonly night: NightTotals
  /** 1 for each row that is the challenger's. */
  readonly rows: Uint8Array
}

function aboutSecond({ model, night, rows }: SecondNight): NonNullable<NightReport['challenger']> {
  const { planHash, at, parts, unrated } = night
  return {
    ...{ night: night.night, planHash, model: model.version, run: model.run, at, parts },
    rated: count(rows.map((its, row) => its & (1 - unrated[row]))),
  }
}

/** A second opening that the rules forbid, or that failed, in words that say which model it was; a stop by the operator stays one. */
function notOpened({ version }: VersionedModel, fault: unknown): unknown {
  const { code = '', message } = fault as { code?: string; message: string }
  if (!code.startsWith('YX_') || fault instanceof serverErrors.NightStopped) return fault
  return Object.assign(new serverErrors.ChallengerNotOpened(version, message), { cause: code })
}
