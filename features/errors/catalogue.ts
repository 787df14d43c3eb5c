/** Errors of features/catalogue. */
export const catalogueErrors = {}
