/** Basis, plan and fine bins (phase B), driven by the platform. */
import {
  addInto,
  DEFAULT_MEGABITS,
  MAX_BIN_LABELS,
  packResidues,
  residualScale,
  residueOf,
} from '../../engine/index.ts'
import { advise, roundsFor } from '../advisor.ts'
import { binnedProviders, chargesOf, fineBinsCharge, fineBinsOf } from '../charges.ts'
import { federationErrors } from '../errors.ts'
import { checkBudget } from '../ledger.ts'
import { logisticPlan } from '../logistic-plan.ts'
import { KEY_HOLDER } from '../members.ts'
import {
  checkLimits,
  MAX_EVALUATIONS,
  makePlan,
  OVERRIDE_LIMITS,
  planHashOf,
  planText,
  type RunPlan,
  trainFoldsOf,
} from '../plan.ts'
import { signaturesOf } from '../plan-signatures.ts'
import type { PlatformRun } from '../roles/platform/run.ts'
import type { OpenedLabels } from './labels.ts'
import { countNoise, packedCounts } from './packed-counts.ts'
import { closeGroups, openGroups, type QueryGroup } from './query-group.ts'

/** A benchmark measures training; in production each column is checked once again at a moment that its provider cannot foresee. */
const PRODUCTION_CHALLENGES = 1
const PLAN_LIFETIME_MS = 24 * 60 * 60 * 1000

/** A plan that every party has signed. */
export interface AgreedPlan {
  readonly plan: RunPlan
  readonly planHash: string
  readonly warnings: readonly string[]
}

/** Lets the providers cut their bins, proposes the plan and collects every signature. */
export async function agreeOnPlan(
  run: PlatformRun,
  labels: OpenedLabels,
  labelSigma: number,
): Promise<AgreedPlan> {
  const { node, mailbox, options, roster } = run
  const advice = advise(labels.bads, options.providers.length, options.settings)
  const warnings = [...advice.warnings]
  for (const provider of options.providers) await node.post(provider, 'basis.request', { bins: advice.bins })
  const bases = await mailbox.takeAll('basis.ready', options.providers)
  for (const { from, body } of bases) {
    if (body.bins < advice.bins) {
      warnings.push(
        `${from} has ${body.bins} instead of ${advice.bins} bins a column, to stay within 128 basis columns`,
      )
    }
  }
  const widest = Math.max(...bases.map(({ body }) => body.width))
  const fixed = options.settings.rounds !== undefined || options.flags.includes(OVERRIDE_LIMITS)
  const rounds = fixed ? advice.rounds : roundsFor(advice.rounds, labels.labelled, widest, advice)
  if (rounds < advice.rounds) {
    warnings.push(
      `${rounds} instead of ${advice.rounds} rounds, because ${Math.round(labels.labelled)} labelled rows allow no more`,
    )
  }
  const plan = makePlan({
    consortium: node.membership.consortium,
    run: options.run,
    snapshot: run.snapshot,
    purpose: options.purpose,
    rosterDigest: roster.digest,
    rows: roster.size,
    authorisation: run.listIdentity,
    trainFolds: trainFoldsOf(options.production),
    trainRows: run.trainRows.length,
    providers: bases.map(({ from, body }) => ({
      name: from,
      publicData: node.membership.member(from).publicData,
      width: body.width,
      occupancy: body.occupancy,
      auditedOccupancy: node.membership.member(from).auditedOccupancy ?? null,
      trainedOn: body.trainedOn,
      bins: body.bins,
      commitment: body.commitment,
      runSecret: body.runSecret,
      columns: body.columns,
      extractors: body.extractors,
      grade: body.grade,
    })),
    labelHolders: options.labelHolders,
    binned: options.providers.filter((name) => !run.ledger.has(run.snapshot, fineBinsOf(name))),
    bins: advice.bins,
    rounds,
    logistic: logisticPlan(advice.logisticRounds, rounds),
    challenges: options.settings.challenges ?? (options.production ? PRODUCTION_CHALLENGES : 0),
    evaluations: MAX_EVALUATIONS,
    lambda: advice.lambda,
    booster: advice.booster,
    sigma: advice.sigma,
    labelSigma,
    labelled: labels.labelled,
    bads: labels.bads,
    labelledAll: labels.labelledAll,
    scale: residualScale(labels.bads / labels.labelled),
    ledger: { ...run.ledger.head, ...run.ledger.spent(run.families) },
    megabits: options.settings.megabits ?? DEFAULT_MEGABITS,
    flags: options.flags,
    expires: new Date(run.openedAt.getTime() + PLAN_LIFETIME_MS).toISOString(),
  })
  checkLimits(plan, options.leastProviders)
  const { entries, rhoCounted } = plan.ledger
  checkBudget(run.ledger.mostEpsilon, plan.snapshot, entries, rhoCounted, chargesOf(plan))
  const text = planText(plan)
  const hash = planHashOf(node.membership.suite, text)
  for (const party of run.parties) await node.post(party, 'plan.propose', { plan: text })
  const approvals = signaturesOf(node.membership, hash, await mailbox.takeAll('plan.approve', run.parties))
  node.current.plan = hash
  await Promise.all(run.parties.map((party) => node.post(party, 'plan.signed', { approvals })))
  return { plan, planHash: hash, warnings }
}

/** Phase B: every provider gets noisy counts per bin through the key holder's gate; the platform sees none of them. */
export async function openFineBins(run: PlatformRun): Promise<{ readonly warnings: readonly string[] }> {
  const { node, services, mailbox, signedPlan: plan, trainRows } = run
  if (plan.labelled > MAX_BIN_LABELS) {
    throw new federationErrors.PlanLimit(
      `${plan.labelled} labelled rows`,
      `at most ${MAX_BIN_LABELS} for fine bins`,
    )
  }
  const binned = binnedProviders(plan)
  const warnings: string[] = []
  if (binned.length < plan.providers.length) {
    warnings.push(
      `fine bins of ${plan.providers.length - binned.length} providers were opened before for these labels and are not opened again`,
    )
  }
  if (plan.binGroups.length === 0) return { warnings }
  await run.charge(...binned.map((provider) => fineBinsCharge(plan, provider)))
  await node.post(KEY_HOLDER, 'bins.start', {})
  const counts = packedCounts(run, trainRows)
  const step = {
    kind: 'bins',
    round: 0,
    packing: plan.packing,
    groups: plan.binGroups,
    side: 'seenPlatform',
  } as const
  const seed = (group: number) => run.random.seed('query of fine bins', group)
  const groups = await openGroups(node, services.engine, step, counts, seed)
  await openAll(run, groups).finally(() => closeGroups(groups))
  await mailbox.takeAll(
    'bins.done',
    binned.filter(({ width }) => width > 0).map(({ name }) => name),
  )
  return { warnings }
}

/** Decrypts the answers of every key group and passes them on to the key holder with the platform's noise. */
async function openAll(run: PlatformRun, groups: readonly QueryGroup[]): Promise<void> {
  const { node, mailbox, signedPlan: plan } = run
  for (const [index, group] of plan.binGroups.entries()) {
    for (const { provider, from } of group.members) {
      const { body } = await mailbox.take('bins.answer', provider, 0, `group ${index} ${from}`)
      const answers = await groups[index].take(provider, body, 'fine bins')
      for (const { provider: of, values, from: first, to, hash } of answers ?? []) {
        const random = run.random.random('noise of fine bins', index, of, first, hash)
        addInto(values, countNoise(random, plan.sigma, values.length).map(residueOf))
        const part = { provider: of, group: index, from: first, to, values: packResidues(values) }
        await node.post(KEY_HOLDER, 'bins.part', part)
      }
    }
    run.progress.step('binning', index + 1, `key group ${index + 1}`)
  }
}
