import { createError } from '@fastify/error'

/** Errors of the key holder's backup. Texts name files, lines and sets, never a share. */
export const keyHolderErrors = {
  ShareNumbers: createError(
    'YX_SERVER_USAGE_SHARES',
    'The numbers of shares do not fit together. Rule: %s <= threshold <= shares <= %s, whole numbers. Mend: correct --shares and --threshold.',
    400,
  ),
  SharesDamaged: createError(
    'YX_SERVER_KEY_SHARES_DAMAGED',
    'Not what was written as shares of a secret: %s. Rule: every numbered line carries a check, and the heading says what they hold. Mend: compare those lines with the paper, or ask another custodian.',
    422,
  ),
  SharesMixed: createError(
    'YX_SERVER_KEY_SHARES_MIXED',
    'Shares of different sets cannot be joined: %s beside %s. Rule: all files come of one backup. Mend: leave those out and take shares of that set.',
    422,
  ),
  ShareTwice: createError(
    'YX_SERVER_KEY_SHARE_TWICE',
    'The file %s holds the same share as %s. Rule: each file is of another custodian. Mend: leave one out and add another share.',
    422,
  ),
  SharesTooFew: createError(
    'YX_SERVER_KEY_SHARES_TOO_FEW',
    '%s shares were given; this set needs %s. Rule: fewer say nothing about the secret. Mend: ask further custodians.',
    422,
  ),
  KeysDiffer: createError(
    'YX_SERVER_KEYS_DIFFER',
    'The private keys of %s are not those of the public keys that they should belong to. Rule: keys are taken only if they sign and agree under them. Mend: use the identity of this member, or shares of another set.',
    422,
  ),
}
