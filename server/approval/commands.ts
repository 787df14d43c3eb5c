/** `yinxin <role> plans | approve | refuse`: what a person does with a proposed plan, while the node runs or before it does. */
import { federationErrors, type Membership, summaryOf } from '../../federation/index.ts'
import { keyHolderConfig, labelHolderConfig, providerConfig, readConfig, readEnvironment } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { readMembership } from '../node/membership.ts'
import { stateFolder } from '../state/state-folder.ts'
import { describePlan, type Language, planLine, standingOf } from './describe-plan.ts'
import { type KnownPlan, PlanFolder } from './plan-folder.ts'

/** Roles that sign plans. */
export type Signer = 'provider' | 'label-holder' | 'keyholder'

const SCHEMAS = { provider: providerConfig, 'label-holder': labelHolderConfig, keyholder: keyHolderConfig }

export interface PlanOptions {
  readonly json?: boolean
  readonly lang?: Language
}

/** Letters of a hash that name a plan. */
const LEAST_PREFIX = 8

function open(signer: Signer, file: string): { folder: PlanFolder; membership: Membership } {
  const { config, folder } = readConfig(SCHEMAS[signer], file)
  const membership = readMembership(folder, config)
  return { folder: new PlanFolder(stateFolder(folder, config), membership), membership }
}

/** The plan whose hash begins so. @throws PlanUnknown */
async function find(folder: PlanFolder, prefix: string): Promise<KnownPlan> {
  if (!/^[0-9a-f]+$/.test(prefix) || prefix.length < LEAST_PREFIX)
    throw new serverErrors.PlanUnknown('name it by at least 8 digits of its hash')
  const found = (await folder.list()).filter(({ pending }) => pending.planHash.startsWith(prefix))
  if (found.length === 0) throw new serverErrors.PlanUnknown('no plan of this node begins so')
  if (found.length > 1) throw new serverErrors.PlanUnknown('several plans of this node begin so')
  return found[0]
}

/** Lists the plans of a node, or shows one. @throws PlanUnknown, PlanChanged */
export async function showPlans(
  signer: Signer,
  file: string,
  prefix: string | undefined,
  { json, lang }: PlanOptions,
): Promise<void> {
  const { folder, membership } = open(signer, file)
  const language = lang ?? readEnvironment().language
  const now = new Date()
  const shown = prefix === undefined ? await folder.list() : [await find(folder, prefix)]
  const described = await Promise.all(
    shown.map(async (known) => ({
      known,
      summary: summaryOf(known.plan, membership.name, await folder.lastApproved(known.pending.planHash)),
    })),
  )
  if (json) {
    const plans = described.map(({ known: { pending, plan, decision }, summary }) => ({
      ...{ planHash: pending.planHash, proposedAt: pending.proposedAt, over: pending.over },
      ...{ standing: standingOf({ pending, plan, decision }, now), decision, summary, plan },
    }))
    process.stdout.write(`${JSON.stringify(plans, null, 2)}\n`)
    return
  }
  if (prefix === undefined) {
    const none = language === 'zh' ? '没有计划。' : 'No plans.'
    const lines = shown.map((known) => planLine(known, now, language))
    process.stdout.write(`${(lines.length > 0 ? lines : [none]).join('\n')}\n`)
    return
  }
  for (const { known, summary } of described)
    process.stdout.write(describePlan(known, membership.name, summary, language))
}

/**
 * Writes what a person decided; the node acts on it within seconds, or when it is started.
 * @throws PlanUnknown, PlanDecided, PlanExpired, PlanChanged
 */
export async function decidePlan(
  signer: Signer,
  prefix: string,
  file: string,
  { approved, reason }: { readonly approved: boolean; readonly reason: string },
): Promise<void> {
  const { folder } = open(signer, file)
  const known = await find(folder, prefix)
  const { planHash } = known.pending
  const now = new Date()
  const standing = standingOf(known, now)
  if (standing === 'approved' || standing === 'refused')
    throw new serverErrors.PlanDecided(planHash, standing)
  if (standing === 'over') throw new serverErrors.PlanDecided(planHash, `over (${known.pending.over})`)
  if (approved && standing === 'expired') throw new federationErrors.PlanExpired(known.plan.expires)
  await folder.decide(planHash, approved, reason, now)
  process.stderr.write(`${planHash}: ${approved ? 'approved' : 'refused'}\n`)
}
