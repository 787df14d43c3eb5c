/** Errors of features/source. */
export const sourceErrors = {}
