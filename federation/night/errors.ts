import { createError } from '@fastify/error'

/** Errors of scoring apart from training. */
export const nightErrors = {
  ModelUnknown: createError(
    'YX_FEDERATION_MODEL_UNKNOWN',
    '%s has no part of the model with plan hash %s. Rule: a night is scored by a model that every party approved and kept. Mend: name a kept model, or train a new one.',
    404,
  ),
  ScoringRefused: createError(
    'YX_FEDERATION_SCORING_REFUSED',
    '%s takes no part in nightly scoring. Rule: its own policy says whether it may score ("night": {"mayScore": true}). Mend: its people change the policy, or the consortium trains a model without it.',
    403,
  ),
  NightRefused: createError(
    'YX_FEDERATION_NIGHT_REFUSED',
    '%s refused %s: %s. Rule: a night names one model, one roster and one set of all its providers, each vector signed for that night alone. Mend: start a new night; if it is refused again, audit the platform.',
    409,
  ),
  NightWithheld: createError(
    'YX_FEDERATION_NIGHT_WITHHELD',
    'The totals are not opened: %s. Rule: no provider of non-public data changes, or at least %s do, and none goes back to an earlier version, because differences of totals would show what one of them changed. Mend: let providers refresh their data on the same day; until then their previous versions stay in.',
    409,
  ),
  NightTooStale: createError(
    'YX_FEDERATION_NIGHT_TOO_STALE',
    '%s has been absent since %s, longer than the %s days for which its last vector may be carried over. Mend: bring it back, or train a model without it.',
    409,
  ),
  NothingToCarry: createError(
    'YX_FEDERATION_NOTHING_TO_CARRY',
    '%s is absent and there is no vector of it to carry over: %s. Mend: start the night again when it is there, or train a model without it.',
    409,
  ),
  NightFileDamaged: createError(
    'YX_FEDERATION_NIGHT_FILE_DAMAGED',
    'What this node kept of earlier nights cannot be read (%s: "%s" in the folder "night" of its state folder). Rule: without it a node cannot say what was opened before, so it takes part in no night, and a copy from a backup would say less than was. Mend: the key holder removes "openings.json" and new models are trained, the platform removes "platform.json", a provider the whole folder and takes new keys.',
    500,
  ),
  NightBookBehind: createError(
    'YX_FEDERATION_NIGHT_BOOK_BEHIND',
    'The book of openings of %s lacks %s, which the ledger says was opened with this model. Rule: an opening is compared with every one before it, so nothing more of a model is opened whose openings are not all known. Mend: put the book back if it is only misplaced, never a copy from a backup; or train a new model.',
    409,
  ),
}
