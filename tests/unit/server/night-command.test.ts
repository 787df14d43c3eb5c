import { expect, it } from 'vitest'
import type { NightReport } from '../../../server/night/night-service.ts'
import { printableNight } from '../../../server/operator/night-commands.ts'

const report: NightReport = {
  night: 'night-20261124-221530-01-ff010203',
  planHash: 'ab'.repeat(32),
  run: 'run-7',
  at: '2026-11-24T22:15:31.000Z',
  snapshotId: '4',
  model: 3,
  parts: [
    { provider: 'water', part: 'fresh', since: null, reason: '' },
    { provider: 'gas', part: 'held', since: '2026-11-20T22:00:00.000Z', reason: '' },
    { provider: 'tax', part: 'carried', since: '2026-11-21T22:00:00.000Z', reason: 'it stopped answering' },
  ],
  staleSince: '2026-11-20T22:00:00.000Z',
  rated: 1198,
  waiting: 2,
  excluded: 3,
  publicOnly: 4,
  listed: 5,
  challenger: null,
}

it('says of a night which parts are of an earlier day, since when and why, and nothing of those that are not', () => {
  const text = printableNight(report)
  expect(text).toContain('gas: held back, its part is of 2026-11-20T22:00:00.000Z')
  expect(text).toContain('tax: carried over, its part is of 2026-11-21T22:00:00.000Z; it stopped answering')
  expect(text).toContain('2 firms wait')
  expect(text).not.toContain('water')
  expect(
    printableNight({ ...report, waiting: 0, parts: [] })
      .trim()
      .split('\n'),
  ).toHaveLength(2)
})
