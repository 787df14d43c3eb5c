/**
 * Watches the model that rates: scores of every night against those of its publication, and outcomes where a run brought newer
 * labels. Beyond the limits it freezes the model: no night of it is published, the former snapshot stays, until a person
 * decides. Kept in the platform's state folder as `monitor.json`, so that a restart thaws nothing.
 */
import { join } from 'node:path'
import type { Clock } from '../../../federation/index.ts'
import {
  type DriftState,
  type ModelCard,
  type OutcomeDrift,
  outcomeDrift,
  scoreDrift,
  type Tenths,
} from '../../../models/index.ts'
import { serverErrors } from '../../errors.ts'
import type { KeptModel } from '../../night/kept-model.ts'
import { readIfThere, replaceFile } from '../../state/durable-file.ts'

export interface WatchedNight {
  readonly night: string
  /** ISO 8601. */
  readonly at: string
  readonly index: number
  readonly state: DriftState
}

export interface ModelWatch {
  readonly planHash: string
  /** The worst of the last night and the last outcomes; `frozen` until a person decides; `unknown` before there is anything to say. */
  readonly state: DriftState | 'frozen' | 'unknown'
  /** What the nights are compared with: the population of the publication, or one that a person has accepted since. */
  readonly reference: Tenths | null
  /** Newest last. */
  readonly nights: readonly WatchedNight[]
  readonly outcomes: (OutcomeDrift & { readonly run: string; readonly at: string }) | null
  readonly frozen: {
    readonly since: string
    readonly why: string
    readonly firms: readonly number[] | null
  } | null
  /** Decisions of people to go on, newest last. */
  readonly decisions: readonly { readonly at: string; readonly note: string; readonly why: string }[]
}

const FILE = 'monitor.json'
const MOST_NIGHTS = 100
const WORST: readonly DriftState[] = ['ok', 'watch', 'act']

const nothing = (planHash: string): ModelWatch => ({
  ...{ planHash, state: 'unknown', reference: null, nights: [], outcomes: null, frozen: null, decisions: [] },
})

const worst = (states: readonly DriftState[]): DriftState | 'unknown' =>
  states.length === 0 ? 'unknown' : WORST[Math.max(...states.map((state) => WORST.indexOf(state)))]

function judged(watch: ModelWatch): ModelWatch {
  const night = watch.nights.at(-1)
  const states = [
    ...(night ? [night.state] : []),
    ...(watch.outcomes ? [watch.outcomes.ks, watch.outcomes.calibration] : []),
  ]
  return { ...watch, state: watch.frozen ? 'frozen' : worst(states) }
}

export class ModelMonitor {
  #file: string
  #clock: Clock
  #watch: ModelWatch | null

  private constructor(file: string, clock: Clock, watch: ModelWatch | null) {
    this.#file = file
    this.#clock = clock
    this.#watch = watch
  }

  /** @throws NodeFileUnreadable for a damaged file */
  static async open(state: string, clock: Clock): Promise<ModelMonitor> {
    const file = join(state, FILE)
    const text = await readIfThere(file)
    try {
      return new ModelMonitor(file, clock, text === null ? null : (JSON.parse(text) as ModelWatch))
    } catch {
      throw new serverErrors.NodeFileUnreadable(FILE)
    }
  }

  /** Of the model that was watched last; null before the first. */
  get watch(): ModelWatch | null {
    return this.#watch
  }

  /** Another model rates from here on; the same one again is watched on. */
  async champion({ planHash }: Pick<KeptModel, 'planHash'>): Promise<void> {
    if (this.#watch?.planHash !== planHash) await this.#keep(nothing(planHash))
  }

  /** Before a night, so that nothing is opened for nothing. @throws ModelFrozen */
  assertThawed({ planHash }: Pick<KeptModel, 'planHash'>): void {
    const { frozen } = this.#of(planHash)
    if (frozen) throw new serverErrors.ModelFrozen(frozen.since, frozen.why)
  }

  /**
   * Judges the scores of a night before they are published.
   * @param scores of the firms that have one
   * @throws ModelFrozen
   */
  async night(
    model: Pick<KeptModel, 'planHash' | 'card'>,
    night: { readonly night: string; readonly at: string },
    scores: ArrayLike<number>,
  ): Promise<void> {
    const watch = this.#of(model.planHash)
    const reference = watch.reference ?? (model.card as Partial<ModelCard>).scores?.tenths ?? null
    // The card of an older platform holds no distribution: nothing to compare with.
    if (!reference) return
    const { index, state, firms } = scoreDrift(reference, scores)
    const nights = [...watch.nights, { ...night, index, state }].slice(-MOST_NIGHTS)
    const frozen =
      state === 'act'
        ? this.#freeze(`its scores have moved: stability index ${index.toFixed(3)}, above 0.25`, firms)
        : null
    await this.#keep({ ...watch, reference, nights, frozen })
    this.assertThawed(model)
  }

  /** Compares the model in service with a run on newer labels. */
  async outcomes(
    model: Pick<KeptModel, 'planHash' | 'card'>,
    run: string,
    card: Pick<ModelCard, 'metrics' | 'countSd'>,
  ): Promise<void> {
    const before = model.card as Partial<ModelCard>
    if (!before.metrics || before.countSd === undefined) return
    const drift = outcomeDrift({ metrics: before.metrics, countSd: before.countSd }, card)
    const watch = this.#of(model.planHash)
    const frozen =
      drift.ks === 'act'
        ? this.#freeze(`KS has dropped by ${drift.ksDrop.toFixed(3)}, more than 0.10, on newer labels`, null)
        : watch.frozen
    await this.#keep({ ...watch, outcomes: { ...drift, run, at: this.#now() }, frozen })
  }

  /**
   * A person has looked and goes on: the population of the night that froze the model is the reference from here on.
   * @throws ModelNotFrozen
   */
  async accept(note: string): Promise<ModelWatch> {
    const watch = this.#watch
    if (!watch?.frozen) throw new serverErrors.ModelNotFrozen()
    const { why, firms } = watch.frozen
    const reference = firms && watch.reference ? { edges: watch.reference.edges, firms } : watch.reference
    await this.#keep({
      ...watch,
      ...{ frozen: null, reference },
      // What was decided on is not held against the model again.
      outcomes: firms ? watch.outcomes : null,
      nights: firms ? watch.nights.slice(0, -1) : watch.nights,
      decisions: [...watch.decisions, { at: this.#now(), note, why }],
    })
    return this.#watch as unknown as ModelWatch
  }

  #of(planHash: string): ModelWatch {
    return this.#watch?.planHash === planHash ? this.#watch : nothing(planHash)
  }

  #freeze(why: string, firms: readonly number[] | null): NonNullable<ModelWatch['frozen']> {
    return { since: this.#now(), why, firms }
  }

  #now(): string {
    return this.#clock.now().toISOString()
  }

  async #keep(watch: ModelWatch): Promise<void> {
    const next = judged(watch)
    await replaceFile(this.#file, JSON.stringify(next, null, 2))
    this.#watch = next
  }
}
