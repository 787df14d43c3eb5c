/** A member that the newest list leaves out, while a run that stands still keeps an older list in force. */
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KEY_HOLDER, type Membership, PLATFORM } from '../../../federation/index.ts'
import { signedStatus } from '../../../server/platform/status-claim.ts'
import { registerStatus } from '../../../server/platform/status-route.ts'
import { type LiveRelay, liveRelay, membershipOf, platformWithout, writerOf } from './consortium.ts'
import { partsOf, pollPath, postPart, SPOKEN } from './raw-requests.ts'

let live: LiveRelay
let platform: Membership
let status: FastifyInstance
beforeEach(async () => {
  platform = platformWithout('tax')
  live = await liveRelay({ platform: () => platform })
  status = Fastify() as FastifyInstance
  registerStatus(status, {
    ...{ membership: platform, relay: live.relay, now: live.clock.now, silenceMs: 6000 },
    roster: () => ({ size: 0, digest: '' }),
    members: () => ({ version: 1, digest: '' }),
  })
})
afterEach(async () => {
  await status.close()
  await live.close()
})

const polled = async (member: string) =>
  (await live.app.inject({ url: pollPath(live, { member, most: 0 }), headers: SPOKEN })).statusCode
const asked = async (member: string) =>
  (await status.inject(`/federation/status?${signedStatus(membershipOf(member), live.clock.now())}`))
    .statusCode
const posted = async (from: string, to: string) => {
  const envelope = writerOf(from)(to, Uint8Array.of(1))
  const [part] = partsOf(live, { from, to, number: 1, session: 's1', envelope })
  return (await postPart(live, part)).statusCode
}

describe('a removed member', () => {
  it('is not served, and nothing is kept for it, where it has no part in the run', async () => {
    platform.isInRun = (name) => name !== 'tax'
    expect(await polled('tax')).toBe(401)
    expect(await asked('tax')).toBe(401)
    expect(await posted('tax', KEY_HOLDER)).toBe(401)
    expect(await posted('water', 'tax')).toBe(400)
    expect([await polled('water'), await asked('water'), await posted('water', PLATFORM)]).toEqual([
      200, 200, 202,
    ])
  })

  it('control: is served as before in the run that it is a party of', async () => {
    platform.isInRun = (name) => name === 'tax'
    expect([await polled('tax'), await asked('tax')]).toEqual([200, 200])
    expect([await posted('tax', KEY_HOLDER), await posted('water', 'tax')]).toEqual([202, 202])
  })

  it('is out once the newest list is in force', async () => {
    platform.isInRun = () => true
    await platform.takeUp()
    expect([await polled('tax'), await asked('tax'), await posted('tax', KEY_HOLDER)]).toEqual([
      401, 401, 401,
    ])
  })
})
