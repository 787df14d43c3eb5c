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
  EncodingUndeclared: createError(
    'YX_FEATURES_ENCODING_UNDECLARED',
    '%s: bytes that are not UTF-8 text, though all of it can be read as GB18030 (GBK). Rule: files are UTF-8 unless the source declares otherwise; encodings are not guessed. Mend: declare encoding: gb18030 at this source.',
    400,
  ),
  EncodingMisdeclared: createError(
    'YX_FEATURES_ENCODING_MISDECLARED',
    '%s: %s. Rule: a source that declares encoding: gb18030 is GB18030, GBK or GB2312 text. Mend: correct or remove "encoding" at this source, or export the file again.',
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
  DatabaseSettings: createError(
    'YX_FEATURES_DATABASE_SETTINGS',
    '%s: wrong settings of a database source: %s. Rule: %s. Mend: correct the source in the configuration.',
    400,
  ),
  DatabaseUnreachable: createError(
    'YX_FEATURES_DATABASE_UNREACHABLE',
    '%s: no database answers at %s (%s). Rule: the server is reached within the connect timeout. Mend: check host, port, firewall and that the server runs; "connect_timeout" in the url changes the timeout.',
    502,
  ),
  DatabaseLoginRefused: createError(
    'YX_FEATURES_DATABASE_LOGIN_REFUSED',
    '%s: the server at %s refused the account (%s). Rule: account and password are those of the database, and the server lets this machine in. Mend: correct the account in the url and the password in passwordFile, or have this machine admitted.',
    400,
  ),
  DatabaseMissing: createError(
    'YX_FEATURES_DATABASE_MISSING',
    '%s: the server at %s has no database of that name. Rule: the url ends in the name of an existing database. Mend: correct the name.',
    400,
  ),
  DatabaseTls: createError(
    'YX_FEATURES_DATABASE_TLS',
    '%s: no protected connection to %s (%s). Rule: another machine is reached by TLS with a certificate that is checked. Mend: give the certificate of its issuer by "sslrootcert" in the url, switch TLS on at the server, or, in a network that you trust, write "sslmode=disable".',
    400,
  ),
  DatabaseTableMissing: createError(
    'YX_FEATURES_DATABASE_TABLE_MISSING',
    '%s: the database at %s has no such table or view, or hides it from this account. Rule: tables are named as in the database, upper and lower case too, with the schema in front where needed. Mend: correct the name.',
    400,
  ),
  DatabaseRightMissing: createError(
    'YX_FEATURES_DATABASE_RIGHT_MISSING',
    '%s: the account may not read this at %s. Rule: the account has the right SELECT on the table. Mend: have it granted; no other right is needed.',
    400,
  ),
  DatabaseQueryRefused: createError(
    'YX_FEATURES_DATABASE_QUERY_REFUSED',
    '%s: the query cannot be used (%s). Rule: one SELECT that reads and writes nothing. Mend: correct the query in the configuration.',
    400,
  ),
  DatabaseStopped: createError(
    'YX_FEATURES_DATABASE_STOPPED',
    '%s: reading was given up, %s; nothing of it was taken in. Rule: the server gives all rows within its own time limits and those of the url. Mend: read at a quieter time, ask for fewer rows, or have the limit raised.',
    504,
  ),
  DatabaseBroken: createError(
    'YX_FEATURES_DATABASE_BROKEN',
    '%s: the connection to %s broke while rows were read (%s); nothing of it was taken in. Rule: a source is taken in whole or not at all. Mend: run again; if it stays, look at the log of the server.',
    502,
  ),
  DatabaseFault: createError(
    'YX_FEATURES_DATABASE_FAULT',
    '%s: the server at %s gave an error (%s). Rule: a source is taken in whole or not at all. Mend: look up this code in the documentation of the database and the log of the server.',
    502,
  ),
  WorkFolderFull: createError(
    'YX_FEATURES_WORK_FOLDER_FULL',
    '%s: no room is left for temporary files; nothing of it was taken in. Rule: the folder for temporary files has room for about three times the source. Mend: free some, or point TMPDIR at a larger disk.',
    507,
  ),
}
