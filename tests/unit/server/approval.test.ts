/** A plan that waits for a person: files, decisions from another process, restarts, and what is refused. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createEngine, type NodeServices, secureRandom } from '../../../federation/index.ts'
import { summaryOf } from '../../../federation/plan-summary.ts'
import { describePlan, planLine, standingOf } from '../../../server/approval/describe-plan.ts'
import { personApprover } from '../../../server/approval/person-approver.ts'
import { PlanFolder } from '../../../server/approval/plan-folder.ts'
import { type TestConsortium, testConsortium } from '../../helpers/consortium.ts'
import { smallInput } from '../federation/interception.ts'

const PERSON = 'provider-1'
const made: string[] = []
const fresh = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'yinxin-plans-'))
  made.push(folder)
  return folder
}
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))))

/** A consortium one of whose providers asks a person. */
async function withPerson(state: string, notes: string[] = []) {
  const services: NodeServices = {
    engine: createEngine(0),
    random: secureRandom,
    clock: { now: () => new Date() },
  }
  let approver: NodeServices['approver']
  const consortium = await testConsortium(
    smallInput({
      servicesOf: (party) =>
        party === PERSON
          ? {
              ...services,
              approver: {
                ask: (...about) => approver!.ask(...about),
                withdraw: (planHash) => approver!.withdraw?.(planHash),
              },
            }
          : services,
    }),
  )
  const { membership } = consortium.nodes.get(PERSON)!
  const folder = new PlanFolder(state, membership)
  approver = personApprover(folder, {
    clock: services.clock,
    note: (text) => void notes.push(text),
    lookAgainMs: 20,
  })
  return { consortium, folder, notes }
}

const waiting = (folder: PlanFolder) =>
  vi.waitFor(
    async () => {
      const [known] = await folder.list()
      expect(known).toBeDefined()
      return known
    },
    { timeout: 10_000 },
  )
const outcomeOf = (consortium: TestConsortium) =>
  consortium.run().then(
    () => ({ code: null, text: '' }),
    (fault: { cause?: unknown; code?: string; message: string }) => ({
      code: fault.cause ?? fault.code,
      text: fault.message,
    }),
  )

describe('a plan that waits for a person', () => {
  let state: string
  beforeAll(async () => {
    state = await fresh()
  })

  it('stops nothing but its run, whose waiting has a name, and goes on when it is approved', async () => {
    const { consortium, folder, notes } = await withPerson(state)
    const run = outcomeOf(consortium)
    const { pending, plan } = await waiting(folder)
    await vi.waitFor(() => expect(consortium.platform.waitingFor()).toEqual([PERSON]))
    expect(notes.join()).toContain(pending.planHash.slice(0, 12))
    expect(plan.run).toBe('run-1')
    await folder.decide(pending.planHash, true, 'as agreed', new Date())
    expect(await run).toEqual({ code: null, text: '' })
    expect(await folder.decision(pending.planHash)).toMatchObject({ approved: true, reason: 'as agreed' })
    await consortium.close()
  }, 30_000)

  it('ends its run with the words of whoever refuses it', async () => {
    const { consortium, folder } = await withPerson(await fresh())
    const run = outcomeOf(consortium)
    const { pending } = await waiting(folder)
    await folder.decide(pending.planHash, false, 'not this month', new Date())
    const { code, text } = await run
    expect(code).toBe('YX_FEDERATION_PLAN_REFUSED')
    expect(text).toContain(PERSON)
    expect(text).toContain('not this month')
    expect(standingOf(await folder.read(pending.planHash), new Date())).toBe('refused')
    await consortium.close()
  }, 30_000)

  it('is over when its run is, and a decision that comes then changes nothing', async () => {
    const { consortium, folder } = await withPerson(await fresh())
    const run = outcomeOf(consortium)
    const { pending } = await waiting(folder)
    consortium.platform.cancel(new Error('the operator stopped it'))
    await run
    await vi.waitFor(async () =>
      expect(standingOf(await folder.read(pending.planHash), new Date())).toBe('over'),
    )
    await consortium.close()
  }, 30_000)

  it('takes no decision that another identity signed, and none that was changed', async () => {
    const { consortium, folder, notes } = await withPerson(await fresh())
    const run = outcomeOf(consortium)
    const { pending } = await waiting(folder)
    const stranger = consortium.nodes.get('bank-1')!.membership
    // Another node's folder object signs with its own identity, but the file says this plan.
    const forged = new PlanFolder(join(folder.path, '..'), stranger)
    await forged.decide(pending.planHash, true, '', new Date())
    await vi.waitFor(() => expect(notes.join()).toContain('not signed by this node'), { timeout: 5000 })
    expect(consortium.platform.waitingFor()).toEqual([PERSON])
    // Control: its own identity is taken.
    await folder.decide(pending.planHash, true, '', new Date())
    expect((await run).code).toBeNull()
    const file = join(folder.path, `${pending.planHash}.decision.json`)
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('"approved":true', '"approved":false'))
    await expect(folder.decision(pending.planHash)).rejects.toMatchObject({
      code: 'YX_FEDERATION_PLAN_CHANGED',
    })
    await consortium.close()
  }, 30_000)
})

describe('after a restart', () => {
  it('the same plan has the answer that was given, and another one has none', async () => {
    const state = await fresh()
    const { consortium, folder, notes } = await withPerson(state)
    const { suite } = consortium.nodes.get(PERSON)!.membership
    const run = outcomeOf(consortium)
    const { pending } = await waiting(folder)
    await folder.decide(pending.planHash, true, 'yes', new Date())
    await run
    const again = personApprover(folder, {
      clock: { now: () => new Date() },
      note: (text) => void notes.push(text),
    })
    const proposal = { run: pending.run, planHash: pending.planHash, text: pending.text }
    expect(await again.ask(proposal, () => {})).toEqual({ approved: true, by: 'person', reason: 'yes' })
    const text = pending.text.replace('"purpose":"test"', '"purpose":"more"')
    const planHash = Buffer.from(suite.hash(Buffer.from('yinxin plan 1\n'), Buffer.from(text))).toString(
      'hex',
    )
    expect(await again.ask({ run: pending.run, planHash, text }, () => {})).toBeNull()
    again.withdraw?.(planHash)
    await consortium.close()
  }, 30_000)

  it('a plan whose file was changed is refused', async () => {
    const { consortium, folder } = await withPerson(await fresh())
    const run = outcomeOf(consortium)
    const { pending } = await waiting(folder)
    const file = join(folder.path, `${pending.planHash}.json`)
    await writeFile(file, (await readFile(file, 'utf8')).replace('purpose\\":\\"test', 'purpose\\":\\"mine'))
    await expect(folder.read(pending.planHash)).rejects.toMatchObject({ code: 'YX_FEDERATION_PLAN_CHANGED' })
    consortium.platform.cancel(new Error('over'))
    await run
    await consortium.close()
  }, 30_000)
})

describe('what a person reads', () => {
  it('names parties, columns, rounds, noise, what leaves, epsilon and what is new, in both languages', async () => {
    const { consortium, folder } = await withPerson(await fresh())
    const run = outcomeOf(consortium)
    const known = await waiting(folder)
    const { plan } = known
    const last = { ...plan, rounds: plan.rounds + 4, purpose: 'another' }
    const summary = summaryOf(plan, PERSON, last)
    expect(summary.changes?.map(({ what }) => what)).toEqual(['purpose', 'rounds'])
    expect(summary.leaving.map(({ type, to }) => `${type} ${to}`)).toEqual([
      'bins.answer platform',
      'bins.answer keyholder',
      'round.share platform',
      'round.answer platform',
      'round.answer keyholder',
      'score.share platform',
    ])
    for (const language of ['zh', 'en'] as const) {
      const text = describePlan(known, PERSON, summary, language)
      for (const word of [
        plan.purpose,
        'provider-2',
        'bank-1',
        plan.providers[0].columns[0].name,
        plan.expires,
      ])
        expect(text).toContain(word)
      expect(text).toContain('round.answer')
      expect(planLine(known, new Date(), language)).toContain(known.pending.planHash.slice(0, 12))
    }
    expect(describePlan(known, PERSON, summaryOf(plan, PERSON, null), 'en')).toContain(
      'No plan was approved before',
    )
    consortium.platform.cancel(new Error('over'))
    await run
    await consortium.close()
  }, 30_000)
})
