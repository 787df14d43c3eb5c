/** What a member does with the office's answer: proves it against what it pinned and made itself, then puts it in its place. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import {
  followsList,
  holdsKeysOf,
  type Identity,
  identityOfList,
  type Member,
  rotatedIdentity,
  verifyMemberList,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'
import { ANSWER_FORMAT, type EnrolmentAnswer } from './admission.ts'
import { faultOfCertificate, fingerprintOfCertificate, publicOfPrivate } from './certificate-checks.ts'
import { readConsortium } from './consortium-file.ts'
import { nodePaths } from './node-paths.ts'

const check = Compile(
  Type.Object(
    {
      format: Type.Literal(ANSWER_FORMAT),
      name: Type.String(),
      by: Type.String(),
      certificate: Type.String({ maxLength: 16_384 }),
      authority: Type.String({ maxLength: 16_384 }),
      list: Type.Unknown(),
    },
    { additionalProperties: false },
  ),
)

const refuse = (why: string) => new serverErrors.EnrolmentAnswer(why)

/** Whether one of an identity's key sets belongs to an entry of the list. */
function holdsKeys(suite: Parameters<typeof holdsKeysOf>[0], identity: Identity, entry: Member): boolean {
  const sets = [identity, ...(identity.others ?? [])]
  return sets.some(({ signPrivate, agreePrivate }) =>
    holdsKeysOf(suite, { name: identity.name, signPrivate, agreePrivate }, entry),
  )
}

/** The transport key that a certificate belongs to: the one in use, or one that waits for it. */
async function keyFor(folder: string, answer: EnrolmentAnswer): Promise<string> {
  const { key, nextKey } = nodePaths(folder)
  const faults: string[] = []
  for (const file of [nextKey, key].filter((one) => existsSync(one))) {
    const publicKey = publicOfPrivate(await readFile(file, 'utf8'))
    const fault = faultOfCertificate(answer.certificate, { ...answer, publicKey })
    if (fault === null) return file
    faults.push(fault)
  }
  throw refuse(faults.at(-1) ?? 'there is no transport key in this folder')
}

/**
 * Puts the answer to an enrolment, a rotation or a renewal in its place. The running process takes it over by itself.
 * @returns the own entry of the list
 * @throws EnrolmentAnswer, NodeFileUnreadable, and what a list is refused for; nothing is changed then
 */
export async function installAnswer(folder: string, value: unknown): Promise<Member> {
  if (!check.Check(value)) throw refuse('it is not an answer of this version')
  const answer = value as EnrolmentAnswer
  const root = readConsortium(folder)
  if (fingerprintOfCertificate(answer.authority) !== root.authority)
    throw refuse('its authority is another one than the token named')
  const signed = verifyMemberList(root, answer.list)
  const paths = nodePaths(folder)
  const before = await readIfThere(paths.members)
  if (before !== null) followsList(identityOfList(verifyMemberList(root, JSON.parse(before))), signed)
  const identity = JSON.parse(await readFile(paths.identity, 'utf8')) as Identity
  const entry = signed.list.members.find(({ name }) => name === identity.name)
  if (!entry || answer.name !== identity.name) throw refuse('it is for another member')
  if (!holdsKeys(root.suite, identity, entry)) throw refuse('the list has other keys under this name')
  const keyFile = await keyFor(folder, answer)
  await mkdir(paths.tls, { recursive: true, mode: 0o700 })
  // Key and certificate are two files: a process that reads them in between finds that they do not fit, and looks again.
  await replaceFile(paths.authority, answer.authority)
  await replaceFile(paths.certificate, answer.certificate)
  if (keyFile === paths.nextKey) await rename(paths.nextKey, paths.key)
  await replaceFile(paths.members, JSON.stringify(signed, null, 2))
  await replaceFile(paths.identity, JSON.stringify(rotatedIdentity(identity, entry, root.suite)))
  for (const done of [paths.enrolmentRequest, paths.rotationRequest]) await rm(done, { force: true })
  return entry
}
