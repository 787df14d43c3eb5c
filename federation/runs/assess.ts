/**
 * From weights that nobody sees to a published scale (protocol.md sections 6 and 7): total points are opened, noisy band
 * counts calibrate them, the validation fold may refuse the model, the test fold reports it; then the calibrated points are
 * opened, graded and listed. Three evaluations: calibration, test, grades.
 */
import {
  type BandMetrics,
  bandMetrics,
  bandOf,
  type EvaluatedBand,
  gradeBands,
  gradeOf,
  logitOfTotal,
  offsetHundredths,
  pdOfScore,
  platt,
  publishScore,
  rankAuc,
  rankColumn,
  SCALE,
  scoreBands,
  scoreOfPd,
  selectWhitelist,
  type WhitelistSelection,
} from '../../models/index.ts'
import { publicOnlyRows } from '../authorisation/data-use.ts'
import { rowsOfFolds } from '../plan.ts'
import type { PlatformRun } from '../roles/platform/run.ts'
import { type BandsOpened, evaluatedBands } from './evaluated-bands.ts'
import { type BandCount, openBands, openRankSum } from './evaluation.ts'
import { LEAST_BAND_ROWS } from './evaluation-limits.ts'
import { OPENINGS } from './openings.ts'
import { openScores } from './scoring.ts'
import type { Timed } from './timed.ts'

const VALIDATION_FOLD = 1
const TEST_FOLD = 0
const ALL_FOLDS = [0, 1, 2, 3, 4]
/** Bands of the calibration, used for training and validation rows alike, and of the test. */
const CALIBRATION_BANDS = 10
const TEST_BANDS = { least: 5, most: 20 }
/** A drop of the AUC from training to validation by more sd than this refuses the model. */
const REFUSAL_SD = 3
const RAW = { intercept: 0, slope: 1 }

export interface CalibrationReport {
  readonly intercept: number
  readonly slope: number
  readonly calibrated: boolean
  /** Public offset of the published scale, hundredths of a point. */
  readonly offset: number
}

export interface GradeRow {
  readonly grade: string
  readonly from: number
  readonly to: number
  readonly firms: number
  /** As opened with noise. */
  readonly labelled: number
  readonly bads: number
  /** Null where noise leaves no labelled firm. */
  readonly badRate: number | null
  /** What the scale promises: mean default probability of the firms, labelled or not. */
  readonly expectedRate: number
}

/** What the platform knows after a run; vectors follow the roster. */
export interface Assessment {
  readonly accepted: boolean
  readonly refusal: string | null
  /** Total points in hundredths, the offset included. */
  readonly totals: Int32Array
  /** 0 to 1000. */
  readonly scores: Int32Array
  /** Index into GRADES. */
  readonly grades: readonly GradeRow[]
  readonly gradeOfRow: Uint8Array
  readonly pds: Float64Array
  readonly excluded: Uint8Array
  /** 1 where only public data contributed, because the firm has not authorised the use of the others. */
  readonly publicOnly: Uint8Array
  readonly whitelist: WhitelistSelection
  readonly whitelistSummary: {
    listed: number
    cut: number
    meanPd: number
    excluded: number
    targetPd: number
  }
  readonly calibration: CalibrationReport
  readonly metrics: { train: BandMetrics; validation: BandMetrics | null; test: BandMetrics }
  /** Noise of one opened count, both servers together. */
  readonly countSd: number
  /** The same evaluations by fold, on the published scale. */
  readonly bands: {
    train: readonly EvaluatedBand[]
    validation: readonly EvaluatedBand[] | null
    test: readonly EvaluatedBand[]
  }
  /** Bands of each evaluation, as opened. */
  readonly evaluations: readonly (readonly BandCount[])[]
}

export async function assess(run: PlatformRun, timed: Timed): Promise<Assessment> {
  const { signedPlan: plan, options } = run
  const { p0 } = plan.scale
  const countSd = plan.sigma * Math.SQRT2

  const raw = await timed('scoring', 1, () => run.step(() => openScores(run, OPENINGS[0], RAW, false)))
  const rawOffset = offsetHundredths(p0, RAW)
  const calibrated = await timed('evaluation', 1, async () => {
    const outcome = await run.step(() => calibrate(run, raw.totals, rawOffset, countSd))
    run.progress.step('evaluation', 1, 'calibrated')
    return outcome
  })
  const { platt: scale, train, validation } = calibrated
  const offset = offsetHundredths(p0, scale)
  const published = await timed('scoring', 1, () => run.step(() => openScores(run, OPENINGS[1], scale, true)))
  const totals = published.totals.map((total) => total + offset)
  const scores = totals.map(publishScore)
  const pds = Float64Array.from(totals, (total) => pdOfScore(total / 100))

  const tested = await timed('evaluation', 2, async () => {
    const test = await run.step(() => testFold(run, totals, countSd))
    run.progress.step('evaluation', 1, 'tested')
    const grades = await run.step(() => gradeTable(run, scores, pds))
    run.progress.step('evaluation', 2, 'grades observed')
    return { test, grades }
  })
  const refusal = refusalOf(train.metrics, validation?.metrics ?? null)
  // Every listed firm, not only their mean, stays below the target: the floor is the score of the target itself.
  const floor = Math.ceil(scoreOfPd(options.targetPd))
  const whitelist = selectWhitelist({
    scores,
    pds,
    excluded: published.excluded,
    targetPd: options.targetPd,
    floor: Math.min(SCALE.most, Math.max(SCALE.least, floor)),
  })
  const { intercept, slope } = scale
  await run.step(async () => {
    for (const party of run.parties) {
      const ledger = run.ledger.head
      await run.node.post(party, 'run.finish', { accepted: refusal === null, p0, intercept, slope, ledger })
    }
    // Nothing is published before every provider has its own part of the scorecard on disk.
    await run.mailbox.takeAll('run.kept', options.providers)
    return {}
  })
  return {
    accepted: refusal === null,
    refusal,
    totals,
    scores,
    gradeOfRow: Uint8Array.from(scores, gradeOf),
    grades: tested.grades.rows,
    pds,
    excluded: published.excluded,
    publicOnly: publicOnlyRows(run.authorised, run.roster.size),
    whitelist,
    whitelistSummary: {
      listed: whitelist.listed,
      cut: whitelist.cut,
      meanPd: whitelist.meanPd,
      excluded: published.excluded.reduce((sum, hit) => sum + hit, 0),
      targetPd: options.targetPd,
    },
    calibration: { intercept: scale.intercept, slope: scale.slope, calibrated: scale.calibrated, offset },
    metrics: { train: train.metrics, validation: validation?.metrics ?? null, test: tested.test.metrics },
    countSd,
    bands: bandsOf(run, { raw: raw.totals, calibrated, totals, test: tested.test }, { scores, pds }),
    evaluations: [calibrated.counts, tested.test.counts, tested.grades.counts],
  }
}

/** The bands of the first two evaluations, fold by fold. */
function bandsOf(
  { roster, signedPlan, options }: PlatformRun,
  opened: {
    readonly raw: Int32Array
    readonly totals: Int32Array
    readonly calibrated: Awaited<ReturnType<typeof calibrate>>
    readonly test: Awaited<ReturnType<typeof testFold>>
  },
  published: { readonly scores: Int32Array; readonly pds: Float64Array },
): Assessment['bands'] {
  const { edges, counts } = opened.calibrated
  const show = (folds: readonly number[], of: Omit<BandsOpened, 'rows'>) =>
    evaluatedBands({ ...of, rows: rowsOfFolds(roster.folds, folds) }, published)
  const cut = { totals: opened.raw, edges }
  return {
    train: show(signedPlan.trainFolds, { ...cut, counts: counts.slice(0, edges.length + 1) }),
    validation: options.production
      ? show([VALIDATION_FOLD], { ...cut, counts: counts.slice(edges.length + 1) })
      : null,
    test: show([TEST_FOLD], {
      totals: opened.totals,
      edges: opened.test.edges,
      counts: opened.test.counts,
    }),
  }
}

const pick = (values: Int32Array, rows: Int32Array): Int32Array => Int32Array.from(rows, (row) => values[row])

/**
 * Evaluation 0: bands over the training rows and, where there is a validation fold, the same bands over its rows, as one
 * partition. Platt scaling on both together; the two AUCs side by side.
 */
async function calibrate(run: PlatformRun, raw: Int32Array, rawOffset: number, countSd: number) {
  const { signedPlan: plan, roster, options } = run
  const folds = options.production ? [...plan.trainFolds, VALIDATION_FOLD] : plan.trainFolds
  const rows = rowsOfFolds(roster.folds, folds)
  const scores = pick(raw, rows)
  const smallest = options.production ? rowsOfFolds(roster.folds, [VALIDATION_FOLD]) : rows
  const bands = scoreBands(pick(raw, smallest), { maxBands: CALIBRATION_BANDS, minRows: LEAST_BAND_ROWS })
  const count = bands.edges.length + 1
  const plain = bandOf(scores, bands.edges)
  const validates = (at: number) => options.production && roster.folds[rows[at]] === VALIDATION_FOLD
  const band = plain.map((index, at) => (validates(at) ? count + index : index))
  const counts = await openBands(run, 0, folds, band, options.production ? 2 * count : count)
  const logits = new Float64Array(count)
  const inBand = new Float64Array(count)
  for (let at = 0; at < rows.length; at++) {
    logits[plain[at]] += logitOfTotal(scores[at] + rawOffset)
    inBand[plain[at]]++
  }
  const trainCounts = counts.slice(0, count)
  const validationCounts = options.production ? counts.slice(count) : null
  const together = trainCounts.map(({ n, bad }, index) => ({
    logit: logits[index] / inBand[index],
    n: n + (validationCounts?.[index].n ?? 0),
    bad: bad + (validationCounts?.[index].bad ?? 0),
  }))
  return {
    platt: platt(together),
    edges: bands.edges,
    counts,
    train: { metrics: bandMetrics(trainCounts, countSd) },
    validation: validationCounts && { metrics: bandMetrics(validationCounts, countSd) },
  }
}

/** Why the validation fold refuses the model, or null. */
function refusalOf(train: BandMetrics, validation: BandMetrics | null): string | null {
  if (!validation) return null
  const sd = Math.hypot(train.aucSe, validation.aucSe)
  const drop = train.auc - validation.auc
  return drop > REFUSAL_SD * sd
    ? `AUC falls from ${train.auc.toFixed(3)} in training to ${validation.auc.toFixed(3)} in validation, more than ${REFUSAL_SD} sd`
    : null
}

/** Few bads drown in the noise of many bands: at least about two sd of noise worth of bads a band, five bands at the least. */
function testBands({ signedPlan: plan }: PlatformRun, rows: number, countSd: number): number {
  if (countSd === 0) return TEST_BANDS.most
  const expected = (plan.bads * rows) / plan.trainRows
  return Math.min(TEST_BANDS.most, Math.max(TEST_BANDS.least, Math.round(expected / (2 * countSd))))
}

/** Evaluation 1: the test fold in fine bands, its AUC sharpened by one rank sum. */
async function testFold(run: PlatformRun, totals: Int32Array, countSd: number) {
  const scores = pick(totals, rowsOfFolds(run.roster.folds, [TEST_FOLD]))
  const { edges, band } = scoreBands(scores, {
    maxBands: testBands(run, scores.length, countSd),
    minRows: LEAST_BAND_ROWS,
  })
  const counts = await openBands(run, 1, [TEST_FOLD], band, edges.length + 1)
  const metrics = bandMetrics(counts, countSd)
  const rankSum = await openRankSum(run, 1, [TEST_FOLD], rankColumn(scores, band, counts))
  return { edges, counts, metrics: { ...metrics, auc: rankAuc(rankSum, metrics.bads) } }
}

/** Evaluation 2: labelled firms and bads per grade over the whole roster, thin grades merged with their neighbours. */
async function gradeTable(run: PlatformRun, scores: Int32Array, pds: Float64Array) {
  const { bands, band, rows } = gradeBands(scores, LEAST_BAND_ROWS)
  const expected = new Float64Array(bands.length)
  band.forEach((index, row) => {
    expected[index] += pds[row]
  })
  const counts = await openBands(run, 2, ALL_FOLDS, band, bands.length)
  const table = bands.map(({ label, from, to }, index): GradeRow => {
    const { n, bad } = counts[index]
    const badRate = n > 0 ? Math.min(1, Math.max(0, bad / n)) : null
    const expectedRate = rows[index] > 0 ? expected[index] / rows[index] : 0
    return { grade: label, from, to, firms: rows[index], labelled: n, bads: bad, badRate, expectedRate }
  })
  return { rows: table.reverse(), counts }
}
