/** What made the columns stands in the plan in one order, and a public provider's in no other grade than G1. */
import { describe, expect, it } from 'vitest'
import { KEY_HOLDER } from '../../../federation/index.ts'
import { canonicalExtractors, type Provenance } from '../../../federation/provenance.ts'
import { testConsortium } from '../../helpers/consortium.ts'
import { syntheticInput } from '../../helpers/synthetic.ts'
import { changed, expectStopped, runWith, smallInput } from './interception.ts'

const hash = (digit: string) => digit.repeat(64)
const MADE: Provenance = {
  extractors: [
    { name: 'table:tax', hash: hash('1') },
    { name: 'builtin:water_usage', hash: hash('3') },
    { name: 'builtin:water_usage', hash: hash('2') },
  ],
  grade: 'G2',
}
const SORTED = [MADE.extractors[2], MADE.extractors[1], MADE.extractors[0]]

describe('extractors', () => {
  it('stand by name, then hash, each once, whatever the order of the configuration', () => {
    const { extractors } = MADE
    expect(canonicalExtractors(extractors)).toEqual(SORTED)
    expect(canonicalExtractors([...extractors].reverse())).toEqual(SORTED)
    expect(canonicalExtractors([...extractors, extractors[0]])).toEqual(SORTED)
  })

  it('and the grade are in the plan as the provider said them', async () => {
    const consortium = await testConsortium(smallInput({ provenance: { 'provider-1': MADE } }))
    const { plan } = await consortium.run()
    expect(plan.providers[0]).toMatchObject({ extractors: SORTED, grade: 'G2' })
    expect(plan.providers[1]).toMatchObject({ extractors: [], grade: null })
    await consortium.close()
  })

  it.each([KEY_HOLDER, 'bank-1', 'provider-1'])(
    'of fields that are not public are refused by %s where the plan calls the provider public',
    async (party) => {
      const input = {
        ...syntheticInput({ rows: 600, providers: 4, banks: 2, seed: 1, rounds: 1, columns: 1 }),
        publicProviders: ['provider-4'],
      }
      const outcome = await runWith(input, (message) => {
        if (message.type !== 'plan.propose' || message.to !== party) return undefined
        const plan = JSON.parse(message.body.plan as string)
        plan.providers[3].grade = 'G2'
        return [changed(message, { plan: JSON.stringify(plan) })]
      })
      expectStopped(outcome, 'PLAN_REFUSED', party)
      expect(outcome.text).toContain('provider-4 public')
    },
  )
})
