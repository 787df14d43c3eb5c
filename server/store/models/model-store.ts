/** The registry of models: what each was made from, how good it is, who approved it, where it stands, and how it came there. */
import type { JsonObject } from '../rating-store.ts'
import type { ModelEvent } from './model-history.ts'
import type { ModelAction, ModelState } from './model-states.ts'

/** What is registered of a model; it never changes. */
export interface NewModel {
  /** Training run; a run has one model. */
  readonly run: string
  /** Hex digest of the plan that every party signed. */
  readonly planHash: string
  /** Name of the label snapshot, and digest of the roster. */
  readonly labelSnapshot: string
  readonly rosterDigest: string
  /** False where the validation fold refused it. */
  readonly accepted: boolean
  /** Everybody who signed the plan. */
  readonly signers: readonly string[]
  /** Noisy figures of each fold, as the run reported them. */
  readonly metrics: JsonObject
  /** What the run cost. */
  readonly privacy: JsonObject
  /** The model card as JSON text: these bytes are what parties approve. No weight is among it. */
  readonly cardText: string
  /** What nights need of it. */
  readonly night: JsonObject
}

/** A party's signature under the hash of a card. */
export interface ModelApproval {
  readonly party: string
  readonly signature: string
  readonly at: Date
}

export interface RegisteredModel extends NewModel {
  /** 1, 2, 3... in the order of registration. */
  readonly version: number
  readonly state: ModelState
  /** The champion whose place it took. */
  readonly predecessor: number | null
  readonly registeredAt: Date
  /** Hex sha256 of the card's text. */
  readonly cardHash: string
  readonly approvals: readonly ModelApproval[]
}

/** Which models rate, and who is the challenger's to rate. */
export interface Serving {
  readonly champion: RegisteredModel | null
  readonly challenger: RegisteredModel | null
  /** Subjects of a thousand that the challenger rates; 0 without one. */
  readonly share: number
  /** Hex; drawn once for the registry. */
  readonly salt: string
}

export interface ModelChange {
  readonly action: ModelAction
  /** Null for a rollback. */
  readonly version: number | null
  readonly who: string
  /** Parties whose approval a model needs before it is approved or rates anybody. */
  readonly required: (model: RegisteredModel) => readonly string[]
  /** Of a challenger, 1 to 500 of a thousand. */
  readonly share?: number
}

/**
 * Storage of the registry. Every change is one transaction and one or more entries of the history, which is only appended to; changes
 * that are asked for at the same time come one after another, and the second is judged by what the first has left.
 */
export interface ModelStore {
  /**
   * Registers a model as a draft; one whose run is registered already is returned as it stands.
   * @throws ModelRequestInvalid
   */
  register(model: NewModel): Promise<RegisteredModel>
  /**
   * Registers the model of a platform from before the registry as its champion, and names its snapshots after it; nothing happens
   * where the registry has a model. @returns null then
   */
  adopt(model: NewModel): Promise<RegisteredModel | null>
  /** @throws ModelUnknown */
  model(version: number): Promise<RegisteredModel>
  /** All of them, oldest first. */
  models(): Promise<RegisteredModel[]>
  serving(): Promise<Serving>
  /**
   * Keeps a party's approval, once; whether the signature is its own is for the caller to prove.
   * @throws ModelUnknown, ModelNeverApproved, ModelApprovalRefused for a party that did not sign the plan, or another card
   */
  sign(
    version: number,
    approval: { party: string; cardHash: string; signature: string },
  ): Promise<RegisteredModel>
  /**
   * Makes a step. A champion's newest ratings are served from the same transaction on.
   * @returns the model that was changed, with a rollback the one that came back
   * @throws ModelUnknown, ModelStateWrong, ModelNeverApproved, ModelChallengerTaken, ModelNoPredecessor, ModelApprovalsMissing,
   * ModelUnrated, ModelRequestInvalid
   */
  change(change: ModelChange): Promise<RegisteredModel>
  /** The whole history, proven. @throws ModelHistoryBroken */
  history(): Promise<ModelEvent[]>
}
