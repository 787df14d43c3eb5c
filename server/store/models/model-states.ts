/** What becomes of a registered model: its states, the steps between them, and which step is allowed when. Pure. */
import { serverErrors } from '../../errors.ts'

export const MODEL_STATES = ['draft', 'approved', 'champion', 'challenger', 'retired'] as const
export type ModelState = (typeof MODEL_STATES)[number]

/** Every step there is. `displace` and `restore` are never asked for: they are halves of a promotion and of a rollback. */
export const STEPS = {
  approve: { from: ['draft'], to: 'approved' },
  challenge: { from: ['approved'], to: 'challenger' },
  promote: { from: ['approved', 'challenger'], to: 'champion' },
  displace: { from: ['champion'], to: 'retired' },
  restore: { from: ['retired'], to: 'champion' },
  retire: { from: ['draft', 'approved', 'challenger'], to: 'retired' },
} as const satisfies Record<string, { readonly from: readonly ModelState[]; readonly to: ModelState }>

export type ModelStep = keyof typeof STEPS
/** What somebody asks for; a rollback names no model. */
export const MODEL_ACTIONS = ['approve', 'challenge', 'promote', 'retire', 'rollback'] as const
export type ModelAction = (typeof MODEL_ACTIONS)[number]

/** What a decision needs to know of a model. */
export interface Standing {
  readonly version: number
  readonly state: ModelState
  /** False where the validation fold refused it. */
  readonly accepted: boolean
  /** The champion whose place it took; null for the first, and before it was one. */
  readonly predecessor: number | null
}

export interface Move {
  readonly version: number
  readonly step: ModelStep
  readonly from: ModelState
  readonly to: ModelState
}

function move({ version, state }: Standing, step: ModelStep): Move {
  const { from, to } = STEPS[step]
  if (!(from as readonly ModelState[]).includes(state))
    throw new serverErrors.ModelStateWrong(version, state, step)
  return { version, step, from: state, to }
}

/**
 * The moves that an action comes to, in the order in which they are made: a champion goes before the next one comes.
 * @param wanted version asked for; a rollback takes the champion's predecessor
 * @throws ModelUnknown, ModelStateWrong, ModelNeverApproved, ModelChallengerTaken, ModelNoPredecessor
 */
export function movesOf(
  action: ModelAction,
  wanted: number | null,
  models: readonly Standing[],
): readonly Move[] {
  const champion = models.find(({ state }) => state === 'champion')
  const find = (version: number | null): Standing => {
    const found = models.find((one) => one.version === version)
    if (!found) throw new serverErrors.ModelUnknown(version)
    return found
  }
  if (action === 'rollback') {
    if (!champion || champion.predecessor === null) throw new serverErrors.ModelNoPredecessor()
    return [move(champion, 'displace'), move(find(champion.predecessor), 'restore')]
  }
  const model = find(wanted)
  if (!model.accepted && action !== 'retire') throw new serverErrors.ModelNeverApproved(model.version)
  const own = move(model, action)
  if (action === 'promote') return champion ? [move(champion, 'displace'), own] : [own]
  const challenger = models.find(({ state }) => state === 'challenger')
  if (action === 'challenge' && challenger) throw new serverErrors.ModelChallengerTaken(challenger.version)
  return [own]
}
