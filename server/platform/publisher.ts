/** Turns the outcome of a run into one snapshot: ratings of the whole roster and the whitelist, switched in one step. */
import { randomFillSync } from 'node:crypto'
import type { Roster } from '../../features/index.ts'
import type { RunResult } from '../../federation/index.ts'
import { GRADES, type ModelCard, modelCard, pdOfScore } from '../../models/index.ts'
import { issueApiKey, SCOPES } from '../plugins/api-key.ts'
import type { IdScheme, PlatformStore } from '../store/index.ts'
import type { Publisher, RunReport } from './control/run-report.ts'

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

export class SnapshotPublisher implements Publisher {
  #store: PlatformStore
  #roster: Roster
  #idScheme: IdScheme

  constructor(store: PlatformStore, roster: Roster, idScheme: IdScheme) {
    this.#store = store
    this.#roster = roster
    this.#idScheme = idScheme
  }

  async currentSnapshot(): Promise<string | null> {
    const current = await this.#store.ratings.current()
    return current === null ? null : String(current.id)
  }

  createKey(institution: string): Promise<string> {
    const random = (bytes: number) => randomFillSync(new Uint8Array(bytes))
    return issueApiKey(this.#store.access, random, { institution, scopes: SCOPES })
  }

  /** Writes everything, then publishes; a fault on the way leaves the former snapshot in place. */
  async publish(result: RunResult, report: Omit<RunReport, 'snapshotId'>, asOf: Date): Promise<string> {
    const { ratings } = this.#store
    const current = await ratings.current()
    // A platform that was killed after it had published does not publish the run a second time.
    if (current?.modelVersion === report.run) return String(current.id)
    const snapshot = await ratings.beginSnapshot({
      modelVersion: report.run,
      planHash: result.planHash,
      asOf,
      idScheme: this.#idScheme,
      grades: gradeTable(),
      card: { ...cardOf(result, asOf) },
      report: { ...report },
    })
    try {
      await this.#addRatings(snapshot, result)
      await this.#addWhitelist(snapshot, result)
      await ratings.publish(snapshot)
    } catch (fault) {
      await ratings.discard(snapshot).catch(() => {})
      throw fault
    }
    return String(snapshot)
  }

  async #addRatings(snapshot: number, { assessment, plan }: RunResult): Promise<void> {
    const { ids, size } = this.#roster
    const publicPart = plan.providers.filter(({ publicData }) => publicData).length / plan.providers.length
    for (let from = 0; from < size; from += CHUNK) {
      const to = Math.min(size, from + CHUNK)
      await this.#store.ratings.addRatings(snapshot, {
        ids: ids.slice(from, to),
        scores: assessment.scores.slice(from, to),
        grades: assessment.gradeOfRow.slice(from, to),
        pds: Float32Array.from(assessment.pds.subarray(from, to)),
        // Who holds a firm is not the platform's to know: all contribute, or where it has not authorised that, public data do.
        coverage: Float32Array.from(assessment.publicOnly.subarray(from, to), (only) =>
          only ? publicPart : 1,
        ),
        excluded: assessment.excluded.slice(from, to),
        totals: assessment.totals.slice(from, to),
      })
    }
  }

  async #addWhitelist(snapshot: number, { assessment }: RunResult): Promise<void> {
    const { scores, pds, gradeOfRow } = assessment
    const { ids } = this.#roster
    const listed = assessment.whitelist.rows
    for (let from = 0; from < listed.length; from += CHUNK) {
      const rows = listed.subarray(from, from + CHUNK)
      await this.#store.ratings.addWhitelist(snapshot, {
        ids: Array.from(rows, (row) => ids[row]),
        scores: rows.map((row) => scores[row]),
        grades: Uint8Array.from(rows, (row) => gradeOfRow[row]),
        pds: Float32Array.from(rows, (row) => pds[row]),
        reasons: Array.from(rows, () => LISTED),
      })
    }
  }
}

/** What the platform can say of the model: how it was made and how good it is. No weight, no point per bin. */
function cardOf({ plan, planHash, assessment }: RunResult, createdAt: Date): ModelCard {
  const { calibration, metrics } = assessment
  const auc = (of: { auc: number; aucSe: number }) => ({ value: of.auc, se: of.aucSe })
  return modelCard({
    run: plan.run,
    planHash,
    createdAt: createdAt.toISOString(),
    p0: plan.scale.p0,
    calibration,
    training: {
      rows: plan.trainRows,
      labelled: plan.labelled,
      bads: plan.bads,
      rounds: plan.rounds,
      bins: plan.bins,
      lambda: plan.lambda,
      sigma: plan.sigma,
    },
    providers: plan.providers,
    evaluation: {
      'train AUC': auc(metrics.train),
      ...(metrics.validation && { 'validation AUC': auc(metrics.validation) }),
      'test AUC': auc(metrics.test),
      'test KS': { value: metrics.test.ks },
      'test lift in the worst tenth': { value: metrics.test.lift10 },
    },
  })
}
