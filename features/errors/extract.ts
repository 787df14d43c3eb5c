/** Errors of features/extract. */
export const extractErrors = {}
