/**
 * security.md T21 at its root: keys that are swapped before anybody has pinned them. The attacker is the platform, which carries
 * requests, answers and lists, and whoever finds a token or a request afterwards. Tokens reach members by another way.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createIdentity,
  decodeToken,
  type EnrolmentToken,
  enrolmentRequest,
  type MemberRequest,
} from '../../federation/index.ts'
import { admitRequest, removeMember } from '../../server/consortium/admission.ts'
import { installAnswer } from '../../server/consortium/answer.ts'
import { publicOfPrivate } from '../../server/consortium/certificate-checks.ts'
import {
  createAuthority,
  createCertificateRequest,
  issueCertificate,
} from '../../server/consortium/certificates.ts'
import { prepareEnrolment } from '../../server/consortium/enrol.ts'
import { foundConsortium } from '../../server/consortium/found.ts'
import { inviteMember } from '../../server/consortium/invite.ts'
import type { Office } from '../../server/consortium/office-folder.ts'
import { Office as Offices } from '../../server/consortium/office-folder.ts'
import { prepareRotation } from '../../server/consortium/rotate.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))))

let base = ''
let office: Office
let token: EnrolmentToken
let request: MemberRequest
const now = new Date()
const node = () => join(base, 'water')
const refused = (code: string) => expect.objectContaining({ code: `YX_${code}` })
const admit = (value: unknown, at = now, overlap?: number) => admitRequest(office, value, at, overlap)

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'yinxin-enrol-'))
  made.push(base)
  const folder = join(base, 'office')
  office = await foundConsortium(folder, { name: 'c', platform: 'https://127.0.0.1:8480' })
  token = decodeToken(await inviteMember(folder, 'water', { role: 'provider' }))
  request = await prepareEnrolment(node(), token)
})

/** The request of somebody who has an own token or none, for the same name. */
async function forged(by: EnrolmentToken): Promise<MemberRequest> {
  const tls = await createCertificateRequest(by.name)
  return enrolmentRequest(by, createIdentity(by.name, by.role), tls.request, now)
}

describe('a request on its way to the office', () => {
  it('admits the member with its own keys, and the member believes the answer', async () => {
    const answer = await admit(request)
    const entry = await installAnswer(node(), answer)
    expect(entry).toMatchObject({ name: 'water', role: 'provider', signKey: request.request.signKey })
    expect(office.signed.list.version).toBe(1)
  })

  it.each(['signKey', 'agreeKey', 'certificateRequest', 'role', 'publicData', 'name'] as const)(
    'is refused with another %s: the token was not there',
    async (field) => {
      const other = (await forged({ ...token, name: 'power' })).request
      const changed = { publicData: true, role: 'label-holder' } as Record<string, unknown>
      const swapped = { ...request, request: { ...request.request, [field]: changed[field] ?? other[field] } }
      await expect(admit(swapped)).rejects.toThrow(refused('FEDERATION_ENROLMENT_MAC'))
      expect(office.members).toEqual([])
    },
  )

  it('is refused when the platform makes it itself, with any secret but the token’s', async () => {
    const guessed = await forged({ ...token, secret: '00'.repeat(32) })
    await expect(admit(guessed)).rejects.toThrow(refused('FEDERATION_ENROLMENT_MAC'))
    const unknown = await forged({ ...token, id: '00'.repeat(16) })
    await expect(admit(unknown)).rejects.toThrow(refused('FEDERATION_ENROLMENT_UNKNOWN'))
    // The refusals cost the member nothing.
    expect((await admit(request)).name).toBe('water')
  })

  it('control: whoever has the secret enrols keys of his own under the name', async () => {
    const thief = await forged(token)
    await admit(thief)
    expect(office.members[0].signKey).toBe(thief.request.signKey)
    await expect(admit(request)).rejects.toThrow(refused('FEDERATION_ENROLMENT_USED'))
  })

  it('is refused a second time, after the member was removed too', async () => {
    await admit(request)
    await expect(admit(request)).rejects.toThrow(refused('FEDERATION_ENROLMENT_USED'))
    await removeMember(office, 'water', now)
    office = await Offices.open(office.folder)
    await expect(admit(request)).rejects.toThrow(refused('FEDERATION_ENROLMENT_USED'))
    await expect(admit(await forged(token))).rejects.toThrow(refused('FEDERATION_ENROLMENT_USED'))
    expect(office.members).toEqual([])
  })

  it('is refused after the last day of its token', async () => {
    const late = new Date(Date.parse(token.expires) + 1)
    await expect(admit(request, late)).rejects.toThrow(refused('FEDERATION_TOKEN_EXPIRED'))
  })

  it('is refused with a name or role that the token was not made for, even by its holder', async () => {
    for (const change of [{ name: 'power' }, { role: 'label-holder' }, { publicData: true }] as const)
      await expect(admit(await forged({ ...token, ...change }))).rejects.toThrow(
        refused('FEDERATION_ENROLMENT_DIFFERS'),
      )
  })

  it('is refused without the proof that its sender has the signing key', async () => {
    const stranger = createIdentity('water', 'provider')
    const mixed = enrolmentRequest(
      token,
      { identity: stranger.identity, member: { ...stranger.member, signKey: request.request.signKey } },
      request.request.certificateRequest,
      now,
    )
    await expect(admit(mixed)).rejects.toThrow(refused('FEDERATION_ENROLMENT_PROOF'))
  })
})

describe('an answer on its way to the member', () => {
  it('is refused with a key in the list changed, and with a list of another office', async () => {
    const answer = await admit(request)
    const text = JSON.stringify(answer.list).replace(request.request.agreeKey, '07'.repeat(32))
    await expect(installAnswer(node(), { ...answer, list: JSON.parse(text) })).rejects.toThrow(
      refused('FEDERATION_MEMBER_LIST_SIGNATURE'),
    )
    const other = await foundConsortium(join(base, 'other'), {
      name: 'c',
      platform: 'https://127.0.0.1:8480',
    })
    const list = await other.setMembers(office.members, now)
    await expect(installAnswer(node(), { ...answer, list })).rejects.toThrow(
      refused('FEDERATION_MEMBER_LIST_SIGNATURE'),
    )
  })

  it('is refused with a certificate of another authority, another key or another name', async () => {
    const answer = await admit(request)
    const key = publicOfPrivate(await readFile(join(node(), 'tls', 'key.pem'), 'utf8'))
    const own = {
      certificate: answer.authority,
      key: await readFile(join(office.folder, 'authority-key.pem'), 'utf8'),
    }
    const foreign = await createAuthority(now)
    const stranger = publicOfPrivate((await createCertificateRequest('water')).key)
    const issue = (authority: typeof own, name: string, publicKey: Uint8Array) =>
      issueCertificate(authority, { name, publicKey, hosts: [] }, now)
    const wrong = [
      { ...answer, authority: foreign.certificate, certificate: await issue(foreign, 'water', key) },
      { ...answer, certificate: await issue(foreign, 'water', key) },
      { ...answer, certificate: await issue(own, 'water', stranger) },
      { ...answer, certificate: await issue(own, 'power', key) },
    ]
    for (const one of wrong)
      await expect(installAnswer(node(), one)).rejects.toThrow(refused('SERVER_ENROLMENT_ANSWER'))
    await expect(readFile(join(node(), 'members.json'))).rejects.toThrow('ENOENT')
    await installAnswer(node(), { ...answer, certificate: await issue(own, 'water', key) })
  })

  it('control: a member that pinned what came with the answer believes the platform', async () => {
    const other = await foundConsortium(join(base, 'other'), {
      name: 'c',
      platform: 'https://127.0.0.1:8480',
    })
    await writeFile(join(node(), 'consortium.json'), JSON.stringify(other.pinned))
    office = other
    const invited = decodeToken(await inviteMember(other.folder, 'water', { role: 'provider' }))
    const key = (await readFile(join(node(), 'identity.json'), 'utf8')) as string
    const identity = JSON.parse(key)
    const { signKey, agreeKey, certificateRequest } = request.request
    const member = { name: 'water', role: 'provider' as const, signKey, agreeKey, publicData: false }
    const answer = await admit(enrolmentRequest(invited, { identity, member }, certificateRequest, now))
    expect((await installAnswer(node(), answer)).signKey).toBe(signKey)
  })

  it('is refused when it brings an older list back', async () => {
    const first = await admit(request)
    await installAnswer(node(), first)
    const rotation = await prepareRotation(node(), join(node(), 'members.json'), join(node(), 'state'))
    await installAnswer(node(), await admit(rotation))
    await expect(installAnswer(node(), first)).rejects.toThrow(refused('FEDERATION_MEMBER_LIST_ROLLED_BACK'))
  })
})

describe('a request to replace keys', () => {
  let rotation: MemberRequest
  beforeEach(async () => {
    await installAnswer(node(), await admit(request))
    rotation = await prepareRotation(node(), join(node(), 'members.json'), join(node(), 'state'))
  })

  it('is taken over once; the old keys stay until the end that the office gives them', async () => {
    const answer = await admit(rotation, now, 3)
    const entry = await installAnswer(node(), answer)
    const until = new Date(now.getTime() + 3 * 86_400_000).toISOString()
    const { signKey, agreeKey } = request.request
    expect(entry).toMatchObject({
      signKey: rotation.request.signKey,
      previous: [{ signKey, agreeKey, until }],
    })
    await expect(admit(rotation)).rejects.toThrow(refused('FEDERATION_ENROLMENT_PROOF'))
  })

  it('is refused with a key of the platform’s in it, and without the signature of the present keys', async () => {
    const stranger = createIdentity('water', 'provider').member
    for (const field of ['signKey', 'agreeKey'] as const) {
      const swapped = { ...rotation, request: { ...rotation.request, [field]: stranger[field] } }
      await expect(admit(swapped)).rejects.toThrow(refused('FEDERATION_ENROLMENT_PROOF'))
    }
    await expect(admit({ ...rotation, voucher: rotation.proof })).rejects.toThrow(
      refused('FEDERATION_ENROLMENT_PROOF'),
    )
    expect(office.members[0].signKey).toBe(request.request.signKey)
  })

  it('is made once: asking again gives the same keys', async () => {
    expect(await prepareRotation(node(), join(node(), 'members.json'), join(node(), 'state'))).toEqual(
      rotation,
    )
  })
})
