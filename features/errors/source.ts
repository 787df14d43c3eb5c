import { createError } from '@fastify/error'

/** Errors of features/source beyond those of data sets. */
export const sourceErrors = {
  FileKindWrong: createError(
    'YX_FEATURES_FILE_KIND_WRONG',
    '%s: this is %s, not CSV text. Rule: a file is what its name says. Mend: %s.',
    400,
  ),
  DelimiterWrong: createError(
    'YX_FEATURES_DELIMITER_WRONG',
    '%s: the cells are separated by %s here. Rule: the delimiter is a comma unless the source declares a tab, ";" or "|". Mend: declare delimiter: %s at this source if it is one of these, otherwise export the file again with commas.',
    400,
  ),
  SourceChanged: createError(
    'YX_FEATURES_SOURCE_CHANGED',
    '%s changed while it was read; nothing of it was taken in. Rule: nobody writes to a file while it is read. Mend: let the export finish, write it under another name and rename it at the end, then run again.',
    409,
  ),
  HeaderAlike: createError(
    'YX_FEATURES_HEADER_ALIKE',
    '%s, header: the columns "%s" and "%s" differ by case or white space alone. Rule: column names of a source stay different without case and white space. Mend: rename or remove one of the two in the export.',
    400,
  ),
  HeaderReserved: createError(
    'YX_FEATURES_HEADER_RESERVED',
    '%s, header, column "%s": this name is taken. Rule: source_row numbers the records of every source. Mend: rename the column in the export.',
    400,
  ),
  HeaderUnnamed: createError(
    'YX_FEATURES_HEADER_UNNAMED',
    '%s, column %s: it has no name in the header, but line %s has a cell in it. Rule: a column with anything in it has a name; nameless empty columns are left out. Mend: name the column, or clear the stray cells beside the table and export again.',
    400,
  ),
}
