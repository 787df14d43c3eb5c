import { createError } from '@fastify/error'

/** Errors of a provider's `data` section. */
export const providerDataErrors = {
  DataSectionInvalid: createError(
    'YX_FEATURES_DATA_SECTION_INVALID',
    'Section "data", %s: %s. Rule: %s. Mend: correct this part of the configuration.',
    400,
  ),
  ExceptionsInvalid: createError(
    'YX_FEATURES_EXCEPTIONS_INVALID',
    '%s line %s: %s. Rule: a list of reviewed exceptions has one credit code of 18 symbols a line; text after # is a remark. Mend: correct that line.',
    400,
  ),
  BuiltinMissing: createError(
    'YX_FEATURES_BUILTIN_MISSING',
    'Section "data", features: the class "%s" has no built-in features. Rule: "builtin" names a class with features of its own: %s. Mend: use one of these, or bring SQL ("sql", "cards").',
    400,
  ),
  FeatureFileDamaged: createError(
    'YX_FEATURES_FEATURE_FILE_DAMAGED',
    '%s: not the features that were frozen for this run. Rule: the file has the digest that was noted when the run began. Mend: restore it from a backup of this node; without it the run cannot be computed again.',
    400,
  ),
  NothingAccepted: createError(
    'YX_FEATURES_NOTHING_ACCEPTED',
    '%s: none of its %s records of the class "%s" was accepted. Rule: a run takes part with records of every source that holds any. Mend: look at the broken rules in the report; most often a column is mapped to the wrong field, or written in another form.',
    400,
  ),
}
