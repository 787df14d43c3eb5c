/** The privacy ledger in real processes: all killed at once, restored from an old disk, started again, and refused when it is spent. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../../federation/index.ts'
import { freePort, type Launched, launch, runToEnd, temporaryFolder } from './launched.ts'
import { smallSet, writeSet } from './small-set.ts'

let state = ''
let data = ''
const nodeFile = (node: string, ...file: string[]) => join(state, 'sets', 'small', 'nodes', node, ...file)
const ledgerFile = (node: string) => nodeFile(node, 'state', 'ledger.jsonl')

interface Printed {
  readonly entries: readonly LedgerEntry[]
  readonly snapshots: readonly { id: string; epsilonCounted: number }[]
}

/** What `yinxin ledger` says of a server. */
async function printed(node: 'platform' | 'keyholder'): Promise<Printed> {
  const { exit, stdout, stderr } = await runToEnd(['ledger', nodeFile(node, `${node}.json`), '--json'], {
    state,
  })
  expect(exit.code, stderr).toBe(0)
  return JSON.parse(stdout)
}

const startAgain = async (...more: string[]) => {
  const port = String(await freePort())
  return runToEnd(['start', '--data', data, '--no-pooled', '--once', '--port', port, ...more], { state })
}

const lines = async (node: string) =>
  (await readFile(ledgerFile(node), 'utf8').catch(() => '')).split('\n').length - 1

describe('a power cut in the middle of a run', () => {
  let killed: Launched
  let spent: Printed

  beforeAll(async () => {
    state = await temporaryFolder()
    data = await writeSet(smallSet(1200, 4), join(await temporaryFolder(), 'small'))
    const port = String(await freePort())
    killed = launch(['start', '--data', data, '--rounds', '8', '--no-pooled', '--once', '--port', port], {
      state,
    })
    // label sums, four providers' fine bins, and a round or more
    await killed.until('a round in the ledger', async () =>
      (await lines('keyholder')) > 5 ? true : undefined,
    )
    killed.destroy()
    expect((await killed.ended).code).not.toBe(0)
    spent = await printed('platform')
  }, 120_000)

  it('leaves two whole chains, one the beginning of the other, with all that left', async () => {
    const other = await printed('keyholder')
    const shorter = Math.min(other.entries.length, spent.entries.length)
    expect(Math.abs(other.entries.length - spent.entries.length)).toBeLessThanOrEqual(1)
    expect(other.entries.slice(0, shorter)).toEqual(spent.entries.slice(0, shorter))
    expect(spent.entries.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['label sums', 'fine bins of water', 'gradients of round 1']),
    )
  })

  it('with the disk of its first day restored gives the run up, is completed in the next, and the budget stays spent', async () => {
    const text = await readFile(ledgerFile('platform'), 'utf8')
    await writeFile(ledgerFile('keyholder'), `${text.split('\n')[0]}\n`)
    const { epsilonCounted, id } = spent.snapshots[0]
    const { exit, stderr } = await startAgain('--most-epsilon', String(Math.ceil(epsilonCounted) + 5))
    expect(exit.code, stderr).toBe(25)
    expect(stderr).toContain('YX_FEDERATION_BUDGET_EXHAUSTED')
    expect(stderr).toContain(id)
    expect(await readFile(ledgerFile('keyholder'), 'utf8')).toBe(
      await readFile(ledgerFile('platform'), 'utf8'),
    )
    expect((await printed('keyholder')).entries.slice(0, spent.entries.length)).toEqual(spent.entries)
    const log = await readFile(`${nodeFile('keyholder', 'keyholder.json')}.log`, 'utf8')
    expect(log).toContain('YX_FEDERATION_LEDGER_SET_BACK')
    expect(log).toMatch(/the ledger lacked \d+ entries; they were taken over from the platform/)
  }, 120_000)
})

describe('yinxin plan', () => {
  it('prints data on stdout and talk on stderr', async () => {
    const numbers = ['--labelled', '18000', '--bads', '4000', '--columns', '23', '--json']
    const { exit, stdout, stderr } = await runToEnd(['plan', ...numbers], { state })
    expect([exit.code, stderr]).toEqual([0, ''])
    const outlook = JSON.parse(stdout)
    expect(outlook.settings).toMatchObject({
      model: 'scorecard',
      bins: 10,
      lambda: 100,
      rounds: 8,
      sigma: 10,
    })
    expect(outlook.providers).toHaveLength(6)
    expect(outlook.privacy.epsilon).toBeCloseTo(1.075 + 2 * Math.sqrt(1.075 * Math.log(1e6)), 9)
    expect(outlook.statement).toMatchObject({ en: expect.any(String), zh: expect.stringContaining('ε') })
  })

  it('counts a data set and says the statement', async () => {
    const { exit, stdout } = await runToEnd(['plan', '--data', data], { state })
    expect(exit.code).toBe(0)
    for (const part of ['housing', 'whether a labelled firm defaulted', '128 columns', 'the limits ask for'])
      expect(stdout).toContain(part)
  })

  it('refuses numbers that do not fit together', async () => {
    const { exit, stderr } = await runToEnd(['plan', '--labelled', '100'], { state })
    expect(exit.code).toBe(2)
    expect(stderr).toContain('YX_SERVER_USAGE_PLAN_NUMBERS')
  })
})
