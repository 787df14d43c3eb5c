import { createError } from '@fastify/error'

/** Errors of features/validate. */
export const validateErrors = {
  CalendarYearUnknown: createError(
    'YX_FEATURES_CALENDAR_YEAR_UNKNOWN',
    'Working days of the year %s are asked for. Rule: the calendar of holidays knows the years %s to %s. Mend: correct the date of receipt, or update the package chinese-days once the holidays of that year are announced.',
    400,
  ),
  MappingInvalid: createError(
    'YX_FEATURES_MAPPING_INVALID',
    'Batch "%s", columns, field "%s": %s. Rule: "columns" names fields of the class and, for each, a column of the source exactly as the source writes it. Mend: correct the name.',
    400,
  ),
  FieldColumnRepeated: createError(
    'YX_FEATURES_FIELD_COLUMN_REPEATED',
    'Batch "%s", field "%s": the columns %s could both be it. Rule: a field is read from one column. Mend: name the right one under "columns".',
    400,
  ),
  FieldColumnMissing: createError(
    'YX_FEATURES_FIELD_COLUMN_MISSING',
    'Batch "%s", no column for %s. Rule: a source of class "%s" has a column for every required field, under its canonical name, a national code, its Chinese title or the name that "columns" gives. Mend: if a column changed its name, write its new name under "columns"; otherwise add it to the export.',
    400,
  ),
  FieldColumnUnreadable: createError(
    'YX_FEATURES_FIELD_COLUMN_UNREADABLE',
    'Batch "%s", column "%s": stored as %s, which is no single text, number or date. Rule: a cell holds one value. Mend: export the column as text.',
    400,
  ),
  RuleNotCompiled: createError(
    'YX_FEATURES_RULE_NOT_COMPILED',
    'Rule "%s" of its class: %s. Rule: rules use the conditions and fields that the reference describes. Mend: correct the class file.',
    400,
  ),
  ValidationRequestInvalid: createError(
    'YX_FEATURES_VALIDATION_REQUEST_INVALID',
    'Batch "%s", %s: wrong value. Rule: %s. Mend: correct it in the configuration.',
    400,
  ),
  RecordsUnaccounted: createError(
    'YX_FEATURES_RECORDS_UNACCOUNTED',
    'Batch "%s": %s records came, %s are accounted for. Rule: every record is accepted, in quarantine or a duplicate. Mend: nothing was taken in; run again with a source that no one writes to, and report it if it stays.',
    500,
  ),
  QuarantineUnwritten: createError(
    'YX_FEATURES_QUARANTINE_UNWRITTEN',
    '%s cannot be written (%s). Rule: the list of quarantined records goes into a folder that exists and that this process may write to. Mend: give another file, or correct the folder.',
    400,
  ),
}
