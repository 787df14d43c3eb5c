import { createError } from '@fastify/error'

/** Errors of features/catalogue. */
export const catalogueErrors = {
  CatalogueUnreadable: createError(
    'YX_FEATURES_CATALOGUE_UNREADABLE',
    '%s cannot be read as a catalogue (%s). Rule: class files lie in a folder as *.json, and an exported catalogue is one JSON file. Mend: give a folder or file that exists and that this process may read.',
    400,
  ),
  CatalogueInvalid: createError(
    'YX_FEATURES_CATALOGUE_INVALID',
    'The catalogue is refused, faults: %s. %s. Rule: a class file is one JSON object as docs/reference/catalogue.md tells. Mend: correct every place named.',
    400,
  ),
  CatalogueClassUnknown: createError(
    'YX_FEATURES_CATALOGUE_CLASS_UNKNOWN',
    'The catalogue has no class "%s". Rule: a class is named by its code, one of %s. Mend: correct the code, or give the folder of the file that adds the class.',
    400,
  ),
}
