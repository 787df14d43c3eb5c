/** What every store of models refuses alike, before it writes. */
import { createHash } from 'node:crypto'
import { serverErrors } from '../../errors.ts'
import { type Move, movesOf } from './model-states.ts'
import type { ModelChange, NewModel, RegisteredModel } from './model-store.ts'

const HASH = /^[0-9a-f]{64}$/
const MOST_TEXT = 4 * 1024 * 1024
/** Of a thousand subjects; a challenger rates no more than half of them. */
export const MOST_SHARE = 500

export const cardHashOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

/** @throws ModelRequestInvalid */
export function checkNewModel({ run, planHash, cardText, signers }: NewModel): void {
  const refuse = (why: string) => new serverErrors.ModelRequestInvalid(why)
  if (run === '' || run.length > 128 || run.includes('\0'))
    throw refuse('a run has a name of 1 to 128 characters')
  if (!HASH.test(planHash)) throw refuse('a plan hash has 64 hex digits')
  if (signers.length === 0) throw refuse('somebody signed the plan')
  if (cardText.length > MOST_TEXT || cardText.includes('\0')) throw refuse('the card is too long, or no text')
}

/** @throws ModelNeverApproved, ModelApprovalRefused */
export function checkApproval(
  model: RegisteredModel,
  { party, cardHash }: { readonly party: string; readonly cardHash: string },
): void {
  const { version } = model
  if (!model.accepted) throw new serverErrors.ModelNeverApproved(version)
  if (!model.signers.includes(party))
    throw new serverErrors.ModelApprovalRefused(party, version, 'it did not sign the plan of this model')
  if (cardHash !== model.cardHash)
    throw new serverErrors.ModelApprovalRefused(party, version, 'it signed another card')
}

/** Parties whose approval a model still lacks. */
export const missingApprovals = (
  { approvals }: Pick<RegisteredModel, 'approvals'>,
  required: readonly string[],
): string[] => required.filter((name) => !approvals.some(({ party }) => party === name))

/**
 * The moves of a change, where all that it needs is there. A rollback needs no approval: the model was the champion before.
 * @throws what `ModelStore.change` throws, but for ModelUnrated
 */
export function allowedMoves(
  { action, version, required, share }: ModelChange,
  models: readonly RegisteredModel[],
): readonly Move[] {
  const whole = share !== undefined && Number.isInteger(share) && share >= 1 && share <= MOST_SHARE
  if (action === 'challenge' ? !whole : share !== undefined)
    throw new serverErrors.ModelRequestInvalid(
      `a challenger, and nobody else, has a share of 1 to ${MOST_SHARE} subjects of a thousand`,
    )
  const moves = movesOf(action, version, models)
  const model = models.find((one) => one.version === moves.at(-1)?.version) as RegisteredModel
  const missing = ['approve', 'challenge', 'promote'].includes(action)
    ? missingApprovals(model, required(model))
    : []
  if (missing.length > 0) throw new serverErrors.ModelApprovalsMissing(model.version, missing.join(', '))
  return moves
}
