import type { Migration } from './migration.ts'

/**
 * The registry of models. The database itself holds fast what must never be: two champions, two challengers, a model that validation
 * refused and that is more than a draft, a history that is changed. A snapshot may be held back until its model is the champion.
 */
export const models: Migration = {
  number: 4,
  name: 'models',
  statements: [
    `CREATE TABLE models (
      version integer PRIMARY KEY CHECK (version > 0),
      run text NOT NULL UNIQUE,
      plan_hash text NOT NULL,
      label_snapshot text NOT NULL,
      roster_digest text NOT NULL,
      accepted boolean NOT NULL,
      signers jsonb NOT NULL,
      metrics jsonb NOT NULL,
      privacy jsonb NOT NULL,
      card_text text NOT NULL,
      card_hash text NOT NULL,
      night jsonb NOT NULL,
      state text NOT NULL CHECK (state IN ('draft', 'approved', 'champion', 'challenger', 'retired')),
      predecessor integer REFERENCES models (version),
      registered_at timestamptz NOT NULL,
      CHECK (accepted OR state IN ('draft', 'retired'))
    )`,
    `CREATE UNIQUE INDEX models_one_champion ON models (state) WHERE state = 'champion'`,
    `CREATE UNIQUE INDEX models_one_challenger ON models (state) WHERE state = 'challenger'`,
    `CREATE TABLE model_approvals (
      version integer NOT NULL REFERENCES models (version),
      party text NOT NULL,
      signature text NOT NULL,
      at timestamptz NOT NULL,
      PRIMARY KEY (version, party)
    )`,
    `CREATE TABLE model_events (
      index integer PRIMARY KEY,
      at text NOT NULL,
      version integer NOT NULL REFERENCES models (version),
      kind text NOT NULL,
      from_state text NOT NULL,
      to_state text NOT NULL,
      who text NOT NULL,
      note text NOT NULL,
      previous text NOT NULL,
      hash text NOT NULL
    )`,
    `CREATE FUNCTION model_events_only_grow() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'the history of models is only appended to'; END $$`,
    `CREATE TRIGGER model_events_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON model_events
      FOR EACH STATEMENT EXECUTE FUNCTION model_events_only_grow()`,
    `CREATE TABLE model_split (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      salt text NOT NULL,
      share integer NOT NULL CHECK (share BETWEEN 0 AND 500)
    )`,
    `ALTER TABLE snapshots DROP CONSTRAINT snapshots_state_check`,
    `ALTER TABLE snapshots ADD CONSTRAINT snapshots_state_check CHECK (state IN ('building', 'held', 'published'))`,
  ],
}
