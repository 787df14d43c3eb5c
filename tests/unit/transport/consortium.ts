/** Members, envelopes and a relay over a real socket, for the tests of this folder. */
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import {
  createIdentity,
  EnvelopeWriter,
  KEY_HOLDER,
  type Member,
  Membership,
  PLATFORM,
} from '../../../federation/index.ts'
import { registerStatus } from '../../../server/platform/status-route.ts'
import { RelayClient } from '../../../server/transport/client.ts'
import type { ConnectionOptions } from '../../../server/transport/connection.ts'
import { Relay, type RelayOptions } from '../../../server/transport/relay.ts'
import type { TlsMaterial } from '../../../server/transport/tls-files.ts'

const made = [
  createIdentity(PLATFORM, 'platform'),
  createIdentity(KEY_HOLDER, 'keyholder'),
  createIdentity('water', 'provider'),
  createIdentity('tax', 'provider'),
]
const members = {
  consortium: 'test',
  suite: 'international',
  members: made.map(({ member }) => member),
} as const

export const membershipOf = (name: string): Membership =>
  new Membership(members, made.find(({ identity }) => identity.name === name)!.identity)

/** The platform, in whose list a member has a transport key, and until then the one before it. */
export function platformKnowing(
  name: string,
  tlsKey: string,
  before: { readonly tlsKey: string; readonly until: string },
  clock: TestClock,
): Membership {
  const older = createIdentity(name, 'provider').member
  const change = (member: Member): Member =>
    member.name === name ? { ...member, tlsKey, previous: [{ ...older, ...before }] } : member
  const list = { ...members, version: 1, members: members.members.map(change) }
  return new Membership(list, made[0].identity, { now: () => new Date(clock.time) })
}

/** The platform, which has accepted a list without a member while the one before it is in force. */
export function platformWithout(name: string): Membership {
  const platform = membershipOf(PLATFORM)
  platform.accept({
    ...members,
    version: 1,
    members: members.members.filter((member) => member.name !== name),
  })
  return platform
}

/** A member of the same name whose keys are not in the list. */
export const impostorOf = (name: string): Membership =>
  new Membership(members, createIdentity(name, 'provider').identity)

export const ABOUT = { run: 'run-1', plan: '', round: 1 }

/** Writes envelopes of one sender that carry `totals`. */
export function writerOf(
  name: string,
  session = `${name}-1`,
): (to: string, totals: Uint8Array) => Uint8Array {
  const writer = new EnvelopeWriter(membershipOf(name), { session, life: 1 })
  return (to, totals) => Uint8Array.from(writer.write(to, ABOUT, 'round.share', { totals }))
}

/** A clock that moves when it is told to, the same for relay and clients. */
export class TestClock {
  time = Date.parse('2026-01-01T00:00:00Z')
  readonly now = (): number => this.time
}

export interface LiveOptions {
  /** Of the relay. */
  readonly relay?: Partial<RelayOptions>
  readonly tls?: TlsMaterial
  readonly platform?: (clock: TestClock) => Membership
}

export interface LiveRelay {
  /** The relay of now: another one after a restart. */
  readonly relay: Relay
  readonly clock: TestClock
  readonly app: FastifyInstance
  readonly port: number
  /** A client of the relay; by another port where something stands between. */
  client(name: string, session: string, port?: number, options?: Partial<ClientOptions>): RelayClient
  /** Ends the relay with everything that it held and starts another one at the same port. */
  restart(prepare?: (relay: Relay) => void): Promise<void>
  close(): Promise<void>
}

export interface ClientOptions extends ConnectionOptions {
  readonly now: () => number
  readonly https: boolean
}

export async function liveRelay(options: LiveOptions = {}): Promise<LiveRelay> {
  const clock = new TestClock()
  let lives = 0
  const membership = options.platform?.(clock) ?? membershipOf(PLATFORM)
  const begin = () =>
    new Relay(membership, clock.now, {
      session: `platform-${++lives}`,
      silenceMs: 6000,
      ...options.relay,
    })
  const listen = async (relay: Relay, at: number): Promise<FastifyInstance> => {
    const app = Fastify({
      forceCloseConnections: true,
      ...(options.tls && { https: { ...options.tls, requestCert: true, rejectUnauthorized: false } }),
    }) as FastifyInstance
    relay.register(app)
    registerStatus(app, {
      ...{ membership, relay, now: clock.now, silenceMs: 6000 },
      roster: () => ({ size: 0, digest: '' }),
      members: () => ({ version: 0, digest: '' }),
    })
    await app.listen({ host: '127.0.0.1', port: at })
    return app
  }
  let relay = begin()
  let app = await listen(relay, 0)
  const { port } = app.server.address() as AddressInfo
  const clients: RelayClient[] = []
  return {
    get relay() {
      return relay
    },
    clock,
    get app() {
      return app
    },
    port,
    client(name, session, through = port, { now = clock.now, https = false, ...rest } = {}) {
      const address = `${https ? 'https' : 'http'}://localhost:${through}`
      const client = new RelayClient(membershipOf(name), address, session, now, {
        patienceMs: 60_000,
        random: Math.random,
        backoff: { firstMs: 2, mostMs: 40 },
        ...rest,
      })
      clients.push(client)
      return client
    },
    async restart(prepare = () => {}) {
      await app.close()
      relay = begin()
      prepare(relay)
      app = await listen(relay, port)
    },
    async close() {
      for (const client of clients) await client.close()
      await app.close()
    },
  }
}

/** Waits until a condition holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}
