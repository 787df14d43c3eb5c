/** What the office does with a request: proves it, issues a certificate, signs the next list. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  admitEnrolment,
  admitRotation,
  federationErrors,
  type Member,
  type MemberRequest,
  PLATFORM,
  parseRequest,
  ROTATION_FORMAT,
  type SignedMemberList,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { replaceFile } from '../state/durable-file.ts'
import { hashOfKey } from './certificate-checks.ts'
import { issueCertificate, keyOfRequest } from './certificates.ts'
import { AUTHORITY_FILE, AUTHORITY_KEY_FILE } from './found.ts'
import type { Office } from './office-folder.ts'

const DAY_MS = 86_400_000
export const ANSWER_FORMAT = 'yinxin/enrolment/1'
/** Days for which keys that were replaced are still believed. */
export const OVERLAP_DAYS = 7
const KEYS_FOLDER = 'transport-keys'

/** What a member gets back: nothing in it is secret. */
export interface EnrolmentAnswer {
  readonly format: typeof ANSWER_FORMAT
  readonly name: string
  /** The request's token or replaced key; empty for a certificate that was renewed. */
  readonly by: string
  /** PEM. */
  readonly certificate: string
  readonly authority: string
  readonly list: SignedMemberList
}

const keyFile = (office: Office, name: string): string => join(office.folder, KEYS_FOLDER, `${name}.der`)

/** @throws MemberUnknown */
function memberOf(office: Office, name: string): Member {
  const member = office.members.find((one) => one.name === name)
  if (!member) throw new serverErrors.MemberUnknown(JSON.stringify(name))
  return member
}

/** The list with one member put in, or left out. */
const withMember = (office: Office, name: string, member?: Member): Member[] => [
  ...office.members.filter((one) => one.name !== name),
  ...(member ? [member] : []),
]

async function answerOf(office: Office, name: string, by: string, now: Date): Promise<EnrolmentAnswer> {
  const read = (file: string) => readFile(join(office.folder, file), 'utf8')
  const authority = { certificate: await read(AUTHORITY_FILE), key: await read(AUTHORITY_KEY_FILE) }
  const publicKey = await readFile(keyFile(office, name)).catch(() => {
    throw new serverErrors.MemberUnknown(JSON.stringify(name))
  })
  const hosts = name === PLATFORM && office.about.platform ? [new URL(office.about.platform).hostname] : []
  const certificate = await issueCertificate(authority, { name, publicKey, hosts }, now)
  const answer = { format: ANSWER_FORMAT, name, by, certificate, authority: authority.certificate } as const
  return { ...answer, list: office.signed }
}

/** Proves an enrolment against the invitation that it names. */
async function provenEnrolment(office: Office, request: MemberRequest, now: Date): Promise<Member> {
  const { by, name } = request.request
  const invitation = (await office.invitations()).find(({ id }) => id === by)
  if (!invitation) throw new federationErrors.EnrolmentUnknown(JSON.stringify(name))
  const member = admitEnrolment(office.about.suite, invitation, request, now)
  if (office.members.some((one) => one.name === member.name))
    throw new federationErrors.EnrolmentUsed(member.name)
  return member
}

async function markUsed(office: Office, by: string): Promise<void> {
  const invitations = await office.invitations()
  await office.keepInvitations(invitations.map((one) => (one.id === by ? { ...one, used: true } : one)))
}

/**
 * Admits a member, or takes its new keys over.
 * @param value a request as it came, from a file or from the platform
 * @param overlapDays for which keys that are replaced are still believed; 0 where they were stolen
 * @throws the errors of enrolment by name; nothing is issued then
 */
export async function admitRequest(
  office: Office,
  value: unknown,
  now: Date,
  overlapDays: number = OVERLAP_DAYS,
): Promise<EnrolmentAnswer> {
  const request = parseRequest(value, office.about.consortium)
  const { format, name, by, certificateRequest } = request.request
  const until = new Date(now.getTime() + overlapDays * DAY_MS)
  const member =
    format === ROTATION_FORMAT
      ? admitRotation(office.about.suite, memberOf(office, name), request, now, until)
      : await provenEnrolment(office, request, now)
  // Read by a library only once it is known to come from the member.
  const publicKey = await keyOfRequest(certificateRequest)
  if (publicKey === null)
    throw new federationErrors.EnrolmentProof(
      member.name,
      'its certificate request is not signed by a P-256 key',
    )
  // Used before anything is issued for it: a crash in between costs an invitation, not a second member.
  if (format !== ROTATION_FORMAT) await markUsed(office, by)
  await mkdir(join(office.folder, KEYS_FOLDER), { recursive: true, mode: 0o700 })
  await replaceFile(keyFile(office, member.name), publicKey)
  await office.setMembers(withMember(office, member.name, { ...member, tlsKey: hashOfKey(publicKey) }), now)
  return answerOf(office, member.name, by, now)
}

/** A new certificate for the transport key that a member has. @throws MemberUnknown */
export async function renewCertificateOf(office: Office, name: string, now: Date): Promise<EnrolmentAnswer> {
  memberOf(office, name)
  return answerOf(office, name, '', now)
}

/** Takes a member off the list; its certificate is worth nothing from then on. @throws MemberUnknown */
export async function removeMember(office: Office, name: string, now: Date): Promise<SignedMemberList> {
  memberOf(office, name)
  return office.setMembers(withMember(office, name), now)
}
