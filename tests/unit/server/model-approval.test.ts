/** Parties approve the card of a model, each with its own key, over the platform's port. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  approveCard,
  createIdentity,
  isCardApproval,
  Membership,
  type RoleName,
} from '../../../federation/index.ts'
import { runMain } from '../../../server/cli/run-main.ts'
import { exitCodes } from '../../../server/exit-codes.ts'
import { NodeLogFile } from '../../../server/node/log-file.ts'
import { registerApprovals } from '../../../server/platform/models/approval-routes.ts'
import { signedCardClaim } from '../../../server/platform/models/card-claim.ts'
import { ModelRegistry } from '../../../server/platform/models/model-registry.ts'
import type { PlatformStore } from '../../../server/store/index.ts'
import { newModel, ratedModel } from '../../contract/model-store.ts'
import { writeMembers } from '../../helpers/signed-members.ts'
import { testPlatform } from './test-platform.ts'

const ROLES: readonly (readonly [string, RoleName])[] = [
  ...([
    ['platform', 'platform'],
    ['keyholder', 'keyholder'],
    ['bank', 'label-holder'],
  ] as const),
  ...([
    ['gas', 'provider'],
    ['stranger', 'provider'],
  ] as const),
]
const made = ROLES.map(([name, role]) => createIdentity(name, role))
const list = { consortium: 'c', suite: 'international', members: made.map(({ member }) => member) } as const
const memberOf = (name: string) =>
  new Membership(list, made.find(({ identity }) => identity.name === name)!.identity)
const impostor = new Membership(list, createIdentity('bank', 'label-holder').identity)

const { planHash } = newModel('run-1')
const more = { signers: ['bank', 'gas', 'keyholder'], cardText: JSON.stringify({ planHash, points: '隐信' }) }

let folder = ''
let config = ''
let app: FastifyInstance
let store: PlatformStore
let cardHash = ''
let clock = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-card-'))
  await mkdir(join(folder, 'state'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  const platform = await testPlatform()
  ;({ app, store } = platform)
  clock = Date.now()
  const registry = new ModelRegistry(store.models, {
    approvals: ['bank', 'keyholder'],
    promotion: 'operator',
  })
  registerApprovals(app, { membership: memberOf('platform'), registry, now: () => clock })
  await ratedModel(store, 'run-1', more)
  ;({ cardHash } = await store.models.model(1))
  return () => app.close()
})

const read = (member: Membership, version = 1, time = clock) =>
  app.inject(`/federation/models/${version}?${signedCardClaim(member, version, time)}`)
const leave = (payload: object | string, version: number | string = 1) =>
  app.inject({
    ...{ method: 'POST', url: `/federation/models/${version}/approvals`, payload },
    headers: { 'content-type': 'application/json' },
  })
const approvalOf = (member: Membership, hash = cardHash, plan = planHash) => ({
  party: member.name,
  cardHash: hash,
  signature: approveCard(member, { planHash: plan, cardHash: hash }),
})
const approvals = async () => (await store.models.model(1)).approvals.map(({ party }) => party)

describe('the card', () => {
  it('is read by those who signed the plan alone, freshly signed, for this very version', async () => {
    expect((await read(memberOf('gas'))).json()).toMatchObject({
      version: 1,
      cardHash,
      cardText: more.cardText,
    })
    const query = signedCardClaim(memberOf('gas'), 2, clock)
    for (const answer of [
      await read(impostor),
      await read(memberOf('gas'), 1, clock - 61_000),
      await app.inject(`/federation/models/1?${query}`),
      await app.inject('/federation/models/1'),
      await app.inject('/federation/models/1?member=gas&time=1e3&signature=ab'),
      await app.inject(`/federation/models/1?${signedCardClaim(memberOf('gas'), 1, clock)}&member=bank`),
    ]) {
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'YX_SERVER_POLL_REFUSED'])
    }
    expect((await read(memberOf('stranger'))).json().code).toBe('YX_SERVER_MODEL_APPROVAL_REFUSED')
    expect((await read(memberOf('gas'), 7)).json().code).toBe('YX_SERVER_MODEL_UNKNOWN')
  })
})

describe('an approval', () => {
  it('counts once, and the last that is asked for approves the model; promotion stays with the operator', async () => {
    expect((await leave(approvalOf(memberOf('bank')))).json()).toMatchObject({ state: 'draft' })
    expect((await leave(approvalOf(memberOf('bank')))).json()).toMatchObject({ state: 'draft' })
    expect((await leave(approvalOf(memberOf('gas')))).json()).toMatchObject({ state: 'draft' })
    expect((await leave(approvalOf(memberOf('keyholder')))).json()).toMatchObject({ state: 'approved' })
    expect(await approvals()).toEqual(['bank', 'gas', 'keyholder'])
    const events = await store.models.history()
    expect(events.map(({ kind, who }) => `${kind} ${who}`).slice(1)).toEqual([
      ...['signed bank', 'signed gas', 'signed keyholder', 'approve platform'],
    ])
    // What the history keeps proves itself to everybody who knows the party's key.
    const [, { note }] = events
    expect(isCardApproval(memberOf('gas'), 'bank', { planHash, cardHash }, note)).toBe(true)
    expect(isCardApproval(memberOf('gas'), 'gas', { planHash, cardHash }, note)).toBe(false)
  })

  it('is refused of who did not sign the plan, in another name, for another card or plan', async () => {
    const own = approvalOf(memberOf('bank'))
    const other = 'ef'.repeat(32)
    for (const [body, code] of [
      [approvalOf(memberOf('stranger')), 'YX_SERVER_MODEL_APPROVAL_REFUSED'],
      [{ ...own, party: 'gas' }, 'YX_SERVER_MODEL_APPROVAL_REFUSED'],
      [approvalOf(impostor), 'YX_SERVER_MODEL_APPROVAL_REFUSED'],
      [approvalOf(memberOf('bank'), other), 'YX_SERVER_MODEL_APPROVAL_REFUSED'],
      [{ ...own, cardHash: other }, 'YX_SERVER_MODEL_APPROVAL_REFUSED'],
      [approvalOf(memberOf('bank'), cardHash, other), 'YX_SERVER_MODEL_APPROVAL_REFUSED'],
      [{ ...own, party: 'nobody' }, 'YX_SERVER_POLL_REFUSED'],
      [{ ...own, party: '__proto__' }, 'YX_SERVER_POLL_REFUSED'],
      [{ ...own, signature: 'zz' }, 'YX_SERVER_REQUEST_INVALID'],
      [{ ...own, signature: '' }, 'YX_SERVER_REQUEST_INVALID'],
      [{ ...own, more: 1 }, 'YX_SERVER_REQUEST_INVALID'],
      [[own], 'YX_SERVER_REQUEST_INVALID'],
      ['{', 'YX_SERVER_REQUEST_UNREADABLE'],
      [{ ...own, party: 'x'.repeat(5000) }, 'YX_SERVER_REQUEST_UNREADABLE'],
    ] as const)
      expect((await leave(body)).json().code, JSON.stringify(body).slice(0, 90)).toBe(code)
    expect((await leave(own, 2)).json().code).toBe('YX_SERVER_MODEL_UNKNOWN')
    expect((await leave(own, 0)).json().code).toBe('YX_SERVER_REQUEST_INVALID')
    expect(await approvals()).toEqual([])
  })
})

describe('yinxin model approve, at a party', () => {
  beforeEach(async () => {
    const port = new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port
    await rm(join(folder, 'state'), { recursive: true })
    await mkdir(join(folder, 'state'))
    const { identity } = made[1]
    await writeFile(join(folder, 'identity.json'), JSON.stringify(identity))
    writeMembers(folder, list)
    config = join(folder, 'keyholder.json')
    const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null }
    const node = {
      ...{ name: 'keyholder', identity: 'identity.json', members: 'members.json', roster: 'roster.txt' },
      ...{
        state: 'state',
        threads: 0,
        platform: `http://127.0.0.1:${port}`,
        policy,
        transcripts: 'transcripts',
      },
    }
    await writeFile(config, JSON.stringify(node))
  })
  const log = async (plan: string) => {
    const file = await NodeLogFile.open(join(folder, 'state'), memberOf('keyholder'), () => {})
    file.note({ kind: 'approved', run: 'run-1', plan, who: 'policy' })
    await file.close()
  }
  async function run(...argv: string[]) {
    const said: string[] = []
    const spies = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((text) => said.push(String(text)) > 0),
    )
    process.exitCode = 0
    await runMain(['node', 'yinxin', 'model', ...argv])
    for (const spy of spies) spy.mockRestore()
    const code = Number(process.exitCode)
    process.exitCode = 0
    return { said: said.join(''), code }
  }

  it('signs the card of a plan that its node approved, keeps what it signed, and says what is still lacking', async () => {
    await log(planHash)
    expect((await run('card', config, '1')).said).toBe(`${more.cardText}SHA-256 ${cardHash}\n`)
    const done = await run('approve', config, '1', '--card', cardHash.slice(0, 12), '--lang', 'zh')
    expect(done).toEqual({ code: 0, said: expect.stringContaining('还缺：bank') })
    expect(await approvals()).toEqual(['keyholder'])
    const [kept] = await readdir(join(folder, 'state', 'model-approvals'))
    const { signature } = JSON.parse(await readFile(join(folder, 'state', 'model-approvals', kept), 'utf8'))
    expect(isCardApproval(memberOf('bank'), 'keyholder', { planHash, cardHash }, signature)).toBe(true)
  })

  it('signs nothing for a plan that its node did not approve, or for another card than was read', async () => {
    const unknown = await run('approve', config, '1')
    expect(unknown).toEqual({
      code: exitCodes.modelStepRefused.code,
      said: expect.stringContaining('this node did not approve the plan'),
    })
    await log(planHash)
    const other = await run('approve', config, '1', '--card', 'ffffffffffff')
    expect(other.said).toContain('not the one that was read')
    expect((await run('approve', config, '2')).code).toBe(exitCodes.usage.code)
    expect((await run('approve', config, '1', '--card', 'xyz')).code).toBe(exitCodes.usage.code)
    expect(await approvals()).toEqual([])
    expect(await readdir(join(folder, 'state'))).not.toContain('model-approvals')
  })
})
