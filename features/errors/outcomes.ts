import { createError } from '@fastify/error'

/** Errors of features/outcomes. */
export const outcomesErrors = {
  OutcomeDefinitionInvalid: createError(
    'YX_FEATURES_OUTCOME_DEFINITION_INVALID',
    'The definition of good and bad, field "%s": %s. Rule: %s. Mend: correct this field below "loans" in the configuration.',
    400,
  ),
  OutcomeOneClass: createError(
    'YX_FEATURES_OUTCOME_ONE_CLASS',
    'The loans give %s good and %s bad enterprises on the roster. Rule: a label snapshot holds at least one of each. Mend: widen bookedFrom and bookedTo, or mend the records that "yinxin label-holder check" says are left out.',
    400,
  ),
  LabelSnapshotChanged: createError(
    'YX_FEATURES_LABEL_SNAPSHOT_CHANGED',
    '%s: %s. Rule: a frozen label snapshot never changes, and is used with the definition it was frozen by. Mend: put back the two files as they were written, or run "yinxin label-holder snapshot" and name the new file as "labels".',
    400,
  ),
  LabelSnapshotInvalid: createError(
    'YX_FEATURES_LABEL_SNAPSHOT_INVALID',
    '%s cannot be used as the record of a label snapshot (%s). Rule: beside labels-DATE.csv stands labels-DATE.json, both written by "yinxin label-holder snapshot". Mend: put the file back, or freeze the labels again.',
    400,
  ),
  LabelSnapshotUnwritable: createError(
    'YX_FEATURES_LABEL_SNAPSHOT_UNWRITABLE',
    'The label snapshot cannot be written into %s (%s). Rule: the folder "snapshots" of the configuration can be written by this process. Mend: correct its rights or its name.',
    500,
  ),
}
