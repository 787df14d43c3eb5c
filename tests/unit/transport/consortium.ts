/** Members, envelopes and a relay over a real socket, for the tests of this folder. */
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import {
  createIdentity,
  EnvelopeWriter,
  KEY_HOLDER,
  Membership,
  PLATFORM,
} from '../../../federation/index.ts'
import { RelayClient } from '../../../server/transport/client.ts'
import { Relay } from '../../../server/transport/relay.ts'

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

/** A member of the same name whose keys are not in the list. */
export const impostorOf = (name: string): Membership =>
  new Membership(members, createIdentity(name, 'provider').identity)

export const ABOUT = { run: 'run-1', plan: '', round: 1 }

/** Writes envelopes of one sender that carry `totals`. */
export function writerOf(
  name: string,
  session = `${name}-1`,
): (to: string, totals: Uint8Array) => Uint8Array {
  const writer = new EnvelopeWriter(membershipOf(name), session)
  return (to, totals) => Uint8Array.from(writer.write(to, ABOUT, 'round.share', { totals }))
}

/** A clock that moves when it is told to, the same for relay and clients. */
export class TestClock {
  time = Date.parse('2026-01-01T00:00:00Z')
  readonly now = (): number => this.time
}

export interface LiveRelay {
  readonly relay: Relay
  readonly clock: TestClock
  readonly app: ReturnType<typeof Fastify>
  readonly port: number
  /** A client of the relay; by another port where something stands between. */
  client(name: string, session: string, port?: number): RelayClient
  close(): Promise<void>
}

export async function liveRelay(): Promise<LiveRelay> {
  const clock = new TestClock()
  const relay = new Relay(membershipOf(PLATFORM), clock.now)
  const app = Fastify({ forceCloseConnections: true })
  relay.register(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const clients: RelayClient[] = []
  return {
    relay,
    clock,
    app,
    port,
    client(name, session, through = port) {
      const client = new RelayClient(membershipOf(name), `http://127.0.0.1:${through}`, session, clock.now)
      clients.push(client)
      return client
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
