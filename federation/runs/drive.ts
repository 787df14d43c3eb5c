/** The phases of a run in their order, and what comes out of it. */
import { type PrivacySpending, privacySpent } from '../../engine/index.ts'
import type { LedgerEntry } from '../ledger.ts'
import { advise, DELTA, type RunPlan } from '../plan.ts'
import { PHASES, type PhaseName, type PlatformRun } from '../roles/platform/run.ts'
import { type Assessment, assess } from './assess.ts'
import { agreeOnPlan, openFineBins } from './binning.ts'
import { openLabels } from './labels.ts'
import type { Timed } from './timed.ts'
import { trainRounds } from './training.ts'

/** Noise of the label counts before there is a plan, unless the user fixed one. */
const DEFAULT_LABEL_SIGMA = 4

export interface RunResult {
  readonly plan: RunPlan
  readonly planHash: string
  readonly warnings: readonly string[]
  readonly seconds: Readonly<Record<PhaseName, number>>
  readonly privacy: { readonly epsilon: number | null; readonly rho: number | null; readonly delta: number }
  readonly ledger: readonly LedgerEntry[]
  readonly assessment: Assessment
}

/** Runs every phase. @throws any error of federation/ or engine/ */
export async function driveRun(run: PlatformRun): Promise<RunResult> {
  const { options, services, progress } = run
  const seconds = Object.fromEntries(PHASES.map((phase) => [phase, 0])) as Record<PhaseName, number>
  const timed: Timed = async (phase, steps, work) => {
    progress.phase(phase, steps)
    const from = services.clock.now().getTime()
    const result = await work()
    seconds[phase] += (services.clock.now().getTime() - from) / 1000
    return result
  }
  const labelSigma = options.settings.sigma ?? DEFAULT_LABEL_SIGMA
  await timed('setup', 2, async () => {
    const labels = await openLabels(run, labelSigma)
    progress.step('setup', 1, 'labels shared and counted with noise')
    const { bins, rounds, lambda, sigma } = advise(labels.bads, options.providers.length, options.settings)
    progress.step('setup', 2, `plan: ${bins} bins, ${rounds} rounds, ridge ${lambda}, noise ${sigma}`)
    await agreeOnPlan(run, labels, labelSigma)
  })
  const plan = run.signedPlan
  await timed('binning', plan.binGroups.length, () => openFineBins(run))
  await timed('training', plan.rounds, () => trainRounds(run))
  const assessment = await assess(run, timed)
  const spent = privacySpent(spendingOf(run, assessment))
  return {
    plan,
    planHash: run.node.current.plan,
    warnings: run.warnings,
    seconds,
    privacy: { epsilon: spent?.epsilon ?? null, rho: spent?.rho ?? null, delta: DELTA },
    ledger: run.ledger.entries,
    assessment,
  }
}

/** What the accountant counts of a run (protocol.md section 8). */
function spendingOf(run: PlatformRun, assessment: Assessment): PrivacySpending {
  const plan = run.signedPlan
  const occupancy = plan.providers.map(({ occupancy: columns }) => columns)
  return {
    sigma: plan.sigma,
    sigmaBins: plan.sigma,
    rounds: plan.rounds,
    levels: 1,
    occupancy,
    binOccupancy: occupancy,
    evaluations: assessment.evaluations.map(() => 1),
    // The sum of y has sensitivity J for a whole firm, the sum of y^2 has J^2; the accountant multiplies by J^2 itself.
    openings: 1 + plan.labelHolders.length ** 2,
    sigmaOpenings: plan.labelSigma,
    overlap: plan.labelHolders.length,
    delta: DELTA,
  }
}
