/** Who is heard while a run stands still under an older member list than the newest. */
import { afterAll, describe, expect, it } from 'vitest'
import { memoryJournals, PLATFORM } from '../../../federation/index.ts'
import { type TestConsortium, testConsortium } from '../../helpers/consortium.ts'
import { intercept, smallInput } from './interception.ts'

const open: TestConsortium[] = []
afterAll(() => Promise.all(open.map((consortium) => consortium.close())))

const PARTY = 'provider-1'
const OTHER = 'provider-3'

/** A run of two of three providers that stopped and can be gone on with, and a list without one of each. */
async function stopped() {
  const journals = new Map<string, ReturnType<typeof memoryJournals>>()
  const consortium = await testConsortium({
    ...smallInput(),
    journals: (name) => journals.get(name) ?? journals.set(name, memoryJournals()).get(name)!,
  })
  open.push(consortium)
  const { platform, nodes } = consortium
  intercept(consortium, ({ type }) => {
    if (type === 'bins.start') platform.lost('provider-2', 'binning')
    return undefined
  })
  const run = consortium.run({ providers: [PARTY, 'provider-2'] })
  await expect(run).rejects.toThrow(/stopped answering/)
  const { membership } = nodes.get(PLATFORM)!
  membership.accept({
    ...{ consortium: membership.consortium, suite: 'international', version: 1 },
    members: [...nodes.keys()]
      .filter((name) => name !== PARTY && name !== OTHER)
      .map((name) => membership.member(name)),
  })
  return { platform, membership }
}

describe('of the members that were removed since', () => {
  it('only a party of the run is heard, and only until the run is over', async () => {
    const { platform, membership } = await stopped()
    expect(await platform.unfinished()).toBe('run-1')
    expect([PARTY, OTHER, 'bank-1'].map((name) => membership.knows(name))).toEqual([true, false, true])
    await platform.end('run-1')
    expect([PARTY, OTHER, 'bank-1'].map((name) => membership.knows(name))).toEqual([false, false, true])
  })
})
