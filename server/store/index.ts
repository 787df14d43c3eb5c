/** server/store/: what the platform keeps, on PGlite, PostgreSQL or in memory. */
export type { AccessEntry, AccessStore, ApiKeyRecord } from './access-store.ts'
export { MAX_SUBJECT_LENGTH } from './chunk-check.ts'
export type { Clock } from './clock.ts'
export { memoryStore } from './memory-store.ts'
export type { ModelEvent } from './models/model-history.ts'
export { cardHashOf, MOST_SHARE, missingApprovals } from './models/model-rules.ts'
export { MODEL_ACTIONS, type ModelAction, type ModelState } from './models/model-states.ts'
export type {
  ModelApproval,
  ModelChange,
  ModelStore,
  NewModel,
  RegisteredModel,
  Serving,
} from './models/model-store.ts'
export { openStore } from './open-store.ts'
export type { PlatformStore } from './platform-store.ts'
export type {
  GradeBand,
  IdScheme,
  JsonObject,
  Rating,
  RatingChunk,
  RatingStore,
  Snapshot,
  SnapshotHead,
  WhitelistChunk,
  WhitelistEntry,
  WhitelistPage,
  WhitelistPlace,
} from './rating-store.ts'
