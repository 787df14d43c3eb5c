import { createError } from '@fastify/error'

/** Errors of features/validate. */
export const validateErrors = {
  CalendarYearUnknown: createError(
    'YX_FEATURES_CALENDAR_YEAR_UNKNOWN',
    'Working days of the year %s are asked for. Rule: the calendar of holidays knows the years %s to %s. Mend: correct the date of receipt, or update the package chinese-days once the holidays of that year are announced.',
    400,
  ),
}
