/** Phase C, driven by the platform: the plan's fixed number of rounds and challenges, all providers at once. */
import { addInto, gather, gaussianNoise, packResidues, residueOf, subtractInto } from '../../engine/index.ts'
import { gradientsCharge } from '../charges.ts'
import { exchangesOf, levelsOf } from '../exchanges.ts'
import { residualUnit } from '../logistic-plan.ts'
import { KEY_HOLDER } from '../members.ts'
import { groupsOf } from '../plan.ts'
import type { PlatformRun } from '../roles/platform/run.ts'
import { Challenges } from './challenges.ts'
import { closeGroups, type GroupAnswer, openGroups } from './query-group.ts'
import { shareResidual } from './residual.ts'
import { TrainingTotals } from './training-totals.ts'

export async function trainRounds(run: PlatformRun): Promise<void> {
  const { signedPlan: plan, node, secret } = run
  const labelled = gather(run.labelled, run.trainRows)
  const bad = gather(run.bad, run.trainRows)
  // One share for all challenges of the run, also after a restart.
  const challenges = new Challenges(node.membership, plan, secret.random('challenge share'))
  /** The platform's part of X u of each provider, as the first challenge gave it. */
  const first = new Map<string, Float64Array>()
  const opened = new TrainingTotals(run)
  for (let exchange = 1; exchange <= exchangesOf(plan); ) {
    const { challenge, round } = challenges.place(exchange)
    await opened.reach(challenges.roundsUpTo(exchange - 1), exchange - 1)
    const { seen } = await run.step(async () => {
      // Up to its answers a challenge is a round: the same messages, sizes and work.
      const residual = await shareResidual(run, exchange, { labelled, bad }, opened.loss)
      if (!challenge) return { seen: await oneRound(run, exchange, residual, challenges) }
      const known = new Map(first)
      await ask(run, exchange, challenges.share(exchange), declare(challenges, known))
      await run.mailbox.take('challenge.passed', KEY_HOLDER, exchange)
      return { seen: Object.fromEntries(known) }
    })
    for (const [provider, part] of Object.entries(seen)) first.set(provider, part)
    exchange += challenge ? 1 : levelsOf(plan)
    const detail = challenge ? 'a hidden challenge' : `round ${round} of ${plan.rounds}`
    run.progress.step('training', exchange - 1, detail)
  }
}

/**
 * A training round: the exchanges of all its levels, about one residual. A step ends with the round, so that nobody has to keep a
 * residual or half a tree; nothing of it is needed later.
 */
async function oneRound(
  run: PlatformRun,
  first: number,
  residual: Float64Array,
  challenges: Challenges,
): Promise<Record<string, Float64Array>> {
  for (let level = 0; level < levelsOf(run.signedPlan); level++) {
    if (level > 0) await run.node.post(KEY_HOLDER, 'round.level', { level }, first + level)
    await oneLevel(run, first + level, residual, challenges)
  }
  return {}
}

async function oneLevel(
  run: PlatformRun,
  exchange: number,
  residual: Float64Array,
  challenges: Challenges,
): Promise<void> {
  const { signedPlan: plan } = run
  const place = challenges.place(exchange)
  const conclude = release(plan.sigma * residualUnit(plan, place.round))
  let charged: Promise<void> | undefined
  await ask(
    run,
    exchange,
    residual,
    async (...answer) => {
      // Not earlier: until it has answered, a provider shall not see even the time that a ledger takes.
      charged ??= run.charge(gradientsCharge(plan, place))
      await charged
      await conclude(...answer)
    },
    place.level,
  )
  const answering = plan.providers.filter(({ width }) => width > 0).map(({ name }) => name)
  await run.mailbox.takeAll('round.done', answering, exchange)
}

/** What becomes of a provider's decrypted, still masked answer. */
type Conclusion = (run: PlatformRun, round: number, group: number, answer: GroupAnswer) => Promise<void>

/** C4 and C5: asks every key group; the key holder does the same with its share. */
async function ask(
  run: PlatformRun,
  round: number,
  vector: Float64Array,
  conclude: Conclusion,
  level = 0,
): Promise<void> {
  const { node, services, mailbox, signedPlan: plan } = run
  const { packing } = plan
  const asked = groupsOf(plan, level)
  const step = { kind: 'round', round, packing, groups: asked, side: 'seenPlatform' } as const
  const seed = (group: number) => run.random.seed('query of a round', round, group)
  const groups = await openGroups(node, services.engine, step, vector, seed)
  const conclusions = asked.map(async ({ members }, index) => {
    for (const { provider, from } of members) {
      const { body } = await mailbox.take('round.answer', provider, round, `group ${index} ${from}`)
      const answers = await groups[index].take(provider, body, `round ${round}`)
      for (const answer of answers ?? []) await conclude(run, round, index, answer)
    }
  })
  // Keys of a round that stops must not stay in memory either.
  await Promise.all(conclusions).finally(() => closeGroups(groups))
}

/** C6: the platform's part of a gradient, with its noise. */
const release =
  (sd: number): Conclusion =>
  async (run, round, group, { provider, from, to, hash, values }) => {
    const random = run.random.random('gradient noise', round, group, provider, from, hash)
    addInto(values, gaussianNoise(random, sd, values.length).map(residueOf))
    await run.node.post(provider, 'round.gradient', { group, from, to, values: packResidues(values) }, round)
  }

/** A challenge: the key holder gets a digest of how the platform's part of X u changed since the first one. */
const declare =
  (challenges: Challenges, first: Map<string, Float64Array>): Conclusion =>
  async ({ node }, round, group, { provider, values }) => {
    await node.post(provider, 'challenge.declare', { group }, round)
    const change = values.slice()
    subtractInto(change, first.get(provider) ?? values)
    if (!first.has(provider)) first.set(provider, values)
    const part = { group, provider, change: challenges.digest(round, provider, change) }
    await node.post(KEY_HOLDER, 'challenge.part', part, round)
  }
