import { createError } from '@fastify/error'

/** Errors about signed rosters. A roster is public among the parties, so they name codes where one is at fault. */
export const rosterErrors = {
  RosterMalformed: createError(
    'YX_FEDERATION_ROSTER_MALFORMED',
    'A roster cannot be read: line %s, %s. Rule: one line of JSON that says what the roster is, one change a line, one code a line in order, one line of JSON with the signature, UTF-8, LF after each line. Mend: fetch the file again from the operator of the platform, unchanged; where the configuration names a plain list of codes, write its path alone.',
    400,
  ),
  RosterConsortium: createError(
    'YX_FEDERATION_ROSTER_CONSORTIUM',
    'The roster belongs to the consortium "%s", this party to "%s". Rule: a roster is of one consortium. Mend: use the roster that the platform of this consortium issued.',
    400,
  ),
  RosterSignature: createError(
    'YX_FEDERATION_ROSTER_SIGNATURE',
    'The roster is not signed by the platform (%s). Rule: the platform of the member list issues the roster and signs it with its member key. Mend: fetch the file again from the operator of the platform; compare the member lists if that does not help.',
    400,
  ),
  RosterAltered: createError(
    'YX_FEDERATION_ROSTER_ALTERED',
    'The lines of the roster are not those that the platform signed (version %s). Rule: nobody changes a roster; a change is a new version. Mend: fetch the file again from the operator of the platform.',
    400,
  ),
  RosterChanges: createError(
    'YX_FEDERATION_ROSTER_CHANGES',
    'The changes of roster version %s do not hold: %s. Rule: every code that comes or goes is explained by one line, "new CODE DAY", "closed CODE DAY", "merged CODE.. -> CODE DAY" or "renamed CODE -> CODE DAY". Mend: correct these lines; "yinxin roster diff" prints what has to be explained.',
    400,
  ),
  RosterUnfollowed: createError(
    'YX_FEDERATION_ROSTER_UNFOLLOWED',
    'The roster of version %s does not follow from version %s, which this party has accepted: %s. Rule: each version is the one before and its changes. Mend: ask the operator of the platform which versions hold; it issues the next one from the newest that was given out.',
    409,
  ),
  RosterRolledBack: createError(
    'YX_FEDERATION_ROSTER_ROLLED_BACK',
    'The roster is of version %s, this party has accepted version %s before. Rule: versions rise. Mend: fetch the newest roster from the operator of the platform.',
    409,
  ),
  RosterForked: createError(
    'YX_FEDERATION_ROSTER_FORKED',
    'There is a second roster of version %s, other than the one this party has accepted. Rule: one roster a version. Mend: ask the operator of the platform which of the two holds, and let it issue a higher version.',
    409,
  ),
}
