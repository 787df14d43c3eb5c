/**
 * Logistic rounds of a plan (protocol.md sections 2 and 8): the last rounds of the training, which expand the loss around the
 * training rows' totals instead of around zero. Those totals are opened to the platform once or twice, at rounds that
 * follow from the plan, so that everybody who takes part in an opening can tell when it is due.
 */
import {
  assertLogisticInRange,
  type LogisticScale,
  logisticScale,
  type ResidualScale,
} from '../engine/index.ts'
import type { StepScale } from '../models/index.ts'
import { federationErrors } from './errors.ts'

/** Openings of a run at most. */
const MAX_OPENINGS = 2
/**
 * An expansion holds near the totals that were opened. Measured at 1 % bads: four rounds from one opening bring the test AUC up,
 * eight from one bring it down again (0.9505, 0.9532, 0.9494), eight from two do not (0.9550).
 */
const ROUNDS_AN_OPENING = 4
export const MAX_LOGISTIC_ROUNDS = MAX_OPENINGS * ROUNDS_AN_OPENING
/** The totals that are opened first must say something. */
const LEAST_LINEAR_ROUNDS = 2

export interface LogisticPlan {
  /** Of the plan's rounds, the last ones. */
  readonly rounds: number
  /** How often the totals of the training rows are opened. */
  readonly openings: number
}

/** What of a plan its rounds follow from. */
interface Rounds {
  readonly rounds: number
  readonly logistic: LogisticPlan | null
}

interface Scaled {
  readonly scale: ResidualScale
}

/**
 * @param wanted logistic rounds, 0 for none
 * @param total rounds of the plan, all of them
 */
export function logisticPlan(wanted: number, total: number): LogisticPlan | null {
  const rounds = Math.min(wanted, total - LEAST_LINEAR_ROUNDS)
  return rounds < 1 ? null : { rounds, openings: Math.ceil(rounds / ROUNDS_AN_OPENING) }
}

const linearRounds = ({ rounds, logistic }: Rounds): number => rounds - (logistic?.rounds ?? 0)

/** True for a training round (from 1) that is a logistic one. */
export const isLogistic = (plan: Rounds, round: number): boolean =>
  plan.logistic !== null && round > linearRounds(plan)

/** For each opening the number of training rounds after which it comes. */
export function openingRounds(plan: Rounds): number[] {
  const { rounds, openings } = plan.logistic ?? { rounds: 0, openings: 0 }
  const each = Math.ceil(rounds / openings)
  return Array.from({ length: openings }, (_, index) => linearRounds(plan) + index * each)
}

/** Scales of the plan's logistic rounds. */
export const logisticScaleOf = ({ scale }: Scaled): LogisticScale => logisticScale(scale.p0)

/** What one default weighs in the residual of a training round: noise is counted in it. */
export const residualUnit = (plan: Rounds & Scaled, round: number): number =>
  isLogistic(plan, round) ? logisticScaleOf(plan).unit : plan.scale.c

/** How a provider scales the gradient of a training round; undefined for a linear one. */
export function stepScaleOf(plan: Rounds & Scaled, round: number): StepScale | undefined {
  if (!isLogistic(plan, round)) return undefined
  const { gradient, ratio } = logisticScaleOf(plan)
  return { unit: gradient, ratio, levelled: true }
}

/** @throws PlanLimit, OutOfRange */
export function checkLogistic(
  plan: Rounds &
    Scaled & {
      readonly providers: readonly unknown[]
      readonly labelled: number
      readonly bads: number
      readonly sigma: number
    },
): void {
  const { logistic, scale, providers, labelled, bads, sigma } = plan
  if (!logistic) return
  const { rounds, openings } = logistic
  if (!(openings >= 1 && openings <= MAX_OPENINGS))
    throw new federationErrors.PlanLimit(
      `${openings} openings of the training totals`,
      `1 to ${MAX_OPENINGS} for logistic rounds`,
    )
  const fits = rounds >= openings && rounds <= openings * ROUNDS_AN_OPENING
  if (!fits || linearRounds(plan) < LEAST_LINEAR_ROUNDS)
    throw new federationErrors.PlanLimit(
      `${rounds} logistic rounds of ${plan.rounds}`,
      `1 to ${ROUNDS_AN_OPENING} of them an opening, after at least ${LEAST_LINEAR_ROUNDS} linear ones`,
    )
  assertLogisticInRange(logisticScale(scale.p0), {
    providers: providers.length,
    labels: labelled,
    bads,
    sigma,
  })
}
