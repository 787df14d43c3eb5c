import type { Generated } from 'kysely'
import type { ModelEventKind } from './models/model-history.ts'
import type { ModelState } from './models/model-states.ts'
import type { GradeBand, IdScheme, JsonObject } from './rating-store.ts'

/** The tables as Kysely sees them; migrations/ makes them. */
export interface Tables {
  snapshots: {
    id: Generated<number>
    model_version: string
    plan_hash: string
    as_of: Date
    stale_since: Date | null
    carried_over: readonly string[]
    created_at: Date
    state: 'building' | 'held' | 'published'
    id_scheme: IdScheme
    subjects: Generated<number>
    listed: Generated<number>
    grades: readonly GradeBand[]
    grade_counts: Generated<{ readonly [grade: string]: number }>
    card: JsonObject
    report: JsonObject
    challenger_version: string | null
  }
  ratings: {
    snapshot_id: number
    position: number
    subject_id: string
    score: number
    grade: string
    pd: number
    coverage: number
    excluded: boolean
    total: number
    challenger: boolean
  }
  whitelist_entries: {
    snapshot_id: number
    position: number
    subject_id: string
    score: number
    grade: string
    pd: number
    reason: string
    challenger: boolean
  }
  current_snapshot: {
    only_row: boolean
    snapshot_id: number
  }
  api_keys: {
    prefix: string
    hash: string
    institution: string
    scopes: string[]
    created_at: Date
    revoked_at: Date | null
  }
  access_log: {
    id: Generated<string>
    at: Date
    institution: string
    key_prefix: string
    product: string
    subject_id: string | null
    outcome: 'released' | 'unknown-subject'
  }
  models: {
    version: number
    run: string
    plan_hash: string
    label_snapshot: string
    roster_digest: string
    accepted: boolean
    signers: readonly string[]
    metrics: JsonObject
    privacy: JsonObject
    card_text: string
    card_hash: string
    night: JsonObject
    state: ModelState
    predecessor: number | null
    registered_at: Date
  }
  model_approvals: {
    version: number
    party: string
    signature: string
    at: Date
  }
  model_events: {
    index: number
    at: string
    version: number
    kind: ModelEventKind
    from_state: ModelState | ''
    to_state: ModelState | ''
    who: string
    note: string
    previous: string
    hash: string
  }
  model_split: {
    only_row: boolean
    salt: string
    share: number
  }
}
