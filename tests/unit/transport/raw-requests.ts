/** Requests to the relay as anybody could make them, without the client. */
import { type Membership, PROTOCOL_VERSION } from '../../../federation/index.ts'
import { PART_BYTES } from '../../../server/transport/limits.ts'
import { type PartClaim, signedPart, signedPoll } from '../../../server/transport/signed-request.ts'
import { type LiveRelay, membershipOf } from './consortium.ts'

export interface PollAbout {
  member?: string
  session?: string
  platform?: string
  time?: number
  after?: number
  from?: number
  most?: number
  signer?: Membership
  /** Sent in place of what was signed. */
  forged?: Record<string, string>
}

/** The version that a node of now speaks. */
export const SPOKEN = { 'yinxin-protocol': String(PROTOCOL_VERSION) }

let sent = 0

export function pollPath(live: LiveRelay, about: PollAbout = {}): string {
  const { signer, forged, ...fields } = about
  const claim = {
    ...{ member: 'water', session: 's1', platform: live.relay.session, time: live.clock.time - 500 + ++sent },
    ...{ after: 0, from: 0, most: PART_BYTES, wait: 2000 },
    ...fields,
  }
  const query = new URLSearchParams(signedPoll(signer ?? membershipOf(claim.member), claim))
  for (const [field, value] of Object.entries(forged ?? {})) query.set(field, value)
  return `/federation/poll?${query}`
}

export interface RawPart {
  readonly claim: PartClaim
  readonly body: Uint8Array
}

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(membershipOf('water').suite.hash(bytes)).toString('hex')

/** All parts of an envelope, signed as they are posted. */
export function partsOf(
  live: LiveRelay,
  about: { from: string; to: string; number: number; session: string; envelope: Uint8Array },
): RawPart[] {
  const { from: member, envelope, ...rest } = about
  return Array.from({ length: Math.ceil(envelope.length / PART_BYTES) }, (_, index) => {
    const body = envelope.slice(index * PART_BYTES, (index + 1) * PART_BYTES)
    const claim = {
      ...{ member, session: rest.session, platform: live.relay.session, time: 0, to: rest.to },
      ...{ number: rest.number, total: envelope.length, whole: hexOf(envelope), index, hash: hexOf(body) },
    }
    return { claim, body }
  })
}

/** @param change of the claim, before it is signed @param by signs in place of the member */
export function postPart(
  live: LiveRelay,
  { claim, body }: RawPart,
  change: Partial<PartClaim> = {},
  by = membershipOf(claim.member),
) {
  const time = live.clock.time - 500 + ++sent
  return live.app.inject({
    method: 'POST',
    url: `/federation/parts?${signedPart(by, { ...claim, time, ...change })}`,
    headers: { 'content-type': 'application/octet-stream', ...SPOKEN },
    payload: Buffer.from(body),
  })
}
