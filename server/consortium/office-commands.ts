/** `yinxin consortium admit`, `renew`, `remove` and `list`: what the office does day by day. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { federationErrors, type MemberRequest } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { systemClock } from '../node/membership.ts'
import { replaceFile } from '../state/durable-file.ts'
import { lockFolder } from '../store/folder-lock.ts'
import { admitRequest, type EnrolmentAnswer, removeMember, renewCertificateOf } from './admission.ts'
import { AUTHORITY_FILE, spoken } from './found.ts'
import { Office } from './office-folder.ts'
import { PlatformDoor } from './platform-door.ts'

export interface OfficeOptions {
  readonly office: string
  /** Hand list and answers to the platform. */
  readonly publish?: boolean
}

export interface AdmitOptions extends OfficeOptions {
  readonly fromPlatform?: boolean
  readonly overlap?: number
}

/** The office's way to its platform. */
async function doorOf(office: Office): Promise<PlatformDoor> {
  const { platform } = office.about
  if (platform === undefined) throw new serverErrors.OfficeMissing(office.folder)
  return new PlatformDoor(platform, await readFile(join(office.folder, AUTHORITY_FILE), 'utf8'))
}

/** Does something with the office while nobody else does, and with the platform where that is asked for. */
async function atOffice<R>(
  { office: folder, publish }: OfficeOptions,
  work: (office: Office, door: PlatformDoor | null) => Promise<R>,
): Promise<R> {
  const office = await Office.open(folder)
  const unlock = lockFolder(folder)
  const door = publish ? await doorOf(office) : null
  try {
    return await work(office, door)
  } finally {
    await door?.close()
    unlock()
  }
}

/** Writes the answer for the member, and hands it to the platform with the list. */
async function deliver(office: Office, door: PlatformDoor | null, answer: EnrolmentAnswer): Promise<void> {
  const file = join(office.folder, `enrolment-${answer.name}.json`)
  await replaceFile(file, JSON.stringify(answer, null, 2))
  process.stdout.write(
    `${answer.name}: version ${answer.list.list.version} of the member list, certificate in ${file}\n`,
  )
  if (!door) return
  await publishList(office, door)
  if (answer.by === '') return
  const path = `/enrolment/answers/${answer.by}`
  await door.get('POST', path, { body: answer, office: (message) => office.sign(message) })
}

const publishList = (office: Office, door: PlatformDoor): Promise<unknown> =>
  door.get('POST', '/enrolment/members', { body: office.signed })

/** @throws NodeFileUnreadable */
const requestsOf = (files: readonly string[]): Promise<unknown[]> =>
  Promise.all(
    files.map(async (file) => {
      try {
        return JSON.parse(await readFile(file, 'utf8')) as unknown
      } catch {
        throw new serverErrors.NodeFileUnreadable(file)
      }
    }),
  )

/** @throws EnrolmentRefused, PlatformUnreachable */
async function requestsAt(door: PlatformDoor, office: Office): Promise<unknown[]> {
  const answer = await door.get('GET', '/enrolment/requests', { office: (message) => office.sign(message) })
  return (answer as { requests: unknown[] }).requests
}

/** Anybody may leave these at the platform: they name no invitation and no member. */
const PROVES_NOTHING = [
  federationErrors.EnrolmentMalformed,
  federationErrors.EnrolmentUnknown,
  serverErrors.MemberUnknown,
]

/**
 * Admits every request that proves itself; the others are refused by name, and the first refusal ends the command when all have
 * been looked at. Requests at the platform that prove nothing are left out, and counted only.
 */
export async function admitCommand(files: readonly string[], options: AdmitOptions): Promise<void> {
  const publish = options.fromPlatform === true || options.publish === true
  await atOffice({ ...options, publish }, async (office, door) => {
    const carried = await requestsOf(files)
    const fetched = door && options.fromPlatform ? await requestsAt(door, office) : []
    const faults: Error[] = []
    let leftOut = 0
    for (const request of [...carried, ...fetched]) {
      try {
        await deliver(office, door, await admitRequest(office, request, systemClock.now(), options.overlap))
      } catch (fault) {
        if (fetched.includes(request) && PROVES_NOTHING.some((Refusal) => fault instanceof Refusal)) {
          leftOut++
          continue
        }
        const { name } = (request as Partial<MemberRequest>)?.request ?? {}
        process.stderr.write(`${JSON.stringify(name ?? '?')}: ${(fault as Error).message}\n`)
        faults.push(fault as Error)
      }
    }
    if (leftOut > 0)
      process.stderr.write(
        `平台上有 ${leftOut} 个无法证明来源的请求，已略过。 Left out: ${leftOut} requests at the platform that prove nothing.\n`,
      )
    if (carried.length + fetched.length === 0) process.stderr.write('没有待批准的请求。 No request waits.\n')
    if (faults.length > 0) throw faults[0]
  })
}

export const renewCommand = (name: string, options: OfficeOptions): Promise<void> =>
  atOffice(options, async (office, door) =>
    deliver(office, door, await renewCertificateOf(office, name, systemClock.now())),
  )

export const removeCommand = (name: string, options: OfficeOptions): Promise<void> =>
  atOffice(options, async (office, door) => {
    const { list } = await removeMember(office, name, systemClock.now())
    if (door) await publishList(office, door)
    process.stdout.write(`${name} is off the list: version ${list.version}\n`)
  })

export async function listCommand({
  office: folder,
  json,
}: {
  office: string
  json?: boolean
}): Promise<void> {
  const office = await Office.open(folder)
  const { list } = office.signed
  const invitations = (await office.invitations()).map(({ requestKey: _, ...invitation }) => invitation)
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...office.about, list, invitations }, null, 2)}\n`)
    return
  }
  const now = systemClock.now().toISOString()
  const open = invitations.filter(({ used, expires }) => !used && expires > now)
  process.stdout.write(
    [
      `${list.consortium}: version ${list.version} of ${list.issued}, ${list.members.length} members`,
      `root key     ${spoken(office.about.rootKey)}`,
      ...(office.about.authority === undefined ? [] : [`authority    ${spoken(office.about.authority)}`]),
      ...list.members.map(({ name, role, publicData, previous = [] }) =>
        [
          `  ${name}`.padEnd(24),
          `${role}${publicData ? ', public data' : ''}`,
          ...previous.filter(({ until }) => until > now).map(({ until }) => `, old keys until ${until}`),
        ].join(''),
      ),
      ...open.map(({ name, role, expires }) =>
        [`  ${name}`.padEnd(24), role, `, invited until ${expires}`].join(''),
      ),
      '',
    ].join('\n'),
  )
}
