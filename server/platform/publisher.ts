/** Turns the outcome of a run into one snapshot: ratings of the whole roster and the whitelist, switched in one step. */
import { randomFillSync } from 'node:crypto'
import type { Roster } from '../../features/index.ts'
import {
  federationErrors,
  type NightRatings,
  planText,
  type RunResult,
  signersOf,
} from '../../federation/index.ts'
import { GRADES, type ModelCard, pdOfScore } from '../../models/index.ts'
import { serverErrors } from '../errors.ts'
import type { KeptModel, VersionedModel } from '../night/kept-model.ts'
import type { NightPublisher, NightReport } from '../night/night-service.ts'
import { issueApiKey, SCOPES } from '../plugins/api-key.ts'
import type { IdScheme, PlatformStore, SnapshotHead } from '../store/index.ts'
import { cardOf } from './cards/card-of.ts'
import type { Publisher, RunOutcome, RunReport } from './control/run-report.ts'
import { keptOf, type ModelRegistry } from './models/model-registry.ts'
import type { ModelMonitor } from './monitor/model-monitor.ts'

const CHUNK = 20_000
/** Whitelist reasons are codes; the texts belong to the console. */
const LISTED = 'score-at-or-above-cut'

/** The grade table of the published scale, best first. */
const gradeTable = () =>
  GRADES.map(({ grade, from }, index) => ({
    grade: grade as string,
    scoreFrom: from as number,
    pdFrom: index === 0 ? 0 : pdOfScore(GRADES[index - 1].from),
    pdTo: from === 0 ? 1 : pdOfScore(from),
  }))

/** Vectors over the roster that a snapshot is made of. */
type Rated = Omit<NightRatings, 'unrated'> & {
  readonly unrated?: Uint8Array
  /** 1 for each row that the challenger rated. */
  readonly ofChallenger?: Uint8Array
}

/** What a node's roster is to it. */
export interface RostersOfPublisher {
  readonly held: { readonly roster: Roster }
  withRows(digest: string): Roster | null
}

export class SnapshotPublisher implements Publisher, NightPublisher {
  #store: PlatformStore
  #rosters: RostersOfPublisher
  #idScheme: IdScheme
  #registry: ModelRegistry
  #monitor: ModelMonitor

  /** @param rosters the version in force, and the one with the rows that a plan names */
  constructor(
    store: PlatformStore,
    rosters: RostersOfPublisher,
    idScheme: IdScheme,
    registry: ModelRegistry,
    monitor: ModelMonitor,
  ) {
    this.#store = store
    this.#rosters = rosters
    this.#idScheme = idScheme
    this.#registry = registry
    this.#monitor = monitor
  }

  async currentSnapshot(): Promise<string | null> {
    const current = await this.#store.ratings.current()
    return current === null ? null : String(current.id)
  }

  createKey(institution: string): Promise<string> {
    const random = (bytes: number) => randomFillSync(new Uint8Array(bytes))
    return issueApiKey(this.#store.access, random, { institution, scopes: SCOPES })
  }

  /**
   * Registers the model, writes its ratings and holds them until it is the champion, which may be at once. Asked again after a crash
   * it goes on where it was; a fault on the way leaves what is served in place.
   */
  async publish(
    result: RunResult,
    outcome: RunOutcome,
    asOf: Date,
  ): Promise<Pick<RunReport, 'snapshotId' | 'model' | 'card'>> {
    const { plan, planHash, assessment } = result
    const roster = this.#rosterOf(plan)
    const made = cardOf(result, {
      createdAt: asOf,
      folds: roster.folds,
      former: (await this.#store.ratings.current())?.card ?? null,
    })
    const card = { ...made }
    const publicPart = publicPartOf(plan)
    const night: KeptModel = {
      ...{ planHash, plan: planText(plan), purpose: plan.purpose, run: outcome.run, card, publicPart },
      trainedAt: asOf.toISOString(),
      offset: assessment.calibration.offset,
      targetPd: assessment.whitelistSummary.targetPd,
    }
    const { version, cardText } = await this.#registry.register({
      ...{ run: outcome.run, planHash, labelSnapshot: plan.snapshot, rosterDigest: plan.rosterDigest },
      ...{ accepted: outcome.accepted, signers: signersOf(plan), cardText: JSON.stringify(card) },
      ...{ metrics: { ...outcome.metrics }, privacy: { ...outcome.privacy }, night: { ...night } },
    })
    // As it was registered, also where the run was published in an earlier life: that text is what parties approve.
    const registered = JSON.parse(cardText) as ModelCard
    await this.#watchOutcomes(plan.snapshot, outcome.run, registered)
    const modelVersion = String(version)
    if (outcome.accepted && !(await this.#store.ratings.holds(modelVersion))) {
      const about = {
        modelVersion,
        planHash,
        asOf,
        challengerVersion: null,
        staleSince: null,
        carriedOver: [],
        card: { ...registered },
      }
      const head = { ...about, report: { ...outcome } }
      await this.#write(head, assessment, publicPart, roster, 'hold')
    }
    const { state } = await this.#registry.settle(version)
    const snapshotId = state === 'champion' ? await this.currentSnapshot() : null
    return { snapshotId, model: { version, state }, card: registered }
  }

  /** Newer labels say something of the model that rates; the same ones again only of how it was trained. */
  async #watchOutcomes(labels: string, run: string, card: ModelCard): Promise<void> {
    const { champion } = await this.#registry.store.serving()
    const rating = champion && keptOf(champion)
    if (!rating || champion.run === run || champion.labelSnapshot === labels) return
    await this.#monitor.outcomes(rating, run, card)
  }

  /** Publishes what the champion says of the data of a night. @throws NightModelUnknown where another has taken its place meanwhile */
  async publishNight(
    model: VersionedModel,
    ratings: NightRatings,
    report: Omit<NightReport, 'snapshotId'>,
    ofChallenger: Uint8Array,
  ): Promise<string> {
    const { version, planHash, card, publicPart } = model
    const { at, staleSince, parts, challenger } = report
    const { champion } = await this.#registry.store.serving()
    if (champion?.version !== version) throw new serverErrors.NightModelUnknown(champion?.planHash ?? 'none')
    const late = [...parts, ...(challenger?.parts ?? [])].filter(({ since }) => since !== null)
    const head = {
      ...{ modelVersion: String(version), planHash, asOf: new Date(at), card, report: { ...report } },
      staleSince: staleSince === null ? null : new Date(staleSince),
      carriedOver: [...new Set(late.map(({ provider }) => provider))],
      challengerVersion: challenger === null ? null : String(challenger.model),
    }
    const rated = { ...ratings, ofChallenger }
    return String(await this.#write(head, rated, publicPart, this.#rosters.held.roster, 'publish'))
  }

  async #write(
    head: Omit<SnapshotHead, 'idScheme' | 'grades'>,
    rated: Rated,
    publicPart: number,
    roster: Roster,
    end: 'publish' | 'hold',
  ): Promise<number> {
    const { ratings } = this.#store
    const snapshot = await ratings.beginSnapshot({
      ...head,
      idScheme: this.#idScheme,
      grades: gradeTable(),
    })
    try {
      await this.#addRatings(snapshot, rated, publicPart, roster)
      await this.#addWhitelist(snapshot, rated, roster)
      await ratings[end](snapshot)
    } catch (fault) {
      await ratings.discard(snapshot).catch(() => {})
      throw fault
    }
    return snapshot
  }

  /** @throws RosterDiffers where the version of the run is gone */
  #rosterOf({ rosterDigest, rows }: RunResult['plan']): Roster {
    const roster = this.#rosters.withRows(rosterDigest)
    if (!roster) throw new federationErrors.RosterDiffers('the run', rows, 'another number of')
    return roster
  }

  async #addRatings(snapshot: number, rated: Rated, publicPart: number, roster: Roster): Promise<void> {
    const { ids, size } = roster
    const { scores, gradeOfRow, pds, publicOnly, excluded, totals, unrated, ofChallenger } = rated
    // A firm that some department has not rated yet has no rating.
    const rows = Int32Array.from({ length: size }, (_, row) => row).filter((row) => !unrated?.[row])
    for (let from = 0; from < rows.length; from += CHUNK) {
      const part = rows.subarray(from, from + CHUNK)
      await this.#store.ratings.addRatings(snapshot, {
        ids: Array.from(part, (row) => ids[row]),
        scores: part.map((row) => scores[row]),
        grades: Uint8Array.from(part, (row) => gradeOfRow[row]),
        pds: Float32Array.from(part, (row) => pds[row]),
        // Who holds a firm is not the platform's to know: all contribute, or where it has not authorised that, public data do.
        coverage: Float32Array.from(part, (row) => (publicOnly[row] ? publicPart : 1)),
        excluded: Uint8Array.from(part, (row) => excluded[row]),
        totals: part.map((row) => totals[row]),
        challenger: Uint8Array.from(part, (row) => ofChallenger?.[row] ?? 0),
      })
    }
  }

  async #addWhitelist(
    snapshot: number,
    { scores, pds, gradeOfRow, whitelist, ofChallenger }: Rated,
    { ids }: Roster,
  ): Promise<void> {
    const listed = whitelist.rows
    for (let from = 0; from < listed.length; from += CHUNK) {
      const rows = listed.subarray(from, from + CHUNK)
      await this.#store.ratings.addWhitelist(snapshot, {
        ids: Array.from(rows, (row) => ids[row]),
        scores: rows.map((row) => scores[row]),
        grades: Uint8Array.from(rows, (row) => gradeOfRow[row]),
        pds: Float32Array.from(rows, (row) => pds[row]),
        reasons: Array.from(rows, () => LISTED),
        challenger: Uint8Array.from(rows, (row) => ofChallenger?.[row] ?? 0),
      })
    }
  }
}

/** Part of a plan's providers whose data are public. */
const publicPartOf = ({ providers }: RunResult['plan']): number =>
  providers.filter(({ publicData }) => publicData).length / providers.length
