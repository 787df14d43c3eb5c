import { createError } from '@fastify/error'

/** Errors about the list of authorised firms. They name versions, dates and lines; never a code that stands on a list. */
export const authorisationErrors = {
  AuthorisationMalformed: createError(
    'YX_FEDERATION_AUTHORISATION_MALFORMED',
    'An authorisation list cannot be read: line %s, %s. Rule: one line of JSON that says what the list is, one code a line, one line of JSON with the signature, UTF-8, LF after each line. Mend: fetch the file again from the operator of the platform, unchanged.',
    400,
  ),
  AuthorisationConsortium: createError(
    'YX_FEDERATION_AUTHORISATION_CONSORTIUM',
    'The authorisation list belongs to the consortium "%s", this party to "%s". Rule: firms authorise one consortium. Mend: use the list that the platform of this consortium issued.',
    400,
  ),
  AuthorisationSignature: createError(
    'YX_FEDERATION_AUTHORISATION_SIGNATURE',
    'The authorisation list is not signed by the platform (%s). Rule: the platform of the member list issues the list and signs it with its member key. Mend: fetch the file again from the operator of the platform; compare the member lists if that does not help.',
    400,
  ),
  AuthorisationChanged: createError(
    'YX_FEDERATION_AUTHORISATION_CHANGED',
    'The codes of the authorisation list are not those that the platform signed (version %s). Rule: nobody changes a list; a change is a new list. Mend: fetch the file again from the operator of the platform.',
    400,
  ),
  AuthorisationOrder: createError(
    'YX_FEDERATION_AUTHORISATION_ORDER',
    'Line %s of the authorisation list is %s. Rule: codes are sorted by their bytes, each there once. Mend: let the platform issue the list again.',
    400,
  ),
  AuthorisationExpired: createError(
    'YX_FEDERATION_AUTHORISATION_EXPIRED',
    'The authorisation list of version %s is valid from %s to %s, not now. Rule: no data are used on an authorisation that is out of time. Mend: let the platform issue a new list; check the clock of this machine.',
    403,
  ),
  AuthorisationPurpose: createError(
    'YX_FEDERATION_AUTHORISATION_PURPOSE',
    'The authorisation list is for the purpose "%s", the run for "%s". Rule: firms authorise one purpose. Mend: let the platform issue a list for the purpose of the run.',
    403,
  ),
  AuthorisationRolledBack: createError(
    'YX_FEDERATION_AUTHORISATION_ROLLED_BACK',
    'The authorisation list is of version %s, this party has accepted version %s before. Rule: a firm that withdrew does not come back through an old list. Mend: fetch the newest list from the operator of the platform.',
    409,
  ),
  AuthorisationForked: createError(
    'YX_FEDERATION_AUTHORISATION_FORKED',
    'There is a second authorisation list of version %s, other than the one this party has accepted. Rule: one list a version. Mend: ask the operator of the platform which of the two holds, and let it issue a list of a higher version.',
    409,
  ),
  AuthorisationDiffers: createError(
    'YX_FEDERATION_AUTHORISATION_DIFFERS',
    '%s holds %s. Rule: all providers of non-public data and the platform use one list. Mend: %s.',
    409,
  ),
  AuthorisationNeeded: createError(
    'YX_FEDERATION_AUTHORISATION_NEEDED',
    '%s takes part only with the data of authorised firms, and the run has no authorisation list. Rule: what one provider of non-public data needs holds for all of them. Mend: let the platform issue a list and name it in its configuration ("authorisation").',
    409,
  ),
}
