import type { AccessStore } from './access-store.ts'
import type { ModelStore } from './models/model-store.ts'
import type { RatingStore } from './rating-store.ts'

/** All that the platform keeps. */
export interface PlatformStore {
  readonly ratings: RatingStore
  readonly models: ModelStore
  readonly access: AccessStore
  /** Cheap check that the store answers. @throws StoreCannotOpen */
  ping(): Promise<void>
  close(): Promise<void>
}
