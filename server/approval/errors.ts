import { createError } from '@fastify/error'

/** What is wrong with a decision on a plan. */
export const approvalErrors = {
  PlanUnknown: createError(
    'YX_SERVER_USAGE_PLAN_UNKNOWN',
    'There is no one plan to decide on: %s. Rule: a plan is named by the beginning of its hash. Mend: list the plans of this node with "plans CONFIG".',
    404,
  ),
  PlanDecided: createError(
    'YX_SERVER_USAGE_PLAN_DECIDED',
    'Plan %s is %s. Rule: a plan is decided once, while its run waits for it. Mend: nothing to do; a new run has a new plan.',
    409,
  ),
}
