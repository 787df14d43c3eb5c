import { createError } from '@fastify/error'

/** Errors of features/extract. */
export const extractErrors = {
  AsOfInvalid: createError(
    'YX_FEATURES_AS_OF_INVALID',
    'The day of the features ("asOf") is not a date. Rule: YYYY-MM-DD, a day that exists. Mend: write the day as of which features are wanted, such as 2025-06-30.',
    400,
  ),
  RecordsMissing: createError(
    'YX_FEATURES_RECORDS_MISSING',
    'The extractor "%s" reads records of the class "%s", which this provider has none of. Rule: each class that an extractor reads has a source. Mend: add the source, or take the extractor out.',
    400,
  ),
  CardsInvalid: createError(
    'YX_FEATURES_CARDS_INVALID',
    '%s, %s: wrong value. Rule: %s. Mend: correct the cards file.',
    400,
  ),
  FeatureUnknown: createError(
    'YX_FEATURES_FEATURE_UNKNOWN',
    'The extractor "%s" has no feature "%s". Rule: "only" names features of the extractor. Mend: use some of: %s.',
    400,
  ),
  FeatureIdInvalid: createError(
    'YX_FEATURES_FEATURE_ID_INVALID',
    'The extractor "%s" gives %s. Rule: one row an enterprise, its credit code in the column "uscc", never NULL. Mend: group the records by "uscc" in the SQL.',
    400,
  ),
  FeatureValueInvalid: createError(
    'YX_FEATURES_FEATURE_VALUE_INVALID',
    'The extractor "%s", feature "%s": %s. Rule: a number fits its card\'s decimals and range, a category is one that the card lists; NULL where there is none. Mend: correct the SQL, or the card.',
    400,
  ),
  ExtractionStopped: createError(
    'YX_FEATURES_EXTRACTION_STOPPED',
    'The extractor "%s" stopped (%s). Rule: an extractor takes any accepted record and stays within its memory. Mend: guard casts and divisions in the SQL; for an "Out of Memory Error" give it more memory.',
    400,
  ),
  OwnSqlRefused: createError(
    'YX_FEATURES_OWN_SQL_REFUSED',
    '%s: %s. Rule: one SELECT on the views of its classes, with functions that depend on their arguments alone. Mend: take it out; docs/how-to/bring-your-own-sql.md shows what may stand in the SQL.',
    400,
  ),
  OwnSqlColumns: createError(
    'YX_FEATURES_OWN_SQL_COLUMNS',
    '%s, column "%s": %s. Rule: the SQL gives "uscc" and one column per card: a number for a numeric card, text for a categorical one. Mend: correct the SQL or the cards file.',
    400,
  ),
  OwnSqlTooSlow: createError(
    'YX_FEATURES_OWN_SQL_TOO_SLOW',
    'The extractor "%s" was stopped after %s seconds. Rule: SQL of a provider ends within its limit. Mend: group records once instead of joining them with each other, or raise the limit.',
    400,
  ),
}
