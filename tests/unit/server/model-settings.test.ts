/** Options of a model that do not fit together are found before anything is opened. */
import { describe, expect, it } from 'vitest'
import { parseKeptPlan, parsePlan } from '../../../federation/index.ts'
import { settingsOf } from '../../../server/launch/options.ts'

describe('settings of a model', () => {
  it.each([
    [{ depth: '3' }, '--depth'],
    [{ model: 'scorecard', depth: '3' }, '--depth'],
    [{ model: 'booster', logisticRounds: 4 }, '--logistic-rounds'],
    [{ logisticRounds: 9 }, '--logistic-rounds'],
  ] as const)('%o are refused', (options, name) => {
    expect(() => settingsOf(options)).toThrow(expect.objectContaining({ code: 'YX_SERVER_USAGE_MODEL' }))
    expect(() => settingsOf(options)).toThrow(name)
  })

  it("that fit are the plan's", () => {
    expect(settingsOf({ model: 'booster', depth: '3' })).toEqual({ model: 'booster', depth: 3 })
    expect(settingsOf({ model: 'booster', logisticRounds: 0 })).toEqual({
      model: 'booster',
      logisticRounds: 0,
    })
    expect(settingsOf({ logisticRounds: 8 })).toEqual({ logisticRounds: 8 })
  })
})

it('a text that is no plan is none, kept or not', () => {
  for (const text of ['', '[]', 'null', '{"version":1}']) {
    expect(parsePlan(text)).toBeNull()
    expect(parseKeptPlan(text)).toBeNull()
  }
})
