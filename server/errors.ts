import { createError } from '@fastify/error'
import { approvalErrors } from './approval/errors.ts'
import { consortiumErrors } from './consortium/errors.ts'
import { keyHolderErrors } from './keyholder/errors.ts'
import { modelErrors } from './platform/models/errors.ts'
import { rosterErrors } from './roster/errors.ts'
import { transportErrors } from './transport/errors.ts'

/** Every error that server/ throws. Texts never carry a secret, a subject's id or a value somebody sent in. */
export const serverErrors = {
  ConfigUnreadable: createError(
    'YX_SERVER_CONFIG_UNREADABLE',
    'The configuration file %s is not usable: %s. Rule: one readable file a process, JSON or (named .yaml or .yml) YAML 1.2 without anchors and tags. Mend: correct the path or that place.',
    500,
  ),
  NoDataSection: createError(
    'YX_SERVER_NO_DATA_SECTION',
    'The configuration file %s has no "data" section. Rule: a provider that brings its own tables says under "data" where they are. Mend: add the section ("yinxin provider init" writes one with remarks).',
    500,
  ),
  EventInvalid: createError(
    'YX_SERVER_EVENT_INVALID',
    'The event of --event cannot be read. Rule: a feature, one of == != < <= > >=, and a number. Mend: write it in quotes, such as --event "arrears_days > 30".',
    500,
  ),
  FileExists: createError(
    'YX_SERVER_FILE_EXISTS',
    'The file %s is there already. Rule: what somebody filled in is never replaced. Mend: give another name, or move that file away.',
    500,
  ),
  NoLoansSection: createError(
    'YX_SERVER_NO_LOANS_SECTION',
    'The configuration file %s has no "loans" section. Rule: a label holder whose labels come out of its loans says under "loans" where they are. Mend: add the section ("yinxin label-holder init" writes one with remarks).',
    500,
  ),
  ConfigInvalid: createError(
    'YX_SERVER_CONFIG_INVALID',
    'The configuration file %s breaks its schema: %s. Mend: correct every place named, then start again.',
    500,
  ),
  SuiteDiffers: createError(
    'YX_SERVER_SUITE_DIFFERS',
    'This consortium began with the cipher suite %s, not %s. Rule: its keys and its privacy ledger keep the suite they were made with. Mend: start without --suite, or in another state folder.',
    409,
  ),
  NodeFileUnreadable: createError(
    'YX_SERVER_NODE_FILE_UNREADABLE',
    'The identity, member or roster file %s cannot be read or is not of its kind. Mend: correct its path in the configuration or make it again.',
    500,
  ),
  StateUnwritable: createError(
    'YX_SERVER_STATE_UNWRITABLE',
    'This node could not write %s (%s). Rule: what a node must not forget is durable before it acts; the file keeps its old content and nothing was lost. Mend: make room (ENOSPC, EDQUOT), mount the file system for writing (EROFS), correct rights (EACCES, EPERM) or replace the disk (EIO), then start the node again.',
    507,
  ),
  StateForeign: createError(
    'YX_SERVER_NODE_STATE_FOREIGN',
    'The state folder of %s belongs to %s. Rule: each node has a folder of its own, and never another member\'s memory. Mend: correct "state" in the configuration.',
    500,
  ),
  AuthorisationUnstated: createError(
    'YX_SERVER_CONFIG_AUTHORISATION_UNSTATED',
    'The configuration of %s does not say which firms\' data may be used. Rule: a provider of non-public data states two rules, "authorisation.training" and "authorisation.inference", each with its legal basis. Mend: state both; see docs/how-to/authorise-enterprises.md.',
    500,
  ),
  NotPublic: createError(
    'YX_SERVER_CONFIG_NOT_PUBLIC',
    'The member list calls the data of %s public, but its features are made of fields that are not: %s. Rule: a public provider uses fields of grade G1 alone, because it does not count towards the least number of providers and its data need no authorisation. Mend: choose features without these fields ("only", or SQL of your own), or have the node entered as one of non-public data.',
    500,
  ),
  AuthorisationListMissing: createError(
    'YX_SERVER_CONFIG_AUTHORISATION_LIST',
    'The configuration of %s names no list of authorised firms. Rule: where scores need authorisation, or training over firms without one is not allowed, "authorisation.inference.list" names the list that the platform issued. Mend: fetch the list from the operator of the platform and name it.',
    500,
  ),
  AuthorisationPlace: createError(
    'YX_SERVER_CONFIG_AUTHORISATION_PLACE',
    'The configuration of %s does not say where the list of authorised firms stands. Rule: the platform issues it to the file that "authorisation.list" names, and reads it there. Mend: name a file.',
    500,
  ),
  ...modelErrors,
  ...rosterErrors,
  AuthoriseUnreadable: createError(
    'YX_SERVER_AUTHORISE_UNREADABLE',
    'The file of codes cannot be used: %s. Rule: UTF-8, one code a line. Mend: correct the path or the file.',
    400,
  ),
  AuthoriseCodes: createError(
    'YX_SERVER_AUTHORISE_CODES',
    'No list was issued, because %s lines of the file of codes are refused; the first is %s. Rule: a code is a unified social credit code with its check characters, or stands on the roster: a mistyped one could be another firm. Mend: correct these lines.',
    400,
  ),
  AuthorisationUnreadable: createError(
    'YX_SERVER_AUTHORISATION_UNREADABLE',
    'The list of authorised firms %s cannot be read. Mend: put the list that the platform issued in the place that the configuration names.',
    500,
  ),
  OperatorRefused: createError(
    'YX_SERVER_OPERATOR_REFUSED',
    'The control port refused a request: the operator token is missing or wrong. Mend: use the token in the state folder of the platform, or the one whose hash stands in its configuration.',
    401,
  ),
  OperatorTokenMissing: createError(
    'YX_SERVER_OPERATOR_TOKEN_MISSING',
    'The operator token cannot be read from %s. Rule: "yinxin platform" makes the file in its state folder at its first start, readable by its own account. Mend: run the command on the platform\'s machine under that account, or name the file with --token; where the configuration states a hash, keep the token that it is of in a file.',
    401,
  ),
  ...transportErrors,
  ProcessUnknown: createError(
    'YX_SERVER_PROCESS_UNKNOWN',
    'The process of %s could not be started. Mend: see its log file in the state folder.',
    500,
  ),
  NoPort: createError(
    'YX_SERVER_NO_PORT',
    'No free port was found on the loopback address. Mend: end a process that holds one, or name a port with --port.',
    500,
  ),
  PartyEnded: createError(
    'YX_SERVER_PARTY_ENDED',
    'The process of %s ended during the run. Last lines of its log: %s. Mend: see its log file in the state folder; the last published snapshot stays served.',
    500,
  ),
  RunInProgress: createError(
    'YX_SERVER_RUN_IN_PROGRESS',
    'A run or a night is in progress. Rule: one at a time, and what a night reads does not change meanwhile. Mend: wait for its end, or stop it ("yinxin run stop"), then ask again.',
    409,
  ),
  RunFailed: createError(
    'YX_SERVER_RUN_FAILED',
    'The run failed: %s. Mend: correct the cause named, then start again; the last published snapshot stays served.',
    500,
  ),
  RunUnknown: createError(
    'YX_SERVER_RUN_UNKNOWN',
    'The platform knows no such run. Rule: it lists the runs that it keeps. Mend: see "yinxin run list".',
    404,
  ),
  RunNotRunning: createError(
    'YX_SERVER_RUN_NOT_RUNNING',
    'Run %s is not in progress, it is %s. Rule: only a run in progress can be stopped. Mend: see "yinxin run list".',
    409,
  ),
  RunNotResumable: createError(
    'YX_SERVER_RUN_NOT_RESUMABLE',
    'Run %s cannot be resumed: %s. Rule: only a run that stands still goes on. Mend: start a new run.',
    409,
  ),
  RunStopped: createError(
    'YX_SERVER_RUN_STOPPED',
    'Run %s was stopped by the operator. Mend: "yinxin run resume" goes on with it, "yinxin run drop" gives it up.',
    409,
  ),
  RunDropped: createError(
    'YX_SERVER_RUN_DROPPED',
    'Run %s was given up by the operator; nothing was published. Mend: start a new run.',
    410,
  ),
  NoRun: createError(
    'YX_SERVER_NO_RUN',
    'There are no totals. Rule: they are kept of the last run of this process. Mend: start a run first.',
    404,
  ),
  NightModelUnknown: createError(
    'YX_SERVER_NIGHT_MODEL_UNKNOWN',
    'There is no such model to score a night with. The champion is: %s. Rule: nights are scored with the champion. Mend: name no other, promote another ("yinxin model promote"), or train a model first.',
    404,
  ),
  NightStopped: createError(
    'YX_SERVER_NIGHT_STOPPED',
    'The night was stopped by the operator; nothing was published. Mend: start a new one ("yinxin run night").',
    409,
  ),
  ModelRefused: createError(
    'YX_SERVER_MODEL_REFUSED',
    'The validation fold refused the model; nothing was published. Rule: no drop of more than 3 standard deviations. Mend: see the report, then change the plan or the data.',
    422,
  ),
  PlanNumbersMissing: createError(
    'YX_SERVER_USAGE_PLAN_NUMBERS',
    'The numbers of the plan do not fit together. Rule: --labelled comes with --bads, fewer than it, and --columns, at least one a provider. Mend: give all of them, or --data.',
    400,
  ),
  ModelSettings: createError(
    'YX_SERVER_USAGE_MODEL',
    'Option %s does not fit. Rule: --depth belongs to --model booster, --logistic-rounds to a scorecard, and there are at most %s logistic rounds. Mend: leave the option out, or choose the other model.',
    400,
  ),
  CityProviders: createError(
    'YX_SERVER_USAGE_PROVIDERS',
    'A made-up city has the departments that it has. Rule: --providers deals ready columns of a data set with a manifest.json; raw tables make their features at the party that holds them. Mend: leave --providers out, or give --data with a data set.',
    400,
  ),
  StoreOptionInvalid: createError(
    'YX_SERVER_STORE_OPTION_INVALID',
    'The option "database" is not usable. Rule: pglite:<folder> or postgres://user@host:port/database. Mend: correct it in the platform configuration.',
    500,
  ),
  StoreLocked: createError(
    'YX_SERVER_STORE_LOCKED',
    'The store folder %s is in use by process %s. Rule: one process at a time, a second one would destroy the database. Mend: stop that process, or ask it through its API.',
    500,
  ),
  StoreCannotOpen: createError(
    'YX_SERVER_STORE_CANNOT_OPEN',
    'The store %s cannot be opened (%s). Mend: check that the folder is writable or that PostgreSQL answers, then start again.',
    500,
  ),
  StoreTooNew: createError(
    'YX_SERVER_STORE_TOO_NEW',
    'The store has schema number %s, this version of Yinxin knows %s. Mend: start the newer version that wrote it.',
    500,
  ),
  ChunkInvalid: createError(
    'YX_SERVER_CHUNK_INVALID',
    'A chunk of rating rows was refused at row %s: %s. Mend: correct the writer; the snapshot stays unpublished.',
    500,
  ),
  DuplicateSubject: createError(
    'YX_SERVER_DUPLICATE_SUBJECT',
    'A subject stands twice in snapshot %s. Rule: one rating, and at most one whitelist entry, a subject. Mend: make the roster unique.',
    500,
  ),
  SnapshotNotBuilding: createError(
    'YX_SERVER_SNAPSHOT_NOT_BUILDING',
    'Snapshot %s takes no change. Rule: only a snapshot that is being built and was not discarded can be written or published. Mend: begin a new one.',
    409,
  ),
  SnapshotUnknown: createError(
    'YX_SERVER_SNAPSHOT_UNKNOWN',
    'There is no published snapshot %s. Mend: ask for the current one.',
    404,
  ),
  KeyPrefixTaken: createError(
    'YX_SERVER_KEY_PREFIX_TAKEN',
    'An API key with prefix %s exists already. Mend: issue another key.',
    409,
  ),
  NoSnapshot: createError(
    'YX_SERVER_NO_SNAPSHOT',
    'No rating snapshot has been published yet. Mend: wait for the first run to end, then ask again.',
    503,
  ),
  UnknownSubject: createError(
    'YX_SERVER_UNKNOWN_SUBJECT',
    'The current snapshot holds no such subject. Rule: the roster decides who is rated. Mend: check the identifier.',
    404,
  ),
  SubjectIdInvalid: createError(
    'YX_SERVER_SUBJECT_ID_INVALID',
    'The subject in the address is no unified social credit code. Rule: 18 digits and capital letters without I, O, S, V and Z (GB 32100). Mend: correct the code.',
    400,
  ),
  CursorInvalid: createError(
    'YX_SERVER_CURSOR_INVALID',
    'The cursor was not issued by this platform since it started. Rule: pass "next_cursor" on unchanged. Mend: begin again without a cursor.',
    400,
  ),
  RequestInvalid: createError(
    'YX_SERVER_REQUEST_INVALID',
    'The request breaks the schema of this route; "errors" names each place. Mend: correct them, the schema stands at /documentation.',
    400,
  ),
  RequestUnreadable: createError(
    'YX_SERVER_REQUEST_UNREADABLE',
    'The request could not be read: its address, headers, media type, size or body are not acceptable. Mend: compare it with /documentation.',
    400,
  ),
  RouteUnknown: createError(
    'YX_SERVER_ROUTE_UNKNOWN',
    'There is no such route or method. Mend: see /documentation for those that exist.',
    404,
  ),
  Unauthenticated: createError(
    'YX_SERVER_UNAUTHENTICATED',
    'The request carries no valid API key. Rule: "Authorization: Bearer yx_..." on every /v1 route. Mend: use a key that was issued to your institution and not revoked.',
    401,
  ),
  ScopeMissing: createError(
    'YX_SERVER_SCOPE_MISSING',
    'The API key lacks the scope %s. Mend: ask the platform operator for a key with that scope.',
    403,
  ),
  TooManyRequests: createError(
    'YX_SERVER_TOO_MANY_REQUESTS',
    'Too many requests: %s in %s seconds are allowed. Mend: wait for the seconds in "Retry-After".',
    429,
  ),
  NotReady: createError(
    'YX_SERVER_NOT_READY',
    'The platform is not ready: %s. Mend: wait, or see its log.',
    503,
  ),
  EgressRefused: createError(
    'YX_SERVER_EGRESS_REFUSED',
    'An answer was stopped because it did not pass the release gate. Mend: report the request id to the platform operator; nothing was released.',
    500,
  ),
  RouteWithoutProduct: createError(
    'YX_SERVER_ROUTE_WITHOUT_PRODUCT',
    'Route %s names no product of the release gate. Rule: every /v1 route has config.product. Mend: name one.',
    500,
  ),
  Internal: createError(
    'YX_SERVER_INTERNAL',
    'The platform could not answer because of an unexpected fault. Mend: report the request id to the platform operator.',
    500,
  ),
  ...consortiumErrors,
  ...keyHolderErrors,
  ...approvalErrors,
}
