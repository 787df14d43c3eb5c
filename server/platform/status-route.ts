/** What the platform tells a member that asks how the federation stands: `yinxin doctor` compares it with the node's own. */
import type { FastifyInstance, FastifySchema } from 'fastify'
import type { MemberListIdentity, Membership, RoleName } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { CLOCK_TOLERANCE } from '../transport/limits.ts'
import { assertCertificate } from '../transport/peer-certificate.ts'
import type { Relay } from '../transport/relay.ts'
import { verifiedStatus } from './status-claim.ts'

export interface PlatformStatus {
  /** Minutes that the platform's time is ahead of UTC: the day changes there then. */
  readonly zone: number
  readonly roster: { readonly size: number; readonly digest: string }
  /** The newest member list that the platform has. */
  readonly members: MemberListIdentity
  readonly parties: readonly { readonly name: string; readonly role: RoleName; readonly present: boolean }[]
}

export interface StatusSources {
  readonly membership: Membership
  readonly relay: Relay
  readonly roster: () => { readonly size: number; readonly digest: string }
  readonly members: () => MemberListIdentity
  readonly now: () => number
  /** A member without a poll for longer is not there. */
  readonly silenceMs: number
}

const MEMBER_ROLES = ['keyholder', 'provider', 'label-holder'] as const satisfies readonly RoleName[]

/** `GET /federation/status`, for members only. */
export function registerStatus(app: FastifyInstance, sources: StatusSources): void {
  const { membership, relay, roster, members, now, silenceMs } = sources
  const hidden = { schema: { hide: true } as FastifySchema, config: { rateLimit: false as const } }
  app.get('/federation/status', hidden, async (request): Promise<PlatformStatus> => {
    const claim = verifiedStatus(membership, request.query, (member) =>
      assertCertificate(request.raw.socket, membership, member, now()),
    )
    if (!claim || Math.abs(now() - claim.time) > CLOCK_TOLERANCE)
      throw new serverErrors.PollRefused(claim?.member ?? 'a member')
    const { size, digest } = roster()
    return {
      zone: -new Date(now()).getTimezoneOffset(),
      roster: { size, digest },
      members: members(),
      parties: MEMBER_ROLES.flatMap((role) =>
        membership.namesOf(role).map((name) => ({
          name,
          role,
          present: relay.silent([name], silenceMs).length === 0,
        })),
      ),
    }
  })
}
