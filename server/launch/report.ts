/** The run report: one JSON form for machines, one page of text for people. */
import { ASSUMPTION, type ModelKind, PRIVACY_STATEMENT, WHO_LEARNS_WHAT } from '../../federation/index.ts'
import { interval95 } from '../../models/index.ts'
import type { RunReport } from '../platform/control/run-report.ts'
import type { ClearCheck } from './clear-check.ts'
import type { CardFiles } from './write-card.ts'

export interface LaunchReport {
  readonly dataset: string
  readonly rows: number
  /** Labelled rows of the roster, as opened with noise. */
  readonly labelled: number
  readonly providers: number
  readonly columns: number
  readonly basisColumns: number
  readonly kind: ModelKind
  /** Levels of a booster's trees. */
  readonly depth: number | null
  readonly rounds: number
  readonly noise: number
  readonly flags: readonly string[]
  readonly warnings: readonly string[]
  readonly auc: { train: number | null; test: number | null; testNoisy: number; testNoisySe: number }
  readonly ks: { test: number | null; testNoisy: number; testNoisySe: number }
  readonly singleProvider: ClearCheck['singleProvider']
  readonly pooled: { aucTest: number | null }
  readonly seconds: Record<string, number>
  readonly bytes: RunReport['bytes']
  readonly privacy: RunReport['privacy']
  readonly grades: RunReport['grades']
  readonly whitelist: Omit<RunReport['whitelist'], 'listed'> & { size: number }
  /** The list of authorised firms and the firms that have ratings of public data only; null where none is needed. */
  readonly authorisation: { readonly version: number; readonly publicOnly: number } | null
  readonly memoryMb: Record<string, number>
  readonly snapshot: string | null
  /** False where the validation fold refused the model. */
  readonly accepted: boolean
  /** Its place in the registry of models. */
  readonly model: RunReport['model']
  /** Paths of the model card, as a page for people and as JSON; null where the platform keeps it. */
  readonly card: CardFiles | null
  readonly versions: Record<string, string>
}

export function buildReport(
  run: RunReport,
  about: {
    dataset: string
    rows: number
    flags: readonly string[]
    warnings: readonly string[]
    versions: Record<string, string>
  },
  measured: { seconds: Record<string, number>; memoryMb: Record<string, number>; clear: ClearCheck | null },
  card: CardFiles | null,
): LaunchReport {
  const { plan, metrics } = run
  const { listed, ...whitelist } = run.whitelist
  const { clear } = measured
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  return {
    dataset: about.dataset,
    rows: about.rows,
    labelled: plan.labelledAll,
    providers: plan.providers.length,
    columns: sum(plan.providers.map(({ columns }) => columns.length)),
    basisColumns: sum(plan.providers.map(({ width }) => width)),
    kind: plan.booster ? 'booster' : 'scorecard',
    depth: plan.booster?.depth ?? null,
    rounds: plan.rounds,
    noise: plan.sigma,
    flags: about.flags,
    warnings: [...about.warnings, ...run.warnings],
    auc: {
      train: clear?.auc.train ?? null,
      test: clear?.auc.test ?? null,
      testNoisy: metrics.test.auc,
      testNoisySe: metrics.test.aucSe,
    },
    ks: { test: clear?.ks.test ?? null, testNoisy: metrics.test.ks, testNoisySe: metrics.test.ksSe },
    singleProvider: clear?.singleProvider ?? [],
    pooled: { aucTest: clear?.pooled.aucTest ?? null },
    seconds: measured.seconds,
    bytes: run.bytes,
    privacy: run.privacy,
    grades: run.grades,
    whitelist: { size: listed, ...whitelist },
    authorisation: plan.authorisation && {
      version: plan.authorisation.version,
      publicOnly: run.publicOnly,
    },
    memoryMb: measured.memoryMb,
    snapshot: run.snapshotId,
    accepted: run.accepted,
    model: run.model,
    card,
    versions: about.versions,
  }
}

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`
const three = (value: number | null): string => (value === null ? '-' : value.toFixed(4))
const between = (of: { testNoisy: number; testNoisySe: number }): string => {
  const { from, to } = interval95(of.testNoisy, of.testNoisySe)
  return `${from.toFixed(3)}-${to.toFixed(3)}`
}
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

function gradeTable(grades: LaunchReport['grades']): string[] {
  const head = '  grade        score      firms   labelled  observed   expected'
  return [
    head,
    ...grades.map(({ grade, from, to, firms, labelled, badRate, expectedRate }) =>
      [
        `  ${grade.padEnd(10)}`,
        `${String(from).padStart(4)}-${String(to).padEnd(4)}`,
        String(firms).padStart(9),
        String(Math.round(labelled)).padStart(10),
        (badRate === null ? '-' : percent(badRate)).padStart(9),
        percent(expectedRate).padStart(10),
      ].join(' '),
    ),
  ]
}

function privacyLines({
  mostEpsilon,
  delta,
  snapshot,
  period,
  consortium,
  ...run
}: LaunchReport['privacy']): string[] {
  const epsilon = (value: number | null) => (value === null ? 'unbounded' : value.toFixed(1)).padStart(12)
  const line = (what: string, of: Pick<typeof run, 'epsilon' | 'epsilonCounted'>) =>
    `  ${what.padEnd(27)} ${epsilon(of.epsilon)} ${epsilon(of.epsilonCounted)}`
  return [
    `Privacy: epsilon at delta ${delta}, for one honest server's noise; as committed, and as the budget counts it, with 128 columns for every provider that no auditor has confirmed`,
    line('this run', run),
    line('these labels, all runs', snapshot),
    line('this label period', period),
    line('all labels, all runs', consortium),
    mostEpsilon === null
      ? '  no budget set: nothing refuses a further run on the same labels'
      : `  budget of a label period: ${mostEpsilon}`,
    `  ${PRIVACY_STATEMENT.en}`,
    `  ${PRIVACY_STATEMENT.zh}`,
  ]
}

function standing({ model, snapshot, accepted }: LaunchReport): string {
  if (!accepted) return `${model.state}; validation refused it, and it is never served ("yinxin model list")`
  return snapshot === null
    ? `${model.state}; it rates nobody until it is approved and promoted ("yinxin model list")`
    : `${model.state}, its ratings are served`
}

/** The report as people read it. */
export function printableReport(report: LaunchReport): string {
  const best = [...report.singleProvider].sort((a, b) => b.aucTest - a.aucTest)[0]
  const phases = Object.entries(report.bytes.byPhase).map(
    ([phase, bytes]) =>
      `  ${phase.padEnd(12)} ${(report.seconds[phase] ?? 0).toFixed(2).padStart(7)} s ${megabytes(bytes).padStart(12)}`,
  )
  return [
    '',
    `${report.dataset}: ${report.rows} enterprises, ${report.providers} providers, ${report.columns} columns in ${report.basisColumns} bins, ${report.kind}, ${report.rounds} rounds${report.depth === null ? '' : ` of trees of depth ${report.depth}`}, noise ${report.noise}`,
    '',
    `Model ${report.model.version}: ${standing(report)}`,
    '',
    'Test AUC',
    ...(report.auc.test === null
      ? []
      : [`  joint model                 ${three(report.auc.test)}   KS ${three(report.ks.test)}`]),
    `  as the parties know it      ${three(report.auc.testNoisy)}   KS ${three(report.ks.testNoisy)}   (noisy counts; 95 % intervals ${between(report.auc)} and ${between(report.ks)})`,
    ...(best ? [`  best single provider        ${three(best.aucTest)}   (${best.provider})`] : []),
    ...(report.pooled.aucTest === null
      ? []
      : [
          `  all columns in one place    ${three(report.pooled.aucTest)}   (converged logistic regression, same bins)`,
        ]),
    '',
    'Grades (0-1000, 600 at good:bad 20:1; reference only)',
    ...gradeTable(report.grades),
    '',
    `Whitelist: ${report.whitelist.size} firms, score ${report.whitelist.cut} and above (default probability at most ${percent(report.whitelist.targetPd)}, mean ${percent(report.whitelist.meanPd)}); ${report.whitelist.excluded} firms excluded by rule`,
    ...(report.authorisation === null
      ? []
      : [
          `Authorised use: list of version ${report.authorisation.version}; ${report.authorisation.publicOnly} firms have not authorised it and are rated on public data only`,
        ]),
    '',
    ...privacyLines(report.privacy),
    '',
    `Who learned what. ${ASSUMPTION.en} ${ASSUMPTION.zh}`,
    ...WHO_LEARNS_WHAT.map(({ party, learns }) => `  ${party}: ${learns}`),
    '',
    'Seconds and bytes',
    ...phases,
    `  total        ${report.seconds.total.toFixed(2).padStart(7)} s ${megabytes(report.bytes.total).padStart(12)}   (${megabytes(report.bytes.perRoundPerProvider)} a round and provider)`,
    ...(report.card === null ? [] : ['', `Model card 模型卡: ${report.card.page}`]),
    ...report.warnings.map((warning) => `Warning: ${warning}`),
    '',
  ].join('\n')
}
