/** A night while a training run stands still: what fails in the night is the night's, and the run goes on after it. */
import { expect, it } from 'vitest'
import { memoryJournals, PLATFORM, type Progress, type RunJournals } from '../../../federation/index.ts'
import { planText } from '../../../federation/plan.ts'
import { silent, testConsortium } from '../../helpers/consortium.ts'
import { changed, intercept, smallInput } from '../federation/interception.ts'

it('leaves the run as it was, in every journal, though a party refuses the night', async () => {
  const journals = new Map<string, RunJournals>()
  const consortium = await testConsortium({
    ...smallInput(),
    journals: (node) => {
      const own = journals.get(node) ?? memoryJournals()
      journals.set(node, own)
      return own
    },
  })
  const { platform, nights, nodes } = consortium
  const faults: string[] = []
  for (const [name, node] of nodes) {
    const { onFault } = node
    node.onFault = (from, fault, failed) => {
      faults.push(`${name} ${failed}`)
      onFault(from, fault, failed)
    }
  }
  const trained = await consortium.run()
  await platform.end('run-1')
  const pausing: Progress = {
    phase: (name) => {
      if (name === 'training') platform.pause(new Error('stopped by the operator'))
    },
    step: () => {},
  }
  const options = { ...consortium.options, run: 'run-2' }
  await expect(platform.run(options, pausing)).rejects.toThrow('stopped by the operator')

  const { plan, planHash } = trained
  const model = { planHash, plan: planText(plan), purpose: plan.purpose, trainedAt: new Date().toISOString() }
  intercept(consortium, (message) =>
    message.type === 'night.collect' && message.to === 'provider-1'
      ? [changed(message, { entries: (message.body.entries as object[]).slice(1) })]
      : undefined,
  )
  // There is no earlier vector to carry over, so the night ends.
  await expect(nights.run({ model, isThere: () => true })).rejects.toMatchObject({
    code: 'YX_FEDERATION_NOTHING_TO_CARRY',
  })
  expect(faults).toEqual([expect.stringMatching(/^provider-1 night-/)])
  const parties = [...options.providers, ...options.labelHolders, 'keyholder', PLATFORM]
  for (const party of parties) expect(await journals.get(party)?.unfinished(), party).toBe('run-2')

  expect((await platform.resume('run-2', silent)).plan.run).toBe('run-2')
  await consortium.close()
}, 60_000)
