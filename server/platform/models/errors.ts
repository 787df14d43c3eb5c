import { createError } from '@fastify/error'

/** Errors about the served model and what is proposed for it. */
export const modelErrors = {
  ProposalUnknown: createError(
    'YX_SERVER_PROPOSAL_UNKNOWN',
    'There is no such proposal. Rule: a proposal is named as the list of proposals has it. Mend: list them ("yinxin run proposals").',
    404,
  ),
  ProposalClosed: createError(
    'YX_SERVER_PROPOSAL_CLOSED',
    'The proposal %s is %s. Rule: only an open proposal is accepted, once. Mend: list the proposals; start a run of your own if none fits.',
    409,
  ),
  ProviderStillMember: createError(
    'YX_SERVER_PROVIDER_STILL_MEMBER',
    '%s cannot be forgotten: it is a member. Rule: the last vector of a provider is deleted after it was removed. Mend: remove it from the member list first ("yinxin consortium remove").',
    409,
  ),
}
