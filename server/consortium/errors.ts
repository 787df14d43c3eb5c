import { createError } from '@fastify/error'

/** Errors of the consortium's office and of enrolment. They never carry a token, a secret or a key. */
export const consortiumErrors = {
  OfficeMissing: createError(
    'YX_SERVER_OFFICE_MISSING',
    'There is no office of a consortium in %s. Rule: "yinxin consortium init FOLDER" makes one, and every other command names it with --office. Mend: name the folder, or make the office first.',
    404,
  ),
  MemberRefused: createError(
    'YX_SERVER_MEMBER_REFUSED',
    '%s cannot be invited: %s. Rule: letters, digits, ".", "_" and "-", at most 64; the platform is called platform, the key holder keyholder; one member a name. Mend: choose another name, or remove the member first.',
    400,
  ),
  MemberUnknown: createError(
    'YX_SERVER_MEMBER_UNKNOWN',
    '%s is not on the member list. Rule: only members have certificates and can be removed. Mend: see "yinxin consortium list".',
    404,
  ),
  AuthorityDiffers: createError(
    'YX_SERVER_AUTHORITY_DIFFERS',
    'The platform shows another certificate authority than the token names. Rule: a member speaks to the platform of its office only. Mend: check the address of the platform with the office; if it is right, somebody stands in between: enrol with --offline and tell the office.',
    403,
  ),
  EnrolmentAnswer: createError(
    'YX_SERVER_ENROLMENT_ANSWER',
    'The answer of the office cannot be used: %s. Rule: the list and the certificate that the office made for the keys of this folder. Mend: fetch the file again from the office; "yinxin consortium renew" makes it anew.',
    400,
  ),
  EnrolmentPending: createError(
    'YX_SERVER_ENROLMENT_PENDING',
    'The office has not admitted %s within %s minutes. Rule: a person at the office looks at each request. Mend: ask the office to run "yinxin consortium admit --from-platform", then run the same command again; it goes on where it was.',
    504,
  ),
  EnrolmentTaken: createError(
    'YX_SERVER_ENROLMENT_TAKEN',
    'Another request lies at the platform under the same token. Rule: one token, one request. Mend: enrol again from the folder that made the first one; if that was not you, tell the office.',
    409,
  ),
  EnrolmentRefused: createError(
    'YX_SERVER_ENROLMENT_REFUSED',
    'The platform refused a request about enrolment with HTTP status %s (%s). Mend: read the platform log of the same second.',
    502,
  ),
  OfficeRefused: createError(
    'YX_SERVER_OFFICE_REFUSED',
    'A request in the name of the office was refused: its signature or time is not acceptable. Rule: signed with the root key of this consortium, within a minute. Mend: check the clock and the folder of the office.',
    401,
  ),
}
