/** The phases of a run in their order, and what comes out of it. */
import type { LedgerEntry } from '../ledger-entry.ts'
import { advise, exchangesOf, type RunPlan } from '../plan.ts'
import { accountOf, type PrivacyAccount } from '../privacy-account.ts'
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
  readonly privacy: PrivacyAccount
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
  await timed('training', exchangesOf(plan), () => trainRounds(run))
  const assessment = await assess(run, timed)
  return {
    plan,
    planHash: run.node.current.plan,
    warnings: run.warnings,
    seconds,
    privacy: accountOf(run.ledger, run, options.run),
    ledger: run.ledger.since(0).filter(({ run: of }) => of === options.run),
    assessment,
  }
}
