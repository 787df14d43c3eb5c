import type { Migration } from './migration.ts'

/** Snapshots of nights in which departments were absent or held back; all before were made with every department there. */
export const stale: Migration = {
  number: 3,
  name: 'stale',
  statements: [
    `ALTER TABLE snapshots ADD COLUMN stale_since timestamptz`,
    `ALTER TABLE snapshots ADD COLUMN carried_over jsonb NOT NULL DEFAULT '[]'`,
  ],
}
