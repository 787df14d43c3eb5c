/**
 * `yinxin enrol TOKEN`: a member makes its keys, asks the office to be admitted, and puts the answer in its place. Private keys
 * never leave the folder.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  assertTokenInTime,
  createIdentity,
  decodeToken,
  type EnrolmentToken,
  enrolmentRequest,
  type MemberRequest,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { systemClock } from '../node/membership.ts'
import { readIfThere } from '../state/durable-file.ts'
import { installAnswer } from './answer.ts'
import { awaitAnswer } from './await-answer.ts'
import { createCertificateRequest } from './certificates.ts'
import { CONSORTIUM_FILE } from './consortium-file.ts'
import { nodePaths } from './node-paths.ts'
import { writeNew } from './office-folder.ts'
import { PlatformDoor } from './platform-door.ts'
import { writeTemplate } from './write-template.ts'

/** Minutes for which the office is waited for. */
export const ENROL_MINUTES = 60

export interface EnrolOptions {
  readonly folder: string
  readonly tokenFile?: string
  readonly offline?: boolean
  readonly minutes?: number
  /** Classes of records in the template of a provider. */
  readonly class?: readonly string[]
}

/** The request of this token that is under way in a folder; null where there is none. @throws FileExists */
async function requestUnderWay(folder: string, token: EnrolmentToken): Promise<MemberRequest | null> {
  const { enrolmentRequest: file, identity } = nodePaths(folder)
  const text = await readIfThere(file)
  const request = text === null ? null : (JSON.parse(text) as MemberRequest)
  if (request?.request.by === token.id) return request
  if (request !== null || existsSync(identity)) throw new serverErrors.FileExists(identity)
  return null
}

/**
 * Makes the keys and files of a member to be.
 * @returns its request, the one that is under way where there is one
 * @throws FileExists: keys are never replaced by accident
 */
export async function prepareEnrolment(folder: string, token: EnrolmentToken): Promise<MemberRequest> {
  const paths = nodePaths(folder)
  const underWay = await requestUnderWay(folder, token)
  if (underWay) return underWay
  await mkdir(paths.tls, { recursive: true, mode: 0o700 })
  const { consortium, suite, rootKey, authority, platform, name, role, publicData } = token
  const made = createIdentity(name, role, { suite, publicData })
  const tls = await createCertificateRequest(name)
  const request = enrolmentRequest(token, made, tls.request, systemClock.now())
  await writeNew(folder, 'identity.json', JSON.stringify(made.identity))
  await writeNew(folder, join('tls', 'key.pem'), tls.key)
  await writeNew(
    folder,
    CONSORTIUM_FILE,
    JSON.stringify({ consortium, suite, rootKey, authority, platform }, null, 2),
  )
  await writeNew(folder, 'enrolment-request.json', JSON.stringify(request, null, 2))
  return request
}

/** Reads the token from the command line or a file. @throws NodeFileUnreadable, TokenMalformed, TokenExpired */
async function tokenOf(text: string | undefined, file: string | undefined): Promise<EnrolmentToken> {
  const read = async () =>
    text ??
    (await readFile(file as string, 'utf8').catch(() => {
      throw new serverErrors.NodeFileUnreadable(String(file))
    }))
  const token = decodeToken(await read())
  assertTokenInTime(token, systemClock.now())
  return token
}

/** The command. @throws the errors of enrolment by name */
export async function enrolCommand(text: string | undefined, options: EnrolOptions): Promise<void> {
  const { folder } = options
  const token = await tokenOf(text, options.tokenFile)
  const request = await prepareEnrolment(folder, token)
  if (options.offline) {
    process.stderr.write(
      [
        `请将 ${nodePaths(folder).enrolmentRequest} 交给联盟办公室；收到答复文件后运行 yinxin enrol --answer 文件。`,
        `Take ${nodePaths(folder).enrolmentRequest} to the office (nothing in it is secret); with its answer: yinxin enrol --answer FILE --folder ${folder}`,
        '',
      ].join('\n'),
    )
    return
  }
  const door = await PlatformDoor.byFingerprint(token.platform, token.authority)
  try {
    process.stderr.write('请求已送出，等待联盟办公室批准。 The request is made; the office is waited for.\n')
    await finish(folder, await awaitAnswer(door, request, options.minutes ?? ENROL_MINUTES), options.class)
  } finally {
    await door.close()
  }
}

/** `yinxin enrol --answer FILE`: the answer came by hand. */
export async function installCommand(
  file: string,
  { folder, ...options }: { folder: string; class?: readonly string[] },
): Promise<void> {
  let answer: unknown
  try {
    answer = JSON.parse(await readFile(file, 'utf8'))
  } catch {
    throw new serverErrors.NodeFileUnreadable(file)
  }
  await finish(folder, answer, options.class)
}

async function finish(folder: string, answer: unknown, classes: readonly string[] = []): Promise<void> {
  const member = await installAnswer(folder, answer)
  const config = await writeTemplate(folder, member, classes)
  process.stdout.write(`${member.name} (${member.role}) is a member. ${member.name} 已入网。\n`)
  process.stderr.write(
    `${config}: fill it in, then "yinxin doctor ${config}" and "yinxin ${member.role} ${config}"\n`,
  )
}
