import { createError } from '@fastify/error'

/**
 * Every error that models/ throws. A message names the column, the setting or the place; it never repeats a cell, a label
 * or a weight, because it travels into logs and onto other people's screens.
 */
export const modelsErrors = {
  SettingInvalid: createError(
    'YX_MODELS_SETTING_INVALID',
    'Setting "%s" is %s. Rule: %s. Mend: give a value that the rule allows.',
    400,
  ),
  ColumnLength: createError(
    'YX_MODELS_COLUMN_LENGTH',
    '%s has %s entries. Rule: %s expected, one a row. Mend: lay every column along the same roster before it comes here.',
    400,
  ),
  RowOutside: createError(
    'YX_MODELS_ROW_OUTSIDE',
    'Row list, entry %s: no such row. Rule: every row is a whole number from 0 to %s. Mend: build the list from the roster that the columns were laid along.',
    400,
  ),
  ColumnChanged: createError(
    'YX_MODELS_COLUMN_CHANGED',
    'Input column %s is not the %s column "%s" that the basis was built on. Rule: a basis encodes the columns, in the order, that it was built on. Mend: load the same columns again or build a new basis.',
    400,
  ),
  BasisTooWide: createError(
    'YX_MODELS_BASIS_TOO_WIDE',
    '%s usable columns need %s basis columns at 2 bins each. Rule: a provider has at most %s. Mend: take part with fewer columns, or divide them over two providers.',
    400,
  ),
  CodeOutside: createError(
    'YX_MODELS_CODE_OUTSIDE',
    'Coded column %s, entry %s: code out of range. Rule: a code is below the width %s, or 255 for "contributes nothing". Mend: encode the columns with the basis that this width belongs to.',
    400,
  ),
  GradientInvalid: createError(
    'YX_MODELS_GRADIENT_INVALID',
    'Gradient of step %s: %s. Rule: one finite number for each of %s basis columns. Mend: stop the run; ask both servers to send the round again.',
    400,
  ),
  StateInvalid: createError(
    'YX_MODELS_STATE_INVALID',
    'Saved training state, field "%s": does not fit this fit. Rule: a state resumes only the fit, with the same columns and settings, that saved it. Mend: take the state of this run, or start the run again.',
    400,
  ),
  NotPositiveDefinite: createError(
    'YX_MODELS_NOT_POSITIVE_DEFINITE',
    'Matrix of %s columns, pivot %s: not positive. Rule: the matrix of a step or a fit is positive definite, which a ridge above zero ensures. Mend: raise the ridge.',
    400,
  ),
  PdOutOfRange: createError(
    'YX_MODELS_PD_OUT_OF_RANGE',
    'Default probability %s has no score. Rule: a default probability lies above 0 and below 1. Mend: correct the probability.',
    400,
  ),
  FitNotConverged: createError(
    'YX_MODELS_FIT_NOT_CONVERGED',
    'Logistic regression: gradient still above its bound after %s Newton steps. Rule: a reported fit is converged. Mend: raise the ridge.',
    500,
  ),
}
