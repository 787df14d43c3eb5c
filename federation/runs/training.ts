/** Phase C, driven by the platform: the plan's fixed number of rounds, all providers at once. */
import {
  addInto,
  addMultipleInto,
  addProductInto,
  gather,
  gaussianNoise,
  packResidues,
  residueOf,
  T,
  unpackResidues,
} from '../../engine/index.ts'
import { gradientsCharge } from '../charges.ts'
import { KEY_HOLDER } from '../members.ts'
import type { PlatformRun } from '../roles/platform/run.ts'
import { answerKeyHolder } from './cross-answer.ts'
import { openGroups, type QueryGroup } from './query-group.ts'

export async function trainRounds(run: PlatformRun): Promise<void> {
  const { signedPlan: plan } = run
  const labelled = gather(run.labelled, run.trainRows)
  const bad = gather(run.bad, run.trainRows)
  for (let round = 1; round <= plan.rounds; round++) {
    await trainRound(run, round, labelled, bad)
    run.progress.step('training', round, `round ${round} of ${plan.rounds}`)
  }
}

async function trainRound(
  run: PlatformRun,
  round: number,
  labelled: Float64Array,
  bad: Float64Array,
): Promise<void> {
  const { node, services, mailbox, signedPlan: plan } = run
  const providers = plan.providers.map(({ name }) => name)
  await run.charge(gradientsCharge(plan, round))
  for (const party of [KEY_HOLDER, ...providers]) await node.post(party, 'round.start', {}, round)

  // C1: the platform's share of u is the sum of what the providers sent.
  const totals = new Float64Array(plan.trainRows)
  for (const { body } of await mailbox.takeAll('round.share', providers, round)) {
    addInto(totals, unpackResidues(body.totals, plan.trainRows))
  }
  // C2, C3: the cross terms of m*u.
  const { body: query } = await mailbox.take('round.cross', KEY_HOLDER, round)
  const { answer, rho: residual } = await answerKeyHolder(run, `round ${round}`, query, totals, labelled)
  await node.post(KEY_HOLDER, 'round.crossed', { answer }, round)

  // [D]_P = A*m + m*u + rho - C*y
  addMultipleInto(residual, labelled, plan.scale.a)
  addProductInto(residual, labelled, totals)
  addMultipleInto(residual, bad, T - plan.scale.c)

  // C4 to C6, one key group after another; the key holder does the same with its share.
  const step = {
    kind: 'round',
    round,
    packing: plan.packing,
    groups: plan.groups,
    side: 'seenPlatform',
  } as const
  const groups = await openGroups(node, services.engine, step, residual)
  await Promise.all(plan.groups.map((_, index) => releaseGradients(run, round, index, groups[index])))
  await mailbox.takeAll(
    'round.done',
    plan.providers.filter(({ width }) => width > 0).map(({ name }) => name),
    round,
  )
}

async function releaseGradients(
  run: PlatformRun,
  round: number,
  index: number,
  group: QueryGroup,
): Promise<void> {
  const { node, services, mailbox, signedPlan: plan } = run
  for (const { provider, from } of plan.groups[index].members) {
    const { body } = await mailbox.take('round.answer', provider, round, `group ${index} ${from}`)
    const answers = await group.take(provider, body, `round ${round}`)
    for (const answer of answers ?? []) {
      const noise = gaussianNoise(services.random, plan.sigma * plan.scale.c, answer.values.length)
      addInto(answer.values, noise.map(residueOf))
      const part = { group: index, from: answer.from, to: answer.to, values: packResidues(answer.values) }
      await node.post(answer.provider, 'round.gradient', part, round)
    }
  }
}
