/** Errors of features/validate. */
export const validateErrors = {}
