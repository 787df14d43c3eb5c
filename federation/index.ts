/** federation/: who sends what to whom. No HTTP, no database; it states ports. */
export {
  parametersDigest,
  type RandomBytes,
  SUITE_NAMES,
  type Suite,
  type SuiteName,
  suiteNamed,
} from '../engine/index.ts'
export { type Advice, advise } from './advisor.ts'
export type { PartyPolicy } from './approval.ts'
export { type Approver, byPolicy, type Decision, type Proposal } from './approver.ts'
export {
  type AuthorisationMemory,
  type AuthorisationSource,
  type AuthorisedRows,
  acceptList,
  listSource,
  memoryOfList,
  noList,
  rowsInForce,
} from './authorisation/authorised-rows.ts'
export {
  type AuthorisationRules,
  MADE_UP_DATA,
  type ProviderAuthorisation,
  PUBLIC_DATA,
  type TrainedOn,
} from './authorisation/data-use.ts'
export {
  AuthorisationList,
  createList,
  type ListIdentity,
  type NewList,
  verifyList,
} from './authorisation/list.ts'
export { type ApprovedCard, approveCard, isCardApproval } from './card-approval.ts'
export {
  admitEnrolment,
  admitRotation,
  enrolmentRequest,
  type Invitation,
  type MemberRequest,
  parseRequest,
  ROTATION_FORMAT,
  rotatedIdentity,
  rotationRequest,
} from './enrolment/request.ts'
export {
  assertTokenInTime,
  decodeToken,
  type EnrolmentToken,
  encodeToken,
  type Invited,
  requestKeyOf,
} from './enrolment/token.ts'
export { federationErrors } from './errors.ts'
export { exchangesOf, levelsOf, startsOf } from './exchanges.ts'
export { describeFault } from './faults-told.ts'
export type { KeepsNothing } from './halts.ts'
export {
  always,
  type Current,
  type LabelHoldings,
  type PlatformHoldings,
  type ProviderHoldings,
} from './holdings.ts'
export { fingerprintOf, holdsKeysOf } from './key-proof.ts'
export { countsAgainst, type LabelPeriod, PERIODS_PER_YEAR } from './label-period.ts'
export { ASSUMPTION, WHO_LEARNS_WHAT } from './leak-table.ts'
export { Ledger, spentOn } from './ledger.ts'
export {
  entriesText,
  type LedgerEntry,
  type LedgerHead,
  parseEntries,
  verifyEntries,
} from './ledger-entry.ts'
export { MAX_LOGISTIC_ROUNDS } from './logistic-plan.ts'
export {
  followsList,
  identityOfList,
  isMemberName,
  type MemberListIdentity,
  type PinnedRoot,
  type SignedMemberList,
  signMemberList,
  type VersionedList,
  verifyMemberList,
} from './member-list.ts'
export {
  createIdentity,
  type Enrolled,
  type Identity,
  KEY_HOLDER,
  type Member,
  type MemberList,
  Membership,
  PLATFORM,
  type PrivateKeys,
  ROLE_NAMES,
  type RoleName,
} from './members.ts'
export { memoryJournals, noJournals } from './memory-journals.ts'
export { memoryFineBins, memoryLedger, memoryOfHead, memoryOfPeers } from './memory-stores.ts'
export { MemoryTransport } from './memory-transport.ts'
export { decodeState, encodeState } from './messages/codec.ts'
export {
  type AnyMessage,
  EnvelopeReader,
  EnvelopeWriter,
  type Message,
  PROTOCOL_VERSION,
  verifyRoute,
} from './messages/envelope.ts'
export { memoryNightFiles, type NightFiles } from './night/files.ts'
export { KeyHolderMemory } from './night/key-holder-memory.ts'
export { KeyHolderNight } from './night/key-holder-night.ts'
export type { NightModel, NightTotals } from './night/night-context.ts'
export type { OneProcessNights } from './night/one-process-nights.ts'
export { PlatformMemory } from './night/platform-memory.ts'
export { PlatformNight } from './night/platform-night.ts'
export { NIGHT_POLICY, type NightPolicy } from './night/policy.ts'
export { ProviderMemory } from './night/provider-memory.ts'
export {
  type KeepDrift,
  ProviderNight,
  type ProviderNightData,
  type ScorecardStore,
} from './night/provider-night.ts'
export { type NightRatings, rateNight, rateSplitNight } from './night/rate-night.ts'
export { type RosterLineage, unchangedRoster } from './night/row-map.ts'
export { keepingPoints, withNights } from './night/with-nights.ts'
export { Node, type NodeMemory } from './node.ts'
export {
  linkEvent,
  NODE_EVENTS,
  type NodeEvent,
  type NodeLogEntry,
  parseLogLine,
  verifyLog,
} from './node-log.ts'
export {
  type OneProcessConsortium,
  type OneProcessParties,
  oneProcessConsortium,
} from './one-process.ts'
export { advisedBins, type Outlook, type OutlookInput, outlookOf } from './outlook.ts'
export type { Life, PeerMemory } from './peer-lives.ts'
export {
  checkLimits,
  DELTA,
  MAX_BOOSTER_ROUNDS,
  MAX_COLUMNS,
  MAX_DEPTH,
  MAX_ROUNDS,
  MODEL_KINDS,
  type ModelKind,
  planHashOf,
  planText,
  type RunPlan,
  type RunSettings,
  rowsOfFolds,
  trainFoldsOf,
} from './plan.ts'
export { parseKeptPlan, parsePlan } from './plan-schema.ts'
export { signersOf } from './plan-signatures.ts'
export { type PlanChange, type PlanSummary, summaryOf } from './plan-summary.ts'
export type {
  Clock,
  FineBin,
  FineBinStore,
  LabelData,
  LedgerMemory,
  LedgerStore,
  NodeServices,
  ProviderData,
  RosterView,
  ScorecardSink,
  Transport,
} from './ports.ts'
export { accountOf, type Cost, costOf, PRIVACY_STATEMENT, type PrivacyAccount } from './privacy-account.ts'
export type { Extractor, Grade, Provenance } from './provenance.ts'
export { type ReplayDifference, type ReplayReport, replayRun } from './replay.ts'
export type { Outgoing, Role } from './role.ts'
export { KeyHolderRole } from './roles/keyholder/key-holder.ts'
export { LabelHolderRole } from './roles/label-holder.ts'
export { PlatformRole } from './roles/platform/platform.ts'
export { PHASES, type PhaseName, type Progress, type RunOptions } from './roles/platform/run.ts'
export { ProviderRole } from './roles/provider.ts'
export { changeText, parseChange, type RosterChange } from './roster/change.ts'
export type { PlacedChange } from './roster/faults.ts'
export { type Lineage, plainChanges, rowsOf } from './roster/lineage.ts'
export {
  checkFollows,
  createRosterVersion,
  type NewRoster,
  type RosterVersion,
  readOwnCopy,
  verifyRoster,
} from './roster/signed-roster.ts'
export {
  contentLength,
  decodeRecord,
  encodeRecord,
  type JournalRecord,
  type KeptRun,
  RECORD_HEAD,
  type RunJournal,
  type RunJournals,
} from './run-journal.ts'
export type { Assessment } from './runs/assess.ts'
export type { RunResult } from './runs/drive.ts'
export { createEngine, secureRandom } from './services.ts'
export { Streams } from './streams.ts'
export {
  keepTranscripts,
  readTranscript,
  signTranscript,
  type Transcript,
  type TranscriptEntry,
  type TranscriptSink,
} from './transcript.ts'
export { Turns } from './turns.ts'
