/** The phases of a run in their order, step by step, and what comes out of it. */
import { advise } from '../advisor.ts'
import { exchangesOf } from '../exchanges.ts'
import type { LedgerEntry } from '../ledger-entry.ts'
import type { RunPlan } from '../plan.ts'
import { accountOf, type PrivacyAccount } from '../privacy-account.ts'
import { PHASES, type PhaseName, type PlatformRun } from '../roles/platform/run.ts'
import { type Assessment, assess } from './assess.ts'
import { agreeOnPlan, openFineBins } from './binning.ts'
import { openLabels, takeLabelShares } from './labels.ts'
import { openRun } from './open-run.ts'
import type { Timed } from './timed.ts'
import { trainRounds } from './training.ts'

/** Noise of the label counts before there is a plan, unless the user fixed one. */
const DEFAULT_LABEL_SIGMA = 4

export interface RunResult {
  readonly plan: RunPlan
  readonly planHash: string
  readonly warnings: readonly string[]
  /** Of this process; a run that was resumed took longer. */
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
    // In one step, because label holders answer the opening; the next one counts in a ledger on which both servers agree.
    const opened = async () => {
      await openRun(run, labelSigma)
      return takeLabelShares(run)
    }
    Object.assign(run, await run.step(opened))
    const labels = await run.step(() => openLabels(run, labelSigma))
    progress.step('setup', 1, 'labels shared and counted with noise')
    const { bins, rounds, lambda, sigma } = advise(labels.bads, options.providers.length, options.settings)
    progress.step('setup', 2, `plan: ${bins} bins, ${rounds} rounds, ridge ${lambda}, noise ${sigma}`)
    const agreed = await run.step(() => agreeOnPlan(run, labels, labelSigma))
    run.plan = agreed.plan
    run.node.current.plan = agreed.planHash
    run.warnings.push(...agreed.warnings)
  })
  const plan = run.signedPlan
  await timed('binning', plan.binGroups.length, async () => {
    const { warnings } = await run.step(() => openFineBins(run))
    run.warnings.push(...warnings)
  })
  await timed('training', exchangesOf(plan), () => trainRounds(run))
  const assessment = await assess(run, timed)
  await run.conclude()
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
