/** A plan as a person who decides on it needs it: who, what for, over what, at which cost, and what will leave this node. */
import { packResidues } from '../engine/index.ts'
import { chargesOf } from './charges.ts'
import { levelsOf, startsOf } from './exchanges.ts'
import { spentOn } from './ledger.ts'
import { KEY_HOLDER, PLATFORM } from './members.ts'
import type { MessageType } from './messages/schema.ts'
import { groupsOf, type KeyGroup, type RunPlan } from './plan.ts'
import { costOf } from './privacy-account.ts'
import { OPENINGS } from './runs/openings.ts'

/** One kind of message that a party sends under a plan. */
export interface Leaving {
  readonly type: MessageType
  readonly to: string
  readonly times: number
  /** At most, of all of them together. */
  readonly bytes: number
}

export interface PlanChange {
  readonly what: string
  readonly before: string
  readonly after: string
}

export interface PlanSummary {
  /** Of a label holder's period: before the run, and after all that the plan allows; null for unbounded. */
  readonly epsilonBefore: number | null
  readonly epsilonAfter: number | null
  readonly leaving: readonly Leaving[]
  /** Against the plan that this node approved before; null where there is none. */
  readonly changes: readonly PlanChange[] | null
}

const RESIDUE_BYTES = packResidues(new Float64Array(1)).length
/** An encrypted answer or query, with what stands around it. */
const CIPHERTEXT_BYTES = 132_000
const PUBLIC_KEY_BYTES = 200_000
/** Words of the points of a firm, and as much again for whether a rule excludes it. */
const SCORE_BYTES = 4

/** @param last the plan that this node approved before this one */
export function summaryOf(plan: RunPlan, party: string, last: RunPlan | null): PlanSummary {
  const { rho, rhoCounted } = plan.ledger
  const after = spentOn([{ what: '', released: 0, sigma: null, rho, rhoCounted }, ...chargesOf(plan)])
  return {
    epsilonBefore: costOf({ rho, rhoCounted }).epsilonCounted,
    epsilonAfter: costOf(after).epsilonCounted,
    leaving: leavingOf(plan, party),
    changes: last && changesOf(last, plan),
  }
}

/** What a party sends under a plan, without what is smaller than a kilobyte. */
function leavingOf(plan: RunPlan, party: string): Leaving[] {
  if (plan.providers.some(({ name }) => name === party)) return ofProvider(plan, party)
  return party === KEY_HOLDER ? ofKeyHolder(plan) : []
}

function ofProvider(plan: RunPlan, party: string): Leaving[] {
  const starts = startsOf(plan)
  const answers = (groups: readonly KeyGroup[]) =>
    groups
      .flatMap(({ members }) => members)
      .filter(({ provider }) => provider === party)
      .map(({ from, to }) => Math.ceil((to - from) / plan.packing.stride) * CIPHERTEXT_BYTES)
  const both = (type: MessageType, sizes: readonly number[], times: number): Leaving[] =>
    [PLATFORM, KEY_HOLDER].map((to) => ({
      type,
      to,
      times: times * sizes.length,
      bytes: times * sizes.reduce((sum, size) => sum + size, 0),
    }))
  const totals = totalsOf(plan)
  return [
    ...both('bins.answer', answers(plan.binGroups), 1),
    {
      type: 'round.share' as const,
      to: PLATFORM,
      times: starts,
      bytes: starts * RESIDUE_BYTES * plan.trainRows,
    },
    ...both('round.answer', answers(groupsOfRounds(plan)), 1),
    totals('totals.share'),
    {
      type: 'score.share' as const,
      to: PLATFORM,
      times: OPENINGS.length,
      bytes: (OPENINGS.length + 1) * SCORE_BYTES * plan.rows,
    },
  ].filter(({ times }) => times > 0)
}

/** Key groups of all exchanges of the training. */
function groupsOfRounds(plan: RunPlan): KeyGroup[] {
  const deeper = Array.from({ length: levelsOf(plan) - 1 }, (_, at) => groupsOf(plan, at + 1)).flat()
  const starts = Array.from({ length: startsOf(plan) }, () => plan.groups).flat()
  return [...starts, ...Array.from({ length: plan.rounds }, () => deeper).flat()]
}

function ofKeyHolder(plan: RunPlan): Leaving[] {
  const query = PUBLIC_KEY_BYTES + plan.packing.blocks * CIPHERTEXT_BYTES
  const queries = (type: MessageType, groups: readonly KeyGroup[], times: number): Leaving[] =>
    plan.providers.map(({ name }) => {
      const asked = groups.filter(({ members }) => members.some(({ provider }) => provider === name)).length
      return { type, to: name, times: asked * times, bytes: asked * times * query }
    })
  const totals = totalsOf(plan)
  return [
    ...queries('bins.query', plan.binGroups, 1),
    ...queries('round.query', groupsOfRounds(plan), 1),
    totals('totals.masks'),
    {
      type: 'score.masks' as const,
      to: PLATFORM,
      times: OPENINGS.length,
      bytes: (OPENINGS.length + 1) * SCORE_BYTES * plan.rows,
    },
    {
      type: 'evaluation.opened' as const,
      to: PLATFORM,
      times: plan.evaluations,
      bytes: plan.evaluations * 1000,
    },
  ].filter(({ times }) => times > 0)
}

/** Openings of the training totals, as a message of each. */
const totalsOf = ({ logistic, trainRows }: RunPlan) => {
  const times = logistic?.openings ?? 0
  return (type: MessageType): Leaving => ({
    type,
    to: PLATFORM,
    times,
    bytes: times * RESIDUE_BYTES * trainRows,
  })
}

const NUMBERS = [
  ...(['purpose', 'rows', 'rounds', 'evaluations', 'challenges', 'bins', 'lambda'] as const),
  ...(['sigma', 'labelSigma', 'rosterDigest', 'snapshot'] as const),
]

/** What differs between two plans, where a person would want to know. */
function changesOf(last: RunPlan, plan: RunPlan): PlanChange[] {
  const changes: PlanChange[] = NUMBERS.map((what) => ({
    what,
    before: String(last[what]),
    after: String(plan[what]),
  }))
  const modelOf = ({ booster }: RunPlan) =>
    booster ? `booster ${booster.depth} ${booster.shrinkage} ${booster.leastRows}` : 'scorecard'
  changes.push({ what: 'model', before: modelOf(last), after: modelOf(plan) })
  const names = (values: readonly string[]) => values.join(', ')
  const listed = (what: string, of: (plan: RunPlan) => readonly string[]) =>
    changes.push({ what, before: names(of(last)), after: names(of(plan)) })
  listed('logistic rounds, openings of totals', ({ logistic }) =>
    logistic ? [String(logistic.rounds), String(logistic.openings)] : [],
  )
  listed('label holders', ({ labelHolders }) => labelHolders)
  listed('providers', ({ providers }) => providers.map(({ name }) => name))
  listed('flags', ({ flags }) => flags)
  listed('list of authorised firms', ({ authorisation }) =>
    authorisation ? [String(authorisation.version)] : [],
  )
  for (const { name } of plan.providers) {
    const own = (of: RunPlan) => of.providers.find((provider) => provider.name === name)
    listed(`columns of ${name}`, (of) => own(of)?.columns.map((column) => column.name) ?? [])
    listed(
      `extractors of ${name}`,
      (of) =>
        own(of)?.extractors.map((extractor) => `${extractor.name} ${extractor.hash.slice(0, 12)}`) ?? [],
    )
  }
  return changes.filter(({ before, after }) => before !== after)
}
