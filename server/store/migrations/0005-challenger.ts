import type { Migration } from './migration.ts'

/** Snapshots in which a second model rated some subjects; all before were made by one. */
export const challenger: Migration = {
  number: 5,
  name: 'challenger',
  statements: [
    `ALTER TABLE snapshots ADD COLUMN challenger_version text`,
    `ALTER TABLE ratings ADD COLUMN challenger boolean NOT NULL DEFAULT false`,
    `ALTER TABLE whitelist_entries ADD COLUMN challenger boolean NOT NULL DEFAULT false`,
  ],
}
