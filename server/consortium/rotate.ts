/**
 * `yinxin rotate CONFIG`: a member makes new keys and asks the office to put them in the place of its present ones. The running
 * process goes on with the old ones and takes the new ones with its next run.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  createIdentity,
  type Identity,
  type MemberRequest,
  PLATFORM,
  rotationRequest,
} from '../../federation/index.ts'
import { anyNodeConfig, readConfig } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { readNodeFile, systemClock } from '../node/membership.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'
import { stateFolder } from '../state/state-folder.ts'
import { installAnswer } from './answer.ts'
import { awaitAnswer } from './await-answer.ts'
import { createCertificateRequest } from './certificates.ts'
import { readConsortium } from './consortium-file.ts'
import { ENROL_MINUTES } from './enrol.ts'
import { KnownLists } from './known-lists.ts'
import { nodePaths } from './node-paths.ts'
import { PlatformDoor } from './platform-door.ts'

export interface RotateOptions {
  readonly offline?: boolean
  readonly minutes?: number
}

/**
 * Makes new keys beside the present ones, and the request for them; the one that is under way where there is one.
 * @param members file of the member list @param state the node's state folder
 * @throws NodeFileUnreadable, UnknownMember
 */
export async function prepareRotation(
  folder: string,
  members: string,
  state: string,
): Promise<MemberRequest> {
  const paths = nodePaths(folder)
  const consortium = readConsortium(folder)
  const { list } = KnownLists.read(consortium, members, state).newest
  const identity = readNodeFile<Identity>(folder, 'identity.json')
  const member = list.members.find(({ name }) => name === identity.name)
  if (!member) throw new serverErrors.MemberUnknown(identity.name)
  const text = await readIfThere(paths.rotationRequest)
  const underWay = text === null ? null : (JSON.parse(text) as MemberRequest)
  if (underWay?.request.by === member.signKey && existsSync(paths.nextKey)) return underWay
  const made = createIdentity(member.name, member.role, consortium)
  const tls = await createCertificateRequest(member.name)
  const request = rotationRequest(consortium, { identity, member }, made, tls.request, systemClock.now())
  const { signPrivate, agreePrivate } = made.identity
  // Before the request: an answer to keys that were lost would lock the member out.
  const others = [...(identity.others ?? []), { signPrivate, agreePrivate }]
  await replaceFile(paths.identity, JSON.stringify({ ...identity, others }))
  await replaceFile(paths.nextKey, tls.key)
  await replaceFile(paths.rotationRequest, JSON.stringify(request, null, 2))
  return request
}

/** The command. @throws the errors of enrolment by name */
export async function rotateCommand(file: string, options: RotateOptions): Promise<void> {
  const { config, folder } = readConfig(anyNodeConfig, file)
  const request = await prepareRotation(folder, join(folder, config.members), stateFolder(folder, config))
  const { name } = request.request
  // The platform cannot wait for itself.
  if (options.offline || name === PLATFORM) {
    const { rotationRequest: place } = nodePaths(folder)
    process.stderr.write(
      [
        `请将 ${place} 交给联盟办公室；收到答复文件后运行 yinxin enrol --answer 文件。`,
        `Take ${place} to the office; with its answer: yinxin enrol --answer FILE --folder ${folder}`,
        '',
      ].join('\n'),
    )
    return
  }
  const { platform } = config as { platform: string }
  const authority = config.tls && (await readFile(resolve(folder, config.tls.authority), 'utf8'))
  const door = new PlatformDoor(platform, authority)
  try {
    await installAnswer(folder, await awaitAnswer(door, request, options.minutes ?? ENROL_MINUTES))
  } finally {
    await door.close()
  }
  process.stdout.write(
    `${name} has new keys; its next run uses them. ${name} 已更换密钥，下一次联合计算起使用。\n`,
  )
}
