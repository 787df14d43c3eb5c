import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defineOutcome, loadCatalogue, openWorkSession, writeRawCity } from '../../../features/index.ts'
import { computeOutcomes } from '../../../features/outcomes/compute-outcomes.ts'
import { joinLoanSources, readLoanSource } from '../../../features/outcomes/loan-sources.ts'
import { readRows } from '../../../features/outcomes/read-rows.ts'
import { temporaryFolder } from './fixtures.ts'

const LENDERS = ['city_commercial_bank', 'rural_credit_union', 'guarantee_fund']
// Open loans of the city are booked after its observation window; here it goes on to the day of the snapshot.
const definition = defineOutcome({
  asOf: '2025-06-30',
  bookedFrom: '2025-07-01',
  bookedTo: '2026-10-31',
  frozenOn: '2026-10-31',
})

test.runIf(process.env.YINXIN_FULL === '1')(
  'of a made-up city, the outcome of every loan is the one that its maker meant, whatever defects the files have',
  { timeout: 120_000 },
  async () => {
    const dir = join(temporaryFolder(), 'city')
    await writeRawCity({ dir, size: 'tiny', seed: 1 })
    const truth = new Map(
      readFileSync(join(dir, 'truth', 'loans.csv'), 'utf8')
        .trim()
        .split(/\r?\n/)
        .slice(1)
        .map((line) => line.split(','))
        .map(([party, loanNo, state]) => [`${party} ${loanNo}`, state]),
    )
    const catalogue = await loadCatalogue()
    const seen = new Set<string>()
    for (const party of LENDERS) {
      const session = await openWorkSession()
      const options = { catalogue, asOf: '2026-10-31', folder: join(dir, party), today: '2026-11-24' }
      const loans = await readLoanSource(session, { class: 'loan', file: 'loans.csv' }, 'a', options)
      const repayments = { class: 'loan_repayment', file: 'repayments.csv' }
      const read = [loans, await readLoanSource(session, repayments, 'b', options)]
      const { tables } = await joinLoanSources(session, read)
      await computeOutcomes(session, definition, tables, 'outcomes')
      const rows = (await readRows(session, 'SELECT loan_no, state FROM outcomes')) as [string, string][]
      session.close()
      const expected = rows.map(([loanNo]) => [loanNo, truth.get(`${party} ${loanNo}`)])
      expect(rows).toEqual(expected)
      const known = [...truth.keys()].filter((key) => key.startsWith(party)).length
      const refused = loans.report.quarantined
      expect([rows.length, refused > 0]).toEqual([known - refused, true])
      for (const [, state] of rows) seen.add(state)
    }
    expect([...seen].sort()).toEqual(['bad', 'good', 'indeterminate', 'open', 'outside'])
  },
)
