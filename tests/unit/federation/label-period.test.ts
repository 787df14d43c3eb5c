/** When a label holder's next period, and with it a fresh budget, is believed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { international } from '../../../engine/index.ts'
import { Ledger, memoryLedger } from '../../../federation/index.ts'
import { familiesOf } from '../../../federation/label-period.ts'
import { past } from './kept.ts'

const about = { suite: international, consortium: 'c' }
const NOW = new Date('2027-06-01T20:00:00.000Z')

/** A ledger in which a bank has used these periods, one after another. */
async function after(...periods: string[]): Promise<Ledger> {
  const ledger = await Ledger.open(memoryLedger(), about, null)
  for (const period of periods) {
    const families = familiesOf(['bank', 'bank@2027-01-01'], [period, ''])
    await ledger.charge({ snapshot: 's', families, run: `run of ${period}`, planHash: '' }, [past(0.1)])
  }
  return ledger
}
const check = (ledger: Ledger, period: string) =>
  ledger.checkPeriods({ labelHolders: ['bank'], labelPeriods: [period] }, NOW)

describe('a label period', () => {
  it.each([
    ['the first one, of a new consortium', [], ''],
    ['the same one again', ['', '2027-01-01'], '2027-01-01'],
    ['the next one', ['', '2026-12-01'], '2027-06-01'],
    ['one that begins today in the east, where it is tomorrow already', [''], '2027-06-02'],
    ['the first with a day, where another name looks like one', [''], '2026-01-01'],
  ])('is believed: %s', async (_, used, period) => {
    const ledger = await after(...used)
    expect(() => check(ledger, period)).not.toThrow()
  })

  it.each([
    ['an earlier one', ['', '2027-01-01'], '2026-12-31', 'the one of 2027-01-01 was used before'],
    ['the first one again', ['', '2027-01-01'], '', 'the one of 2027-01-01 was used before'],
    ['one used before another', ['2026-01-01', '2027-01-01'], '2026-01-01', '2027-01-01 was used before'],
    ['one to come', [''], '2027-06-03', 'still to come'],
    ['no day', [''], '2027-02-30', 'no such day'],
    ['a third within a year', ['2026-08-01', '2027-01-01'], '2027-06-01', '2 were begun'],
  ])('is refused: %s', async (_, used, period, why) => {
    const ledger = await after(...used)
    expect(() => check(ledger, period)).toThrow(
      expect.objectContaining({
        code: 'YX_FEDERATION_LABEL_PERIOD_REFUSED',
        message: expect.stringContaining(why),
      }),
    )
  })

  it('comes at most so often in any year, whatever a label holder asks for', async () => {
    const dayOf = (at: number) => new Date(Date.UTC(2020, 0, 1) + at * 86_400_000).toISOString().slice(0, 10)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 40 }), async (days) => {
        const ledger = await Ledger.open(memoryLedger(), about, null)
        const taken: number[] = []
        for (const day of days) {
          try {
            check(ledger, dayOf(day))
          } catch {
            continue
          }
          const families = familiesOf(['bank'], [dayOf(day)])
          await ledger.charge({ snapshot: 's', families, run: `run of ${day}`, planHash: '' }, [past(0.1)])
          if (!taken.includes(day)) taken.push(day)
        }
        for (const from of taken)
          expect(taken.filter((day) => day >= from && day < from + 365).length).toBeLessThanOrEqual(2)
      }),
    )
  })
})
