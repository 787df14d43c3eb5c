/** Errors of features/outcomes. */
export const outcomesErrors = {}
