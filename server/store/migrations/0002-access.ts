import type { Migration } from './migration.ts'

export const access: Migration = {
  number: 2,
  name: 'access',
  statements: [
    `CREATE TABLE api_keys (
      prefix text PRIMARY KEY,
      hash text NOT NULL,
      institution text NOT NULL,
      scopes text[] NOT NULL,
      created_at timestamptz NOT NULL,
      revoked_at timestamptz
    )`,
    `CREATE TABLE access_log (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL,
      institution text NOT NULL,
      key_prefix text NOT NULL,
      product text NOT NULL,
      subject_id text,
      outcome text NOT NULL CHECK (outcome IN ('released', 'unknown-subject'))
    )`,
    `CREATE INDEX access_log_subject ON access_log (subject_id, id)`,
  ],
}
