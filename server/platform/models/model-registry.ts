/**
 * The platform's side of the registry: models of runs come in as drafts, the consortium's settings and its parties decide what becomes
 * of them, and whoever is champion rates.
 */
import { serverErrors } from '../../errors.ts'
import type { Challenger, KeptModel, NightModels, VersionedModel } from '../../night/kept-model.ts'
import {
  type ModelAction,
  type ModelStore,
  missingApprovals,
  type NewModel,
  type RegisteredModel,
} from '../../store/index.ts'

/** What a consortium asks for before a model rates anybody. */
export interface RegistryRules {
  /** Who must have approved the card: nobody, all that signed the plan, or the parties named. */
  readonly approvals: 'none' | 'all' | readonly string[]
  /** Whether an accepted model that needs no approval is the champion at once, or waits for the operator. */
  readonly promotion: 'automatic' | 'operator'
}

export interface ChangeRequest {
  readonly action: ModelAction
  readonly version?: number
  readonly share?: number
}

/** The operator of the platform, and its settings. */
const PLATFORM = 'platform'

export class ModelRegistry implements NightModels {
  /** Called with every new champion, in the turn of its promotion. */
  onChampion: (model: RegisteredModel) => Promise<void> = async () => {}
  #models: ModelStore
  #rules: RegistryRules

  constructor(models: ModelStore, rules: RegistryRules) {
    this.#models = models
    this.#rules = rules
  }

  get store(): ModelStore {
    return this.#models
  }

  /** Parties whose approval a model needs. */
  requiredOf({ signers }: Pick<RegisteredModel, 'signers'>): readonly string[] {
    const { approvals } = this.#rules
    if (approvals === 'none') return []
    return approvals === 'all' ? signers : approvals
  }

  register(model: NewModel): Promise<RegisteredModel> {
    return this.#models.register(model)
  }

  /**
   * Takes every step of a model that the settings allow by themselves: a draft that lacks no approval is approved, and where
   * promotion is automatic an approved model is the champion. Asked again it does what is left.
   * @throws ModelUnrated
   */
  async settle(version: number): Promise<RegisteredModel> {
    const model = await this.#approveReady(version)
    const automatic = this.#rules.promotion === 'automatic'
    return model.state === 'approved' && automatic ? this.change({ action: 'promote', version }) : model
  }

  async #approveReady(version: number): Promise<RegisteredModel> {
    const model = await this.#models.model(version)
    const ready = model.accepted && missingApprovals(model, this.requiredOf(model)).length === 0
    return model.state === 'draft' && ready ? this.change({ action: 'approve', version }) : model
  }

  /** Makes a step in the operator's name. @throws what `ModelStore.change` throws */
  async change({ action, version, share }: ChangeRequest): Promise<RegisteredModel> {
    const model = await this.#models.change({
      ...{ action, version: version ?? null, who: PLATFORM },
      required: (of) => this.requiredOf(of),
      ...(share !== undefined && { share }),
    })
    if (model.state === 'champion') await this.onChampion(model)
    return model
  }

  /**
   * Keeps a party's approval, whose signature has been proven; the last one that is asked for approves a draft. No party makes a
   * champion by it: who rates changes only when a run is published or the operator says so.
   */
  async sign(
    version: number,
    approval: { party: string; cardHash: string; signature: string },
  ): Promise<RegisteredModel> {
    await this.#models.sign(version, approval)
    return this.#approveReady(version)
  }

  async find(planHash = ''): Promise<VersionedModel> {
    const { champion } = await this.#models.serving()
    const kept = champion && keptOf(champion)
    if (!kept?.planHash.startsWith(planHash))
      throw new serverErrors.NightModelUnknown(kept?.planHash ?? 'none')
    return kept
  }

  async challenger(): Promise<Challenger | null> {
    const { challenger, salt, share } = await this.#models.serving()
    const model = challenger && keptOf(challenger)
    return model && { model, salt, share }
  }
}

/** What nights need of a model; null for one of an older platform that kept nothing of it. */
export function keptOf({ night, version }: RegisteredModel): VersionedModel | null {
  return 'plan' in night ? { ...(night as unknown as KeptModel), version } : null
}
