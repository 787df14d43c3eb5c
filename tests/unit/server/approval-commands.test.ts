/** `plans`, `approve`, `refuse` and `log` over a node's files, as a person uses them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createIdentity, Membership, planHashOf, type RunPlan } from '../../../federation/index.ts'
import { decidePlan, showPlans } from '../../../server/approval/commands.ts'
import { PlanFolder } from '../../../server/approval/plan-folder.ts'
import { NodeLogFile } from '../../../server/node/log-file.ts'
import { printLog } from '../../../server/node/print-log.ts'
import { testConsortium } from '../../helpers/consortium.ts'
import { writeMembers } from '../../helpers/signed-members.ts'
import { intercept, smallInput } from '../federation/interception.ts'

let folder: string
let file: string
let membership: Membership
let plans: PlanFolder
let plan: RunPlan
const said: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-approve-'))
  const { identity, member } = createIdentity('keyholder', 'keyholder')
  await writeFile(join(folder, 'identity.json'), JSON.stringify(identity))
  writeMembers(folder, { consortium: 'c', suite: 'international', members: [member] })
  const policy = {
    leastProviders: 2,
    leastSigma: 0,
    overrideLimits: true,
    mostEpsilon: null,
    approval: 'person',
  }
  file = join(folder, 'keyholder.json')
  const config = {
    ...{ name: 'keyholder', identity: 'identity.json', members: 'members.json', roster: 'roster.txt' },
    ...{ state: 'state', threads: 0, platform: 'http://127.0.0.1:1', policy, transcripts: 'transcripts' },
  }
  await writeFile(file, JSON.stringify(config))
  await mkdir(join(folder, 'state'))
  membership = new Membership({ consortium: 'c', suite: 'international', members: [member] }, identity)
  plans = new PlanFolder(join(folder, 'state'), membership)
  await plans.create()
  const consortium = await testConsortium(smallInput())
  const recorded = intercept(consortium)
  await consortium.run()
  await consortium.close()
  plan = JSON.parse(recorded.find(({ type }) => type === 'plan.propose')!.body.plan as string)
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
}, 60_000)
beforeEach(() => void said.splice(0))
afterAll(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

/** A plan that waits; its hash. */
async function waiting(changes: Partial<RunPlan>): Promise<string> {
  const text = JSON.stringify({ ...plan, ...changes })
  const planHash = planHashOf(membership.suite, text)
  await plans.propose({ run: 'run-1', planHash, text }, new Date())
  return planHash
}

describe('the commands for plans', () => {
  it('list, show, approve and refuse; a second decision is refused', async () => {
    const one = await waiting({ purpose: 'one' })
    const two = await waiting({ purpose: 'two' })
    await showPlans('keyholder', file, undefined, { lang: 'en' })
    expect(said.join('')).toContain(one.slice(0, 12))
    expect(
      said
        .join('')
        .split('\n')
        .filter((line) => line.includes('waits')),
    ).toHaveLength(2)
    await decidePlan('keyholder', one.slice(0, 8), file, { approved: true, reason: '' })
    await decidePlan('keyholder', two, file, { approved: false, reason: 'no' })
    expect(await plans.decision(one)).toMatchObject({ approved: true })
    expect(await plans.decision(two)).toMatchObject({ approved: false, reason: 'no' })
    await expect(decidePlan('keyholder', one, file, { approved: false, reason: '' })).rejects.toMatchObject({
      code: 'YX_SERVER_USAGE_PLAN_DECIDED',
    })
    said.splice(0)
    await showPlans('keyholder', file, two, { lang: 'zh' })
    expect(said.join('')).toContain('目的：two')
    expect(said.join(''), 'against the plan that was approved before').toContain('purpose: one → two')
  })

  it.each(['abc', 'zzzzzzzzz', '00000000'])('%s names no plan', async (prefix) => {
    await expect(decidePlan('keyholder', prefix, file, { approved: true, reason: '' })).rejects.toMatchObject(
      {
        code: 'YX_SERVER_USAGE_PLAN_UNKNOWN',
      },
    )
  })

  it('an expired plan cannot be approved, and can be refused', async () => {
    const late = await waiting({ purpose: 'late', expires: '2020-01-01T00:00:00.000Z' })
    await expect(decidePlan('keyholder', late, file, { approved: true, reason: '' })).rejects.toMatchObject({
      code: 'YX_FEDERATION_PLAN_EXPIRED',
    })
    expect(await plans.decision(late)).toBeNull()
    await decidePlan('keyholder', late, file, { approved: false, reason: 'too late' })
    expect(await plans.decision(late)).toMatchObject({ approved: false })
  })
})

describe('the command for the log', () => {
  it('prints entries of a run and the head, and finds a log that lacks a head', async () => {
    const log = await NodeLogFile.open(join(folder, 'state'), membership, () => {})
    log.note({ kind: 'opened', run: 'run-1' })
    log.note({ kind: 'approved', run: 'run-2', plan: 'a'.repeat(64), who: 'person', what: 'as agreed' })
    await log.close()
    await printLog('keyholder', file, { run: 'run-2' })
    expect(said.join('')).toContain('was approved by person: as agreed')
    expect(said.join('')).not.toContain('opened the run')
    const [, head] = /head 2:([0-9a-f]{64})/.exec(said.join(''))!
    await printLog('keyholder', file, { verify: true, head: { entries: 2, hash: head } })
    await expect(printLog('keyholder', file, { head: { entries: 3, hash: head } })).rejects.toMatchObject({
      code: 'YX_FEDERATION_NODE_LOG_TRUNCATED',
    })
  })
})
