/**
 * The platform's desk for requests, as somebody without a certificate reaches it: what it keeps is bounded, what the office alone may
 * see or bring asks for the root key's signature, and a list proves itself.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createIdentity,
  decodeToken,
  enrolmentRequest,
  type MemberRequest,
  rotationRequest,
} from '../../federation/index.ts'
import { createCertificateRequest } from '../../server/consortium/certificates.ts'
import { EnrolmentBox, MOST_REQUESTS } from '../../server/consortium/enrolment-box.ts'
import { registerEnrolment } from '../../server/consortium/enrolment-routes.ts'
import { foundConsortium } from '../../server/consortium/found.ts'
import { inviteMember } from '../../server/consortium/invite.ts'
import { KnownLists } from '../../server/consortium/known-lists.ts'
import type { Office } from '../../server/consortium/office-folder.ts'
import { OFFICE_HEADER, signOffice } from '../../server/consortium/office-signature.ts'
import { installProblems } from '../../server/plugins/problem.ts'
import { registerRateLimit } from '../../server/plugins/rate-limit.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))))

let base = ''
let office: Office
let app: FastifyInstance
let request: MemberRequest
let lists: KnownLists
let now = new Date()
const water = createIdentity('water', 'provider')
const code = (answer: { json(): { code?: string } }) => answer.json().code?.replace('YX_', '')

beforeEach(async () => {
  now = new Date()
  base = await mkdtemp(join(tmpdir(), 'yinxin-desk-'))
  made.push(base)
  office = await foundConsortium(join(base, 'office'), { name: 'c', platform: 'https://127.0.0.1:8480' })
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
  registerEnrolment(app, { ...desk, box: new EnrolmentBox(join(base, 'state'), () => now.getTime()) })
})

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

  it('finds no place where too many wait, is not read where it is too large, and is counted by address', async () => {
    const many = Array.from({ length: MOST_REQUESTS }, (_, index) => index.toString(16).padStart(32, '0'))
    const box = new EnrolmentBox(join(base, 'state'), () => now.getTime())
    for (const by of many) await box.put({ ...request, request: { ...request.request, by } })
    expect(code(await post('/enrolment/requests', request))).toBe('SERVER_ENROLMENT_FULL')
    // A month later there is room again.
    now = new Date(now.getTime() + 31 * 86_400_000)
    expect((await post('/enrolment/requests', request)).statusCode).toBe(202)
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
