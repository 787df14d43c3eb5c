/** The registry in memory, for tests of what stands on it; passes the same contract as the others. */
import { randomBytes } from 'node:crypto'
import { serverErrors } from '../../errors.ts'
import type { Clock } from '../clock.ts'
import { linkModelEvent, type ModelEvent, type NewModelEvent, verifyModelHistory } from './model-history.ts'
import { allowedMoves, cardHashOf, checkApproval, checkNewModel } from './model-rules.ts'
import type { ModelState } from './model-states.ts'
import type { ModelChange, ModelStore, NewModel, RegisteredModel, Serving } from './model-store.ts'

/** What the registry changes of the ratings. */
export interface RatingsOfModels {
  /** Serves the newest ratings by a model, alone or with the challenger. @returns false where there are none */
  serve(modelVersion: string, challenger: string | null): boolean
  /** Names the snapshots of a run after its model. */
  rename(run: string, modelVersion: string): void
}

export class MemoryModelStore implements ModelStore {
  #clock: Clock
  #ratings: RatingsOfModels
  #models: RegisteredModel[] = []
  #events: ModelEvent[] = []
  #salt = randomBytes(32).toString('hex')
  #share = 0

  constructor(clock: Clock, ratings: RatingsOfModels) {
    this.#clock = clock
    this.#ratings = ratings
  }

  async register(model: NewModel): Promise<RegisteredModel> {
    checkNewModel(model)
    return this.#models.find(({ run }) => run === model.run) ?? this.#add(model, 'draft')
  }

  async adopt(model: NewModel): Promise<RegisteredModel | null> {
    checkNewModel(model)
    if (this.#models.length > 0) return null
    const adopted = this.#add(model, 'champion')
    this.#ratings.rename(model.run, String(adopted.version))
    return adopted
  }

  async model(version: number): Promise<RegisteredModel> {
    const found = this.#models.find((one) => one.version === version)
    if (!found) throw new serverErrors.ModelUnknown(version)
    return found
  }

  async models(): Promise<RegisteredModel[]> {
    return [...this.#models]
  }

  async serving(): Promise<Serving> {
    const of = (state: ModelState) => this.#models.find((one) => one.state === state) ?? null
    return { champion: of('champion'), challenger: of('challenger'), salt: this.#salt, share: this.#share }
  }

  async sign(
    version: number,
    { party, cardHash, signature }: { party: string; cardHash: string; signature: string },
  ): Promise<RegisteredModel> {
    const model = await this.model(version)
    checkApproval(model, { party, cardHash })
    if (model.approvals.some((one) => one.party === party)) return model
    this.#note({ version, kind: 'signed', from: '', to: '', who: party, note: signature })
    const approval = { party, signature, at: this.#clock.now() }
    return this.#set(version, { approvals: [...model.approvals, approval] })
  }

  async change(change: ModelChange): Promise<RegisteredModel> {
    const { action, who, share = 0 } = change
    const moves = allowedMoves(change, this.#models)
    const { version: last, from: before, to: after } = moves[moves.length - 1]
    const left = this.#models.find((one) => one.state === 'challenger' && one.version !== last)
    if (after === 'champion' && !this.#ratings.serve(String(last), left ? String(left.version) : null))
      throw new serverErrors.ModelUnrated(last)
    for (const { version, step, from, to } of moves) {
      this.#set(version, { state: to })
      const note = step === 'challenge' ? `${share} of a thousand` : ''
      this.#note({ version, kind: step, from, to, who, note })
    }
    if (action === 'challenge' || before === 'challenger') this.#share = share
    if (action === 'promote') this.#set(last, { predecessor: moves.length > 1 ? moves[0].version : null })
    return this.model(last)
  }

  async history(): Promise<ModelEvent[]> {
    verifyModelHistory(this.#events, this.#models)
    return [...this.#events]
  }

  #add(model: NewModel, state: ModelState): RegisteredModel {
    const version = this.#models.length + 1
    const registeredAt = this.#clock.now()
    const cardHash = cardHashOf(model.cardText)
    const made = {
      ...structuredClone(model),
      version,
      state,
      predecessor: null,
      registeredAt,
      cardHash,
      approvals: [],
    }
    this.#models.push(made)
    const kind = state === 'draft' ? 'registered' : 'adopted'
    this.#note({ version, kind, from: '', to: state, who: 'platform', note: model.run })
    return made
  }

  #set(version: number, fields: Partial<RegisteredModel>): RegisteredModel {
    const index = this.#models.findIndex((one) => one.version === version)
    this.#models[index] = { ...this.#models[index], ...fields }
    return this.#models[index]
  }

  #note(event: NewModelEvent): void {
    this.#events.push(linkModelEvent(this.#events.at(-1) ?? null, this.#clock.now(), event))
  }
}
