import { randomBytes } from 'node:crypto'
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { serverErrors } from '../../errors.ts'
import type { Clock } from '../clock.ts'
import type { Tables } from '../tables.ts'
import { linkModelEvent, type ModelEvent, type NewModelEvent, verifyModelHistory } from './model-history.ts'
import { allowedMoves, cardHashOf, checkApproval, checkNewModel } from './model-rules.ts'
import type { ModelState } from './model-states.ts'
import type {
  ModelApproval,
  ModelChange,
  ModelStore,
  NewModel,
  RegisteredModel,
  Serving,
} from './model-store.ts'

const SALT_BYTES = 32
const PLATFORM = 'platform'
type Tx = Transaction<Tables>
type Db = Kysely<Tables> | Tx

/** `ModelStore` on PostgreSQL's dialect, embedded or served. */
export class SqlModelStore implements ModelStore {
  #db: Kysely<Tables>
  #clock: Clock
  #onRenamed: () => void

  /** @param onRenamed called when snapshots have another model version than before */
  constructor(db: Kysely<Tables>, clock: Clock, onRenamed: () => void) {
    this.#db = db
    this.#clock = clock
    this.#onRenamed = onRenamed
  }

  async register(model: NewModel): Promise<RegisteredModel> {
    checkNewModel(model)
    return this.#turn(async (tx) => {
      const known = (await modelsIn(tx)).find(({ run }) => run === model.run)
      return known ?? this.#add(tx, model, 'draft')
    })
  }

  async adopt(model: NewModel): Promise<RegisteredModel | null> {
    checkNewModel(model)
    const adopted = await this.#turn(async (tx) => {
      if ((await modelsIn(tx)).length > 0) return null
      const champion = await this.#add(tx, model, 'champion')
      await tx
        .updateTable('snapshots')
        .set({ model_version: String(champion.version) })
        .where('model_version', '=', model.run)
        .execute()
      return champion
    })
    this.#onRenamed()
    return adopted
  }

  async model(version: number): Promise<RegisteredModel> {
    const found = (await modelsIn(this.#db)).find((one) => one.version === version)
    if (!found) throw new serverErrors.ModelUnknown(version)
    return found
  }

  models(): Promise<RegisteredModel[]> {
    return modelsIn(this.#db)
  }

  async serving(): Promise<Serving> {
    return this.#turn(async (tx) => {
      const models = await modelsIn(tx)
      const { salt, share } = await splitIn(tx)
      const of = (state: ModelState) => models.find((one) => one.state === state) ?? null
      return { champion: of('champion'), challenger: of('challenger'), salt, share }
    })
  }

  sign(
    version: number,
    { party, cardHash, signature }: { party: string; cardHash: string; signature: string },
  ): Promise<RegisteredModel> {
    return this.#turn(async (tx) => {
      const model = await modelIn(tx, version)
      checkApproval(model, { party, cardHash })
      if (model.approvals.some((one) => one.party === party)) return model
      await tx
        .insertInto('model_approvals')
        .values({ version, party, signature, at: this.#clock.now() })
        .execute()
      await this.#note(tx, [{ version, kind: 'signed', from: '', to: '', who: party, note: signature }])
      return modelIn(tx, version)
    })
  }

  change(change: ModelChange): Promise<RegisteredModel> {
    const { action, who, share = 0 } = change
    return this.#turn(async (tx) => {
      const moves = allowedMoves(change, await modelsIn(tx))
      const events: NewModelEvent[] = []
      for (const { version, step, from, to } of moves) {
        await tx.updateTable('models').set({ state: to }).where('version', '=', version).execute()
        const note = step === 'challenge' ? `${share} of a thousand` : ''
        events.push({ version, kind: step, from, to, who, note })
      }
      const { version, from, to } = moves[moves.length - 1]
      if (action === 'challenge' || from === 'challenger') await setShare(tx, share)
      if (to === 'champion') {
        await serveRatings(tx, version)
        const displaced = moves.length > 1 ? moves[0].version : null
        if (action === 'promote')
          await tx
            .updateTable('models')
            .set({ predecessor: displaced })
            .where('version', '=', version)
            .execute()
      }
      await this.#note(tx, events)
      return modelIn(tx, version)
    })
  }

  async history(): Promise<ModelEvent[]> {
    return this.#turn(async (tx) => {
      const rows = await tx.selectFrom('model_events').selectAll().orderBy('index').execute()
      const events = rows.map(({ from_state, to_state, ...event }) => ({
        ...event,
        from: from_state,
        to: to_state,
      }))
      verifyModelHistory(events, await modelsIn(tx))
      return events
    })
  }

  async #add(tx: Tx, model: NewModel, state: ModelState): Promise<RegisteredModel> {
    const { newest } = await tx
      .selectFrom('models')
      .select(({ fn }) => fn.coalesce(fn.max('version'), sql<number>`0`).as('newest'))
      .executeTakeFirstOrThrow()
    const version = newest + 1
    const json = (value: unknown) => sql<never>`${JSON.stringify(value)}::jsonb`
    await tx
      .insertInto('models')
      .values({
        ...{ version, state, run: model.run, plan_hash: model.planHash, label_snapshot: model.labelSnapshot },
        ...{ roster_digest: model.rosterDigest, accepted: model.accepted, signers: json(model.signers) },
        ...{ metrics: json(model.metrics), privacy: json(model.privacy), night: json(model.night) },
        ...{ card_text: model.cardText, card_hash: cardHashOf(model.cardText), predecessor: null },
        registered_at: this.#clock.now(),
      })
      .execute()
    const kind = state === 'draft' ? 'registered' : 'adopted'
    await this.#note(tx, [{ version, kind, from: '', to: state, who: PLATFORM, note: model.run }])
    return modelIn(tx, version)
  }

  async #note(tx: Tx, events: readonly NewModelEvent[]): Promise<void> {
    let last =
      (await tx
        .selectFrom('model_events')
        .select(['index', 'hash'])
        .orderBy('index', 'desc')
        .limit(1)
        .executeTakeFirst()) ?? null
    for (const event of events) {
      const { from, to, ...linked } = linkModelEvent(last, this.#clock.now(), event)
      await tx
        .insertInto('model_events')
        .values({ ...linked, from_state: from, to_state: to })
        .execute()
      last = linked
    }
  }

  /** One transaction, beside which there is no other of the registry, in this process or elsewhere. */
  #turn<V>(work: (tx: Tx) => Promise<V>): Promise<V> {
    return this.#db.transaction().execute(async (tx) => {
      await sql`SELECT pg_advisory_xact_lock(hashtext('yinxin models ' || current_schema()))`.execute(tx)
      return work(tx)
    })
  }
}

async function modelsIn(db: Db): Promise<RegisteredModel[]> {
  const rows = await db.selectFrom('models').selectAll().orderBy('version').execute()
  const approvals = await db
    .selectFrom('model_approvals')
    .selectAll()
    .orderBy('at')
    .orderBy('party')
    .execute()
  return rows.map((row) =>
    toModel(
      row,
      approvals
        .filter(({ version }) => version === row.version)
        .map(({ version: _, ...approval }) => approval),
    ),
  )
}

/** @throws ModelUnknown */
async function modelIn(tx: Tx, version: number): Promise<RegisteredModel> {
  const found = (await modelsIn(tx)).find((one) => one.version === version)
  if (!found) throw new serverErrors.ModelUnknown(version)
  return found
}

/** Salt and share; the salt is drawn when it is first asked for. */
async function splitIn(tx: Tx): Promise<{ salt: string; share: number }> {
  const salt = randomBytes(SALT_BYTES).toString('hex')
  await tx
    .insertInto('model_split')
    .values({ only_row: true, salt, share: 0 })
    .onConflict((conflict) => conflict.column('only_row').doNothing())
    .execute()
  return tx.selectFrom('model_split').select(['salt', 'share']).executeTakeFirstOrThrow()
}

async function setShare(tx: Tx, share: number): Promise<void> {
  await splitIn(tx)
  await tx.updateTable('model_split').set({ share }).execute()
}

/**
 * Switches to the newest ratings by a model; of those that a challenger had a share in, only those of the challenger that there is
 * still: nobody is served by a model that was displaced or retired.
 * @throws ModelUnrated
 */
async function serveRatings(tx: Tx, version: number): Promise<void> {
  const newest = await tx
    .updateTable('snapshots')
    .set({ state: 'published' })
    .where('id', '=', ({ selectFrom }) =>
      selectFrom('snapshots')
        .select(({ fn }) => fn.max('id').as('id'))
        .where('model_version', '=', String(version))
        .where('state', 'in', ['held', 'published'])
        .where((that) =>
          that.or([
            that('challenger_version', 'is', null),
            that(
              'challenger_version',
              '=',
              that
                .selectFrom('models')
                .select(sql<string>`version::text`.as('version'))
                .where('models.state', '=', 'challenger'),
            ),
          ]),
        ),
    )
    .returning('id')
    .executeTakeFirst()
  if (!newest) throw new serverErrors.ModelUnrated(version)
  await tx
    .insertInto('current_snapshot')
    .values({ only_row: true, snapshot_id: newest.id })
    .onConflict((conflict) => conflict.column('only_row').doUpdateSet({ snapshot_id: newest.id }))
    .execute()
}

const toModel = (
  row: Selectable<Tables['models']>,
  approvals: readonly ModelApproval[],
): RegisteredModel => ({
  ...{ version: row.version, run: row.run, planHash: row.plan_hash, labelSnapshot: row.label_snapshot },
  ...{ rosterDigest: row.roster_digest, accepted: row.accepted, signers: row.signers, metrics: row.metrics },
  ...{ privacy: row.privacy, cardText: row.card_text, cardHash: row.card_hash, night: row.night },
  ...{ state: row.state, predecessor: row.predecessor, registeredAt: row.registered_at, approvals },
})
