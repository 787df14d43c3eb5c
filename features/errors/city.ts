import { createError } from '@fastify/error'

/** Errors of features/city/raw. */
export const cityErrors = {
  CityFolderNotEmpty: createError(
    'YX_FEATURES_CITY_FOLDER_NOT_EMPTY',
    'The folder "%s" is not empty. Rule: a city is written into a folder that is absent or empty, never over what lies there. Mend: give another folder, or empty this one.',
    400,
  ),
  CityFolderUnusable: createError(
    'YX_FEATURES_CITY_FOLDER_UNUSABLE',
    'The folder "%s" cannot be used (%s). Rule: a city is written into a folder that this process may make. Mend: give a folder below one that can be written.',
    400,
  ),
  CityUnfinished: createError(
    'YX_FEATURES_CITY_UNFINISHED',
    'The folder "%s" is there already. Rule: a city is written there first and takes its own name when it is whole, so this folder is of a command still running, or of one that was killed. Mend: if no other command writes it, remove it.',
    400,
  ),
}
