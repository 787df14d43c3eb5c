import { createError } from '@fastify/error'

/** Errors of issuing and reading rosters. A roster is public among the parties; still, they name lines and no codes. */
export const rosterErrors = {
  RosterPlace: createError(
    'YX_SERVER_ROSTER_PLACE',
    'The configuration of %s names a plain list of codes as its roster. Rule: versions are issued into the place that the platform reads signed rosters from. Mend: write "roster": {"signed": FILE} into the configuration of every node.',
    400,
  ),
  RosterOfRunGone: createError(
    'YX_SERVER_ROSTER_OF_RUN_GONE',
    '%s keeps the roster of run %s no more. Rule: a run is computed again over the roster that it was about. Mend: put that version of the roster file in the place of the present one while you audit.',
    404,
  ),
  RosterUnreadable: createError(
    'YX_SERVER_ROSTER_UNREADABLE',
    'A file of codes or changes cannot be used: %s. Rule: UTF-8, one code or one change a line. Mend: correct the path or the file.',
    400,
  ),
  RosterCodes: createError(
    'YX_SERVER_ROSTER_CODES',
    'No roster was made, because %s lines are refused: %s. Rule: each code once, with its check characters where the consortium uses unified social credit codes and the roster before does not have it; a change is "new CODE DAY", "closed CODE DAY", "merged CODE.. -> CODE DAY" or "renamed CODE -> CODE DAY". Mend: correct these lines.',
    400,
  ),
  RosterUnchanged: createError(
    'YX_SERVER_ROSTER_UNCHANGED',
    'The list has the same codes as roster version %s. Rule: a version is issued where something changed. Mend: nothing to do; check the path of the list if it should differ.',
    409,
  ),
}
