/** The exit code of an error code; the registry itself is in exit-codes.ts. */
import { exitCodes } from '../exit-codes.ts'

/** Longest prefix wins. */
const byPrefix: readonly (readonly [string, keyof typeof exitCodes])[] = [
  ['YX_FEATURES_OUTCOME_DEFINITION_', 'badConfiguration'],
  ['YX_FEATURES_CATALOGUE_', 'badConfiguration'],
  ['YX_FEATURES_NEURAL_SETTING_INVALID', 'badConfiguration'],
  ['YX_FEATURES_NEURAL_MODEL_EXISTS', 'badConfiguration'],
  ['YX_FEATURES_NEURAL_LIBRARY_ABSENT', 'badConfiguration'],
  ['YX_FEATURES_ONNX_DECLARATION_INVALID', 'badConfiguration'],
  ['YX_FEATURES_ONNX_RUNTIME_ABSENT', 'badConfiguration'],
  ['YX_FEATURES_ONNX_UNFIT', 'badConfiguration'],
  ['YX_FEATURES_ONNX_FEATURE_ABSENT', 'badConfiguration'],
  ['YX_FEATURES_DATABASE_', 'badConfiguration'],
  ['YX_FEATURES_DATABASE_UNREACHABLE', 'sourceSilent'],
  ['YX_FEATURES_DATABASE_STOPPED', 'sourceSilent'],
  ['YX_FEATURES_DATABASE_BROKEN', 'sourceSilent'],
  ['YX_FEATURES_DATABASE_FAULT', 'sourceSilent'],
  ['YX_FEATURES_SOURCE_CHANGED', 'sourceSilent'],
  ['YX_FEATURES_DELIMITER_WRONG', 'badConfiguration'],
  ['YX_FEATURES_ENCODING_UNDECLARED', 'badConfiguration'],
  ['YX_FEATURES_ENCODING_MISDECLARED', 'badConfiguration'],
  ['YX_FEATURES_MAPPING_INVALID', 'badConfiguration'],
  ['YX_FEATURES_FIELD_COLUMN_', 'badConfiguration'],
  ['YX_FEATURES_RULE_NOT_COMPILED', 'badConfiguration'],
  ['YX_FEATURES_VALIDATION_REQUEST_INVALID', 'badConfiguration'],
  ['YX_FEATURES_CALENDAR_YEAR_UNKNOWN', 'badConfiguration'],
  ['YX_FEATURES_QUARANTINE_UNWRITTEN', 'badConfiguration'],
  ['YX_FEATURES_', 'badDataSet'],
  ['YX_FEATURES_CITY_FOLDER_', 'usage'],
  ['YX_FEATURES_CITY_UNFINISHED', 'usage'],
  ['YX_FEATURES_AS_OF_INVALID', 'badConfiguration'],
  ['YX_FEATURES_RECORDS_MISSING', 'badConfiguration'],
  ['YX_FEATURES_CARDS_INVALID', 'badConfiguration'],
  ['YX_FEATURES_FEATURE_', 'badConfiguration'],
  ['YX_FEATURES_EXTRACTION_STOPPED', 'badConfiguration'],
  ['YX_FEATURES_OWN_SQL_', 'badConfiguration'],
  ['YX_MODELS_', 'badDataSet'],
  ['YX_FEDERATION_PLAN_LIMIT', 'planRefused'],
  ['YX_FEDERATION_TOO_FEW_PROVIDERS', 'planRefused'],
  ['YX_FEDERATION_ONE_CLASS', 'badDataSet'],
  ['YX_FEDERATION_PARTY_LOST', 'partySilent'],
  ['YX_FEDERATION_REPLAY_DIFFERS', 'replayDiffers'],
  ['YX_FEDERATION_RUN_UNRECORDED', 'runUnrecorded'],
  ['YX_FEDERATION_BUDGET_EXHAUSTED', 'budgetExhausted'],
  ['YX_FEDERATION_LEDGER_', 'ledgerRefused'],
  ['YX_FEDERATION_AUTHORISATION_', 'authorisationRefused'],
  ['YX_FEDERATION_', 'partyRefused'],
  ['YX_ENGINE_SUITE_UNKNOWN', 'badIdentity'],
  ['YX_ENGINE_', 'partyRefused'],
  ['YX_SERVER_PARTY_ENDED', 'partySilent'],
  ['YX_SERVER_MODEL_REFUSED', 'modelRefused'],
  ['YX_SERVER_USAGE', 'usage'],
  ['YX_SERVER_CONFIG_', 'badConfiguration'],
  ['YX_SERVER_AUTHORISE_', 'badDataSet'],
  ['YX_SERVER_AUTHORISATION_', 'authorisationRefused'],
  ['YX_SERVER_NODE_FILE_', 'badIdentity'],
  ['YX_SERVER_SUITE_DIFFERS', 'badIdentity'],
  ['YX_SERVER_STORE_LOCKED', 'storeLocked'],
  ['YX_SERVER_STORE_', 'storeCannotOpen'],
]

export function exitCodeOf(code: string | undefined): number {
  const found = byPrefix
    .filter(([prefix]) => code?.startsWith(prefix))
    .reduce<(typeof byPrefix)[number] | null>(
      (longest, entry) => (longest !== null && longest[0].length >= entry[0].length ? longest : entry),
      null,
    )
  return exitCodes[found === null ? 'failure' : found[1]].code
}
