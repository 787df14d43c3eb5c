/** `yinxin consortium invite`: a one-time token for a member to be. */
import {
  encodeToken,
  type Invitation,
  isMemberName,
  KEY_HOLDER,
  PLATFORM,
  type RoleName,
  requestKeyOf,
  secureRandom,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { systemClock } from '../node/membership.ts'
import { lockFolder } from '../store/folder-lock.ts'
import { Office } from './office-folder.ts'

const DAY_MS = 86_400_000
export const TOKEN_DAYS = 7

export interface InviteOptions {
  readonly role: RoleName
  readonly publicData?: boolean
  readonly days?: number
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Why nobody may be invited like this; null if he may. */
function faultOf(office: Office, name: string, { role, publicData }: InviteOptions): string | null {
  if (!isMemberName(name)) return 'the name has a form that no member may have'
  if ((role === 'platform') !== (name === PLATFORM) || (role === 'keyholder') !== (name === KEY_HOLDER))
    return 'name and role do not fit together'
  if (publicData && role !== 'provider') return 'only a provider can bring public data alone'
  return office.members.some((member) => member.name === name) ? 'it is a member already' : null
}

/**
 * Notes the invitation, in the place of an unused one of the same name, and makes its token.
 * @throws OfficeMissing, MemberRefused, StoreLocked
 */
export async function inviteMember(folder: string, name: string, options: InviteOptions): Promise<string> {
  const office = await Office.open(folder)
  const fault = faultOf(office, name, options)
  if (fault !== null) throw new serverErrors.MemberRefused(JSON.stringify(name), fault)
  const { platform, authority, ...root } = office.pinned
  if (platform === undefined || authority === undefined) throw new serverErrors.OfficeMissing(folder)
  const unlock = lockFolder(folder)
  try {
    const { role, publicData = false, days = TOKEN_DAYS } = options
    const token = {
      ...{ ...root, platform, authority, name, role, publicData },
      ...{ id: hex(secureRandom(16)), secret: hex(secureRandom(32)) },
      expires: new Date(systemClock.now().getTime() + days * DAY_MS).toISOString(),
    }
    const { id, expires } = token
    const invitation: Invitation = {
      id,
      name,
      role,
      publicData,
      requestKey: requestKeyOf(token),
      expires,
      used: false,
    }
    const others = (await office.invitations()).filter((other) => other.used || other.name !== name)
    await office.keepInvitations([...others, invitation])
    return encodeToken(token)
  } finally {
    unlock()
  }
}

/** The command. */
export async function inviteCommand(
  name: string,
  { office, ...options }: InviteOptions & { office: string },
): Promise<void> {
  process.stdout.write(`${await inviteMember(office, name, options)}\n`)
  process.stderr.write(
    [
      `一次性入网令牌，${options.days ?? TOKEN_DAYS} 天内有效。请用可信方式（如当面、加密邮件）交给 ${name}；持有令牌者即可用该名称入网。`,
      `A token for one use within ${options.days ?? TOKEN_DAYS} days. Hand it to ${name} by a way that nobody else reads: whoever has it can enrol under that name.`,
      '',
    ].join('\n'),
  )
}
