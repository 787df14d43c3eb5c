import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  createRoster,
  defineOutcome,
  freezeOutcomes,
  writeRoster,
  writeSnapshot,
} from '../../../features/index.ts'
import { createIdentity } from '../../../federation/index.ts'
import { runLabelHolder } from '../../../server/node/label-holder-process.ts'
import { writeMembers } from '../../helpers/signed-members.ts'

const base = mkdtempSync(join(tmpdir(), 'yinxin-holder-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const DAYS = { asOf: '2024-12-31', bookedFrom: '2025-01-01', bookedTo: '2025-06-30', frozenOn: '2026-06-30' }
const roster = createRoster(['A', 'B'])

/** A label holder with frozen labels; it ends before it looks for its platform. */
async function holder(name: string, loans: object): Promise<{ config: string; labels: string }> {
  const dir = join(base, name)
  mkdirSync(dir)
  const { identity, member } = createIdentity('bank', 'label-holder', { suite: 'international' })
  writeFileSync(join(dir, 'identity.json'), JSON.stringify(identity))
  writeMembers(dir, { consortium: 'test', suite: 'international', members: [member] })
  await writeRoster(roster, join(dir, 'roster.txt'))
  const enterprises = { good: 1, bad: 1, indeterminate: 0, offRoster: 0, withoutOutcome: 0 }
  const counts = {
    loans: 2,
    good: 1,
    bad: 1,
    indeterminate: 0,
    open: 0,
    outside: 0,
    leftOut: [],
    ignored: [],
  }
  const snapshot = freezeOutcomes(
    defineOutcome(DAYS),
    { labels: 'id,y\nA,0\nB,1\n', enterprises },
    { counts, sources: [], roster },
  )
  const { file } = await writeSnapshot(snapshot, dir)
  const sources = [
    { class: 'loan', file: 'loans.csv' },
    { class: 'loan_repayment', file: 'repayments.csv' },
  ]
  const config = {
    name: 'bank',
    identity: 'identity.json',
    members: 'members.json',
    roster: 'roster.txt',
    state: 'state',
    threads: 0,
    platform: 'http://127.0.0.1:1',
    policy: { leastProviders: 3, leastSigma: 0, overrideLimits: false, mostEpsilon: null },
    labels: 'labels-2026-06-30.csv',
    loans: { ...DAYS, sources, snapshots: '.', ...loans },
  }
  writeFileSync(join(dir, 'holder.json'), JSON.stringify(config))
  return { config: join(dir, 'holder.json'), labels: file }
}

test('labels that are not what was frozen keep the process from starting', async () => {
  const { config, labels } = await holder('changed', {})
  writeFileSync(labels, 'id,y\nA,1\nB,1\n')
  await expect(runLabelHolder(config)).rejects.toThrow('the labels are not those that were frozen')
})

test('so does another definition in the configuration', async () => {
  const { config } = await holder('other', { badDaysPastDue: 60 })
  await expect(runLabelHolder(config)).rejects.toThrow('another definition of good and bad')
})

test('labels as they were frozen do not: the next thing missed is a member', async () => {
  const { config } = await holder('same', {})
  await expect(runLabelHolder(config)).rejects.toThrow('"keyholder" is not in the member list')
})
