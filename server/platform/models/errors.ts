import { createError } from '@fastify/error'

/** Errors about the registered models and what is proposed for the served one. */
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
  ModelUnknown: createError(
    'YX_SERVER_MODEL_UNKNOWN',
    'The registry has no model of version %s. Rule: versions are 1, 2, 3... in the order of registration. Mend: list them ("yinxin model list").',
    404,
  ),
  ModelStateWrong: createError(
    'YX_SERVER_MODEL_STATE',
    'Model %s is %s, which the step "%s" does not start from. Rule: draft, approved, champion or challenger, retired; the champion leaves by the promotion of another or by a rollback. Mend: see where it stands ("yinxin model list").',
    409,
  ),
  ModelNeverApproved: createError(
    'YX_SERVER_MODEL_NEVER_APPROVED',
    'Model %s cannot be approved: the validation fold refused it. Rule: such a model stays a draft until it is retired. Mend: train another one.',
    409,
  ),
  ModelApprovalsMissing: createError(
    'YX_SERVER_MODEL_APPROVALS_MISSING',
    'Model %s lacks the approval of %s. Rule: a model is approved, and rates, when every party that "models.approvals" of the platform asks for has signed its card. Mend: have them run "yinxin model approve" with the configuration of their node.',
    409,
  ),
  ModelApprovalRefused: createError(
    'YX_SERVER_MODEL_APPROVAL_REFUSED',
    'The approval of %s of model %s was refused: %s. Rule: who signed the plan approves the card of its model, by the hash of the card and with its own key. Mend: fetch the card again and approve that.',
    403,
  ),
  ModelChallengerTaken: createError(
    'YX_SERVER_MODEL_CHALLENGER_TAKEN',
    'Model %s is the challenger. Rule: at most one at a time. Mend: promote or retire it first.',
    409,
  ),
  ChallengerNotOpened: createError(
    'YX_SERVER_MODEL_CHALLENGER_NOT_OPENED',
    'The challenger, model %s, could not be opened tonight, so nothing was published: %s Rule: a second model over the roster is an opening of its own, under the same rule as every other. Mend: mend the cause and start the night again, or retire the challenger ("yinxin model retire"); nights then rate with the champion alone.',
    409,
  ),
  ModelNoPredecessor: createError(
    'YX_SERVER_MODEL_NO_PREDECESSOR',
    'There is no model to go back to. Rule: a rollback brings back the champion that the present one displaced. Mend: promote another model.',
    409,
  ),
  ModelUnrated: createError(
    'YX_SERVER_MODEL_UNRATED',
    'Model %s has rated nobody. Rule: a champion is served from the moment of its promotion, so its ratings are there before. Mend: train it again, which rates the roster.',
    409,
  ),
  ModelRequestInvalid: createError(
    'YX_SERVER_MODEL_REQUEST_INVALID',
    'The registry refused what it was given: %s. Mend: correct the request; nothing was changed.',
    400,
  ),
  ModelFrozen: createError(
    'YX_SERVER_MODEL_FROZEN',
    'The model is frozen since %s: %s. Rule: beyond the limits nothing of it is published until a person decides; what was published before stays. Mend: look at it ("yinxin model monitor"), then promote or train another model, roll back, or accept what was seen.',
    409,
  ),
  ModelNotFrozen: createError(
    'YX_SERVER_MODEL_NOT_FROZEN',
    'The model is not frozen. Rule: there is something to accept only while it is. Mend: nothing.',
    409,
  ),
  ModelHistoryBroken: createError(
    'YX_SERVER_MODEL_HISTORY_BROKEN',
    'The history of the models does not hold at entry %s. Rule: every entry carries the hash of the one before, and the states follow from it. Mend: somebody changed the database by hand; restore it from its backup.',
    500,
  ),
}
