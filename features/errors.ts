import { createError } from '@fastify/error'
import { catalogueErrors } from './errors/catalogue.ts'
import { cityErrors } from './errors/city.ts'
import { extractErrors } from './errors/extract.ts'
import { neuralErrors } from './errors/neural.ts'
import { onnxErrors } from './errors/onnx.ts'
import { outcomesErrors } from './errors/outcomes.ts'
import { providerDataErrors } from './errors/provider-data.ts'
import { sourceErrors } from './errors/source.ts'
import { validateErrors } from './errors/validate.ts'

/**
 * Every error that features/ throws. A message names the file, the line and the column; of the data it repeats at most
 * the column's name, never a cell or an id, because it travels into logs and onto other people's screens.
 */
export const featuresErrors = {
  ManifestMissing: createError(
    'YX_FEATURES_MANIFEST_MISSING',
    '%s cannot be read. Rule: a data set is a folder with a manifest.json and one file a party. Mend: give the folder that holds manifest.json.',
    400,
  ),
  ManifestNotJson: createError(
    'YX_FEATURES_MANIFEST_NOT_JSON',
    '%s line %s, column %s: not valid JSON. Rule: the manifest is one JSON object in UTF-8. Mend: correct the text at that place.',
    400,
  ),
  ManifestInvalid: createError(
    'YX_FEATURES_MANIFEST_INVALID',
    '%s, field "%s": wrong value. Rule: %s. Mend: correct this field of the manifest.',
    400,
  ),
  ColumnTypeUnknown: createError(
    'YX_FEATURES_COLUMN_TYPE_UNKNOWN',
    '%s, field "%s": unknown column type "%s". Rule: a column is "numeric" or "categorical". Mend: write one of the two.',
    400,
  ),
  FileMissing: createError(
    'YX_FEATURES_FILE_MISSING',
    '%s cannot be read (%s). Rule: every file named by the manifest or the configuration exists and may be read by this process. Mend: put the file there or correct its name.',
    400,
  ),
  FileFormatUnknown: createError(
    'YX_FEATURES_FILE_FORMAT_UNKNOWN',
    '%s: unknown kind of file. Rule: the name ends in .csv, .csv.gz or .parquet. Mend: export the table in one of these and name it so; save a spreadsheet as "CSV UTF-8".',
    400,
  ),
  CompressionBroken: createError(
    'YX_FEATURES_COMPRESSION_BROKEN',
    '%s near line %s: the gzip data is damaged or cut off. Rule: a .csv.gz file unpacks to its end. Mend: copy or export the file again.',
    400,
  ),
  EncodingInvalid: createError(
    'YX_FEATURES_ENCODING_INVALID',
    '%s line %s: bytes that are not UTF-8 text. Rule: files are UTF-8 without NUL bytes. Mend: convert the file, for example "iconv -f GB18030 -t UTF-8".',
    400,
  ),
  LineEndInvalid: createError(
    'YX_FEATURES_LINE_END_INVALID',
    '%s line %s: this line ends differently from the lines before it. Rule: all lines of a file end in LF, or all in CRLF. Mend: save the file with one kind of line end.',
    400,
  ),
  QuoteInvalid: createError(
    'YX_FEATURES_QUOTE_INVALID',
    '%s line %s: a double quote in the wrong place (%s). Rule: a cell with a quote, comma or line break stands in double quotes, a quote inside it is doubled (RFC 4180). Mend: correct that cell or export the file again.',
    400,
  ),
  RowRagged: createError(
    'YX_FEATURES_ROW_RAGGED',
    '%s: %s cells, but the header has %s. Rule: every row has as many cells as the header. Mend: correct the row; a cell with a comma stands in double quotes.',
    400,
  ),
  HeaderMissing: createError(
    'YX_FEATURES_HEADER_MISSING',
    '%s line 1: no header. Rule: the first line names the columns. Mend: add the header line.',
    400,
  ),
  HeaderRepeated: createError(
    'YX_FEATURES_HEADER_REPEATED',
    '%s line 1, column "%s": the name stands there twice. Rule: column names are unique in a file. Mend: rename or remove one.',
    400,
  ),
  ColumnMissing: createError(
    'YX_FEATURES_COLUMN_MISSING',
    '%s line 1, column "%s": not in the header. Rule: the file holds every column that the manifest or configuration names. Mend: add the column or take it out there.',
    400,
  ),
  ColumnKindWrong: createError(
    'YX_FEATURES_COLUMN_KIND_WRONG',
    '%s, column "%s": the file stores it as %s. Rule: a numeric column is stored as numbers or text, an id as text or whole numbers. Mend: export the column again or correct its type.',
    400,
  ),
  CellNotNumeric: createError(
    'YX_FEATURES_CELL_NOT_NUMERIC',
    '%s, column "%s": not a number. Rule: a numeric cell is empty or a finite decimal number such as -12.5 or 3e4, without thousands separators. Mend: correct the cell, or declare the column "categorical".',
    400,
  ),
  IdEmpty: createError(
    'YX_FEATURES_ID_EMPTY',
    '%s, column "%s": empty id. Rule: every row names its enterprise. Mend: fill in the id or remove the row.',
    400,
  ),
  IdMalformed: createError(
    'YX_FEATURES_ID_MALFORMED',
    '%s, column "%s": white space around the id or a control character in it. Rule: ids are compared exactly. Mend: trim the id.',
    400,
  ),
  IdDuplicate: createError(
    'YX_FEATURES_ID_DUPLICATE',
    '%s, column "%s": the same id as on line %s. Rule: an enterprise has one row in a file. Mend: merge or remove one of the two rows.',
    400,
  ),
  IdNotUscc: createError(
    'YX_FEATURES_ID_NOT_USCC',
    '%s, column "%s": not a unified social credit code. Rule: %s. Mend: correct the code at its source, or set "idScheme": "text" if these ids are no such codes.',
    400,
  ),
  LabelColumnMissing: createError(
    'YX_FEATURES_LABEL_COLUMN_MISSING',
    '%s line 1, column "%s": the label column is not in the header. Rule: the label holder\'s file has an id and a label column. Mend: add the column or correct its name in the manifest.',
    400,
  ),
  LabelColumnEmpty: createError(
    'YX_FEATURES_LABEL_COLUMN_EMPTY',
    '%s line 2 to the end, column "%s": no label at all. Rule: a label holder knows the outcome (0 or 1) of at least one enterprise. Mend: fill in the column or leave this label holder out.',
    400,
  ),
  LabelNotBinary: createError(
    'YX_FEATURES_LABEL_NOT_BINARY',
    '%s, column "%s": a label other than 0 and 1. Rule: 1 = bad (defaulted), 0 = good, empty = no outcome known. Mend: correct the cell.',
    400,
  ),
  LabelOneClass: createError(
    'YX_FEATURES_LABEL_ONE_CLASS',
    '%s, line 2 to the end, column "%s": every label is %s. Rule: a model needs good and bad enterprises, at least one of each. Mend: take in a longer period or another label holder.',
    400,
  ),
  ProvidersOutOfRange: createError(
    'YX_FEATURES_PROVIDERS_OUT_OF_RANGE',
    'Cannot deal %s columns over %s providers. Rule: a whole number from 1 up to the number of columns. Mend: choose another number of providers.',
    400,
  ),
  LabelHolderUnknown: createError(
    'YX_FEATURES_LABEL_HOLDER_UNKNOWN',
    'The data set "%s" has no label holder "%s". Rule: label holders are those of the manifest. Mend: use one of: %s.',
    400,
  ),
  ColumnRepeated: createError(
    'YX_FEATURES_COLUMN_REPEATED',
    '%s, column "%s": another table of this provider has it too. Rule: party and column together are unique. Mend: take the column out of one table.',
    400,
  ),
  RosterInvalid: createError(
    'YX_FEATURES_ROSTER_INVALID',
    '%s line %s: %s. Rule: a roster file has one id a line, UTF-8, LF after each, sorted by code unit, no id twice. Mend: fetch the roster again from the platform; do not edit it.',
    400,
  ),
  ExclusionInvalid: createError(
    'YX_FEATURES_EXCLUSION_INVALID',
    'Exclusion rule on column "%s" of "%s": %s. Rule: {party, column, op, value, reason}; op is ==, !=, <, <=, > or >= with a number, == or != with a category. Mend: correct the rule in the manifest or configuration.',
    400,
  ),
  UsccPartInvalid: createError(
    'YX_FEATURES_USCC_PART_INVALID',
    'Cannot make a synthetic credit code: %s. Rule: the region has six digits, the serial is a whole number from 0 to %s. Mend: correct the caller.',
    400,
  ),
  CityInvalid: createError(
    'YX_FEATURES_CITY_INVALID',
    'Cannot make a synthetic city: %s is %s. Rule: %s. Mend: choose another value.',
    400,
  ),
  SourceFault: createError(
    'YX_FEATURES_SOURCE_FAULT',
    '%s: the table reader refused it (%s). Rule: a table is a plain CSV or Parquet file that no one changes while it is read. Mend: export the file again; if it stays, report the first lines of its header.',
    400,
  ),
  ...cityErrors,
  ...catalogueErrors,
  ...sourceErrors,
  ...validateErrors,
  ...extractErrors,
  ...onnxErrors,
  ...neuralErrors,
  ...outcomesErrors,
  ...providerDataErrors,
}
