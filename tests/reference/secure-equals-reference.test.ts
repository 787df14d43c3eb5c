import { afterAll, describe, expect, it } from 'vitest'
import { offsetHundredths } from '../../models/index.ts'
import { type ConsortiumInput, testConsortium } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import { referenceModel, referenceTotals } from './reference.ts'

/** Runs the secure protocol with noise off and compares everything that it opens with the plaintext reference. */
async function expectEqual(input: ConsortiumInput): Promise<void> {
  const consortium = await testConsortium(input)
  try {
    const result = await consortium.run()
    const reference = referenceModel(input)
    expect(result.plan.labelled).toBe(reference.labelled)
    expect(result.plan.bads).toBe(reference.bads)
    expect(result.plan.scale.p0).toBe(reference.p0)
    expect(result.plan.providers.map(({ width }) => width)).toEqual(reference.bases.map(({ width }) => width))
    const { slope, offset, intercept } = result.assessment.calibration
    expect(offset).toBe(offsetHundredths(reference.p0, { intercept, slope }))
    const totals = referenceTotals(input, reference, slope).map((total) => total + offset)
    expect(result.assessment.totals).toEqual(totals)
    for (const [k, provider] of input.providers.entries()) {
      const card = consortium.scorecards.get(provider.name) as { weights?: number[] } | undefined
      if (card?.weights) expect(Array.from(card.weights)).toEqual(Array.from(reference.weights[k]))
    }
  } finally {
    await consortium.close()
  }
}

describe('the secure run with noise off equals the plaintext integer reference bit for bit', () => {
  it('three providers, one bank', () =>
    expectEqual(syntheticInput({ rows: 1500, providers: 3, banks: 1, seed: 1 })))
})
