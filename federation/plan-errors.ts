import { createError } from '@fastify/error'

/** Errors of a plan that was signed, or should have been. */
export const planErrors = {
  PlanChanged: createError(
    'YX_FEDERATION_PLAN_CHANGED',
    'The run plan that %s holds is not the one that was signed: %s. Rule: every party signs one text, byte for byte, and works under no other. Mend: audit the platform and compare "yinxin provider log" of the parties, then start a new run.',
    409,
  ),
  PlanUnsigned: createError(
    'YX_FEDERATION_PLAN_UNSIGNED',
    'The run plan was not signed by every party: %s. Rule: each label holder, each provider and the key holder signs before anything of the plan is released. Mend: ask that party for its decision, then start a new run; audit the platform, which went on without it.',
    409,
  ),
  PlanExpired: createError(
    'YX_FEDERATION_PLAN_EXPIRED',
    'The run plan expired at %s. Rule: nothing is approved or released after that moment. Mend: start a new run; decide on its plan in time, and compare the clocks of the parties.',
    409,
  ),
  NodeLogTampered: createError(
    'YX_FEDERATION_NODE_LOG_TAMPERED',
    "Entry %s of this node's log does not follow from the one before it. Rule: a chain of hashes from the first entry on. Mend: keep the file as it is for an auditor, and move it away so that the node begins a new one.",
    500,
  ),
  NodeLogTruncated: createError(
    'YX_FEDERATION_NODE_LOG_TRUNCATED',
    "This node's log has %s entries and does not contain the head of %s entries that was written down. Rule: entries are added and never taken away. Mend: find out who cut or replaced the file; keep it for an auditor.",
    500,
  ),
}
