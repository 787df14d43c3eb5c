/** What the operator's port says of a registered model. */
import type { JsonObject, ModelState, RegisteredModel } from '../../store/index.ts'

export interface ModelSummary {
  readonly version: number
  readonly state: ModelState
  readonly run: string
  readonly planHash: string
  readonly labelSnapshot: string
  readonly rosterDigest: string
  /** False where the validation fold refused it. */
  readonly accepted: boolean
  /** ISO 8601. */
  readonly registeredAt: string
  /** The champion whose place it took. */
  readonly predecessor: number | null
  readonly cardHash: string
  readonly metrics: JsonObject
  readonly privacy: JsonObject
  readonly signers: readonly string[]
  readonly required: readonly string[]
  readonly approvals: readonly { readonly party: string; readonly at: string; readonly signature: string }[]
}

/** One model with its card, byte for byte as parties approve it. */
export interface ModelWithCard extends ModelSummary {
  readonly cardText: string
}

export function summaryOf(model: RegisteredModel, required: readonly string[]): ModelSummary {
  const { version, state, run, planHash, labelSnapshot, rosterDigest, accepted, predecessor, cardHash } =
    model
  const { metrics, privacy, signers, approvals } = model
  return {
    ...{ version, state, run, planHash, labelSnapshot, rosterDigest, accepted, predecessor, cardHash },
    ...{ metrics, privacy, signers, required, registeredAt: model.registeredAt.toISOString() },
    approvals: approvals.map(({ party, signature, at }) => ({ party, at: at.toISOString(), signature })),
  }
}
