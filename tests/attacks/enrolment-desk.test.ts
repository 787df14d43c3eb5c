/**
 * The platform's desk for requests, as somebody without a certificate reaches it: what it keeps is bounded, what the office alone may
 * see or bring asks for the root key's signature, and a list proves itself.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createIdentity,
  decodeToken,
  enrolmentRequest,
  type MemberRequest,
  rotationRequest,
} from '../../federation/index.ts'
import { awaitAnswer } from '../../server/consortium/await-answer.ts'
import { createCertificateRequest } from '../../server/consortium/certificates.ts'
import { EnrolmentBox } from '../../server/consortium/enrolment-box.ts'
import { registerEnrolment } from '../../server/consortium/enrolment-routes.ts'
import { foundConsortium } from '../../server/consortium/found.ts'
import { inviteMember } from '../../server/consortium/invite.ts'
import { KnownLists } from '../../server/consortium/known-lists.ts'
import { admitCommand } from '../../server/consortium/office-commands.ts'
import type { Office } from '../../server/consortium/office-folder.ts'
import { OFFICE_HEADER, signOffice } from '../../server/consortium/office-signature.ts'
import { PlatformDoor } from '../../server/consortium/platform-door.ts'
import { freePort } from '../../server/launch/free-port.ts'
import { installProblems } from '../../server/plugins/problem.ts'
import { registerRateLimit } from '../../server/plugins/rate-limit.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))))

/** Enrolments for which the desk has room. */
const PLACES = 10

let base = ''
let office: Office
let app: FastifyInstance
let box: EnrolmentBox
let port = 0
let request: MemberRequest
let lists: KnownLists
let now = new Date()
const water = createIdentity('water', 'provider')
const code = (answer: { json(): { code?: string } }) => answer.json().code?.replace('YX_', '')

beforeEach(async () => {
  now = new Date()
  port = await freePort('127.0.0.1')
  base = await mkdtemp(join(tmpdir(), 'yinxin-desk-'))
  made.push(base)
  office = await foundConsortium(join(base, 'office'), { name: 'c', platform: `http://127.0.0.1:${port}` })
  await office.setMembers([water.member], now)
  await writeFile(join(base, 'members.json'), JSON.stringify(office.signed))
  lists = KnownLists.read(office.pinned, join(base, 'members.json'), join(base, 'state'))
  const token = decodeToken(await inviteMember(office.folder, 'power', { role: 'provider' }))
  const tls = await createCertificateRequest('power')
  request = enrolmentRequest(token, createIdentity('power', 'provider'), tls.request, now)
  app = Fastify()
  await registerRateLimit(app, { max: 10_000, windowSeconds: 60 })
  installProblems(app)
  const desk = {
    root: office.pinned,
    lists,
    now: () => now.getTime(),
    onList: () => {},
    authority: () => undefined,
  }
  box = new EnrolmentBox(join(base, 'state'), () => now.getTime(), PLACES)
  registerEnrolment(app, { ...desk, box })
})

afterEach(() => app.close())

const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, payload, headers })
const signed = (of: Office, method: string, path: string, body = '') => ({
  [OFFICE_HEADER]: signOffice((message) => of.sign(message), { method, path, body }, now),
})

describe('a request at the desk', () => {
  it('waits for the office, the same one again too; another one under its token is refused', async () => {
    expect((await post('/enrolment/requests', request)).statusCode).toBe(202)
    expect((await post('/enrolment/requests', request)).statusCode).toBe(202)
    const other = { ...request, voucher: '00'.repeat(32) }
    expect(code(await post('/enrolment/requests', other))).toBe('SERVER_ENROLMENT_TAKEN')
    const url = '/enrolment/requests'
    const waiting = await app.inject({ url, headers: signed(office, 'GET', url) })
    expect(waiting.json().requests).toEqual([request])
  })

  it('is not read where it is too large, and is counted by address', async () => {
    const large = { ...request, more: 'x'.repeat(20_000) }
    expect((await post('/enrolment/requests', large)).statusCode).toBe(413)
    let last = 0
    for (let call = 0; call < 70; call++) last = (await post('/enrolment/requests', request)).statusCode
    expect(last).toBe(429)
  })

  it('to replace keys is taken from their holder only, though everybody can read them in the list', async () => {
    const about = { consortium: 'c', suite: 'international' } as const
    const next = createIdentity('water', 'provider')
    const good = rotationRequest(about, water, next, request.request.certificateRequest, now)
    const thief = { identity: next.identity, member: water.member }
    const squatting = rotationRequest(about, thief, next, request.request.certificateRequest, now)
    expect(code(await post('/enrolment/requests', squatting))).toBe('FEDERATION_ENROLMENT_PROOF')
    expect((await post('/enrolment/requests', good)).statusCode).toBe(202)
  })
})

describe('a stranger who floods the desk', () => {
  /** Left in the name of any member, under a token that nobody made. */
  const madeUp = (index: number): MemberRequest => ({
    ...request,
    request: { ...request.request, by: index.toString(16).padStart(32, '0') },
  })
  const flood = async (addressOf: (index: number) => string) => {
    for (let index = 0; index < PLACES + 5; index++) await box.put(madeUp(index), addressOf(index))
  }
  const held = async () => (await box.waiting()) as MemberRequest[]

  it('turns out himself, before and after the one who was invited comes', async () => {
    await box.put(request, '10.0.0.1')
    await flood(() => '203.0.113.7')
    expect(await held()).toHaveLength(PLACES)
    expect(await held()).toContainEqual(request)
    await box.put(madeUp(9999), '10.0.0.2')
    for (const one of [request, madeUp(9999)]) expect(await held()).toContainEqual(one)
    // Nothing waits longer than a month.
    now = new Date(now.getTime() + 31 * 86_400_000)
    expect(await held()).toEqual([])
  })

  it('counts as one with all addresses of his IPv6 network', async () => {
    await box.put(request, '2001:db8:1::1')
    await flood((index) => `2001:db8:2::${index.toString(16)}`)
    expect(await held()).toContainEqual(request)
  })

  it('takes no place of a member that replaces its keys, nor stands in its way', async () => {
    const about = { consortium: 'c', suite: 'international' } as const
    const next = createIdentity('water', 'provider')
    const good = rotationRequest(about, water, next, request.request.certificateRequest, now)
    // Under the key of a member, as everybody can read it in the list.
    await box.put({ ...request, request: { ...request.request, by: water.member.signKey } }, '203.0.113.7')
    expect((await post('/enrolment/requests', good)).statusCode).toBe(202)
    await flood(() => '127.0.0.1')
    expect(await held()).toContainEqual(good)
  })

  it('control: from as many addresses as there are places he does turn out others', async () => {
    await box.put(request, '10.0.0.1')
    await flood((index) => `203.0.${index >> 8}.${index & 255}`)
    expect(await held()).not.toContainEqual(request)
  })

  it('keeps nobody from being admitted: who was turned out comes again, and the office leaves out what proves nothing', async () => {
    await app.listen({ host: '127.0.0.1', port })
    const door = new PlatformDoor(office.about.platform!, undefined)
    const answer = awaitAnswer(door, request, 1, 20)
    await vi.waitFor(async () => expect(await held()).toContainEqual(request))
    await flood((index) => `203.0.${index >> 8}.${index & 255}`)
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    await vi.waitFor(async () => expect(await held()).toContainEqual(request), { timeout: 10_000 })
    await admitCommand([], { office: office.folder, fromPlatform: true })
    expect(said.mock.calls.join()).toContain(`Left out: ${PLACES - 1} requests`)
    said.mockRestore()
    expect(await answer).toMatchObject({ name: 'power' })
    await door.close()
  })

  it('is refused by name where he brings a file', async () => {
    const file = join(base, 'request.json')
    await writeFile(file, JSON.stringify(madeUp(1)))
    const admitting = admitCommand([file], { office: office.folder })
    await expect(admitting).rejects.toMatchObject({ code: 'YX_FEDERATION_ENROLMENT_UNKNOWN' })
  })
})

describe('what is the office’s', () => {
  it('asks for its signature over this very call, within a minute', async () => {
    const url = '/enrolment/requests'
    const stranger = await foundConsortium(join(base, 'other'), {
      name: 'c',
      platform: 'https://127.0.0.1:8480',
    })
    const wrong = [
      {},
      signed(stranger, 'GET', url),
      signed(office, 'POST', url),
      signed(office, 'GET', '/enrolment/answers/00'),
      signed(office, 'GET', url, '{}'),
    ]
    for (const headers of wrong)
      expect(code(await app.inject({ url, headers }))).toBe('SERVER_OFFICE_REFUSED')
    const headers = signed(office, 'GET', url)
    expect((await app.inject({ url, headers })).statusCode).toBe(200)
    now = new Date(now.getTime() + 61_000)
    expect(code(await app.inject({ url, headers }))).toBe('SERVER_OFFICE_REFUSED')
  })

  it('an answer is brought by the office alone, and read by whoever knows the request', async () => {
    const url = `/enrolment/answers/${request.request.by}`
    expect((await app.inject({ url })).statusCode).toBe(404)
    await post('/enrolment/requests', request)
    expect((await app.inject({ url })).statusCode).toBe(202)
    expect(code(await post(url, { forged: true }))).toBe('SERVER_OFFICE_REFUSED')
    const body = { certificate: 'x' }
    expect((await post(url, body, signed(office, 'POST', url, JSON.stringify(body)))).statusCode).toBe(204)
    expect((await app.inject({ url })).json()).toEqual(body)
  })
})

describe('a member list at the desk', () => {
  it('is taken from anybody where the office signed it and it is newer, else from nobody', async () => {
    const first = office.signed
    const second = await office.setMembers([water.member, createIdentity('power', 'provider').member], now)
    const changed = JSON.parse(JSON.stringify(second).replace('"power"', '"pawer"'))
    expect(code(await post('/enrolment/members', changed))).toBe('FEDERATION_MEMBER_LIST_SIGNATURE')
    expect((await post('/enrolment/members', second)).statusCode).toBe(204)
    expect((await app.inject({ url: '/federation/members' })).json()).toEqual(second)
    expect(code(await post('/enrolment/members', first))).toBe('FEDERATION_MEMBER_LIST_ROLLED_BACK')
    expect(lists.newest).toEqual(second)
  })
})
