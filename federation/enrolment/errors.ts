import { createError } from '@fastify/error'

/** Errors about who belongs to a consortium: the member list, tokens and requests. They never carry a secret or a key. */
export const enrolmentErrors = {
  MemberListMalformed: createError(
    'YX_FEDERATION_MEMBER_LIST_MALFORMED',
    "A member list cannot be read: %s. Rule: as the consortium's office signed it, each name and each key once. Mend: fetch the list again from the platform or the office, unchanged.",
    400,
  ),
  MemberListForeign: createError(
    'YX_FEDERATION_MEMBER_LIST_FOREIGN',
    'The member list belongs to the consortium %s, this party to %s. Rule: a node keeps the consortium it was enrolled in. Mend: use the list of this consortium.',
    400,
  ),
  MemberListSignature: createError(
    'YX_FEDERATION_MEMBER_LIST_SIGNATURE',
    "Version %s of the member list is not signed by the root key that this party has pinned. Rule: only the consortium's office says who is a member. Mend: fetch the list again; if that does not help, compare the fingerprint of the root with the office by telephone, and trust nobody until it agrees.",
    400,
  ),
  MemberListRolledBack: createError(
    'YX_FEDERATION_MEMBER_LIST_ROLLED_BACK',
    'The member list is of version %s, this party has accepted version %s before. Rule: a member that was removed, or a key that was replaced, does not come back through an old list. Mend: fetch the newest list from the office.',
    409,
  ),
  MemberListForked: createError(
    'YX_FEDERATION_MEMBER_LIST_FORKED',
    'There is a second member list of version %s, other than the one this party has accepted. Rule: one list a version. Mend: ask the office which of the two holds; it issues a list of a higher version.',
    409,
  ),
  MemberListBehind: createError(
    'YX_FEDERATION_MEMBER_LIST_BEHIND',
    'A run is opened under version %s of the member list, this party has versions %s. Rule: all parties of a run use one list. Mend: see whether this node can fetch the list from the platform (its log says so), then start a new run.',
    409,
  ),
  TokenMalformed: createError(
    'YX_FEDERATION_TOKEN_MALFORMED',
    'The enrolment token cannot be used: %s. Rule: the whole text that the office printed, from "yxi1" to its last character. Mend: copy it again; if it came damaged, ask the office for a new one.',
    400,
  ),
  TokenExpired: createError(
    'YX_FEDERATION_TOKEN_EXPIRED',
    'The enrolment token of %s was good until %s. Rule: a token is used in time, so that a lost one is soon worth nothing. Mend: check the clock of this machine; ask the office for a new token.',
    403,
  ),
  EnrolmentMalformed: createError(
    'YX_FEDERATION_ENROLMENT_MALFORMED',
    'A request to the office cannot be read: %s. Rule: as "yinxin enrol" or "yinxin rotate" wrote it. Mend: let the member send the file again, unchanged.',
    400,
  ),
  EnrolmentUnknown: createError(
    'YX_FEDERATION_ENROLMENT_UNKNOWN',
    'The office issued no token for this request of %s. Rule: nobody is enrolled without an invitation of this office. Mend: invite the member with "yinxin consortium invite".',
    403,
  ),
  EnrolmentUsed: createError(
    'YX_FEDERATION_ENROLMENT_USED',
    'The token of %s was used before. Rule: one token, one enrolment. Mend: if the member did not enrol itself, somebody else had its token: remove the member, find out who, and invite it anew.',
    409,
  ),
  EnrolmentMac: createError(
    'YX_FEDERATION_ENROLMENT_MAC',
    'The request in the name of %s was not made with the secret of its token, or was changed on the way. Rule: only the holder of a token enrols under its name. Mend: let the member send the file again by another way; keep this one and find out who changed it.',
    403,
  ),
  EnrolmentDiffers: createError(
    'YX_FEDERATION_ENROLMENT_DIFFERS',
    'The request says %s, the invitation says %s. Rule: a member enrols under the name and role that it was invited for. Mend: invite it for what it is to be.',
    403,
  ),
  EnrolmentProof: createError(
    'YX_FEDERATION_ENROLMENT_PROOF',
    'The request in the name of %s does not prove that its sender holds the keys: %s. Rule: new keys sign the request; keys that replace others are vouched for by the ones they replace. Mend: let the member send the file again; if its present keys are lost, remove it and invite it anew.',
    403,
  ),
}
