/** A consortium of one process a party for benchmarks; this process is the platform and carries the envelopes. */
import { type ChildProcess, fork } from 'node:child_process'
import {
  always,
  createEngine,
  createIdentity,
  KEY_HOLDER,
  Ledger,
  Membership,
  memoryLedger,
  Node,
  noList,
  type PartyPolicy,
  PLATFORM,
  PlatformRole,
  secureRandom,
} from '../federation/index.ts'
import type { FromParent, FromParty } from './party.ts'
import { providerNames, roster, type Size } from './portfolio.ts'

export async function consortiumOfProcesses(size: Size, policy: PartyPolicy) {
  const providers = providerNames(size)
  const names = [
    [PLATFORM, 'platform'],
    [KEY_HOLDER, 'keyholder'],
    ...providers.map((name) => [name, 'provider'] as const),
    ['bank', 'label-holder'],
  ] as const
  const made = names.map(([name, role]) => createIdentity(name, role))
  const list = {
    consortium: 'benchmark',
    suite: 'international' as const,
    members: made.map(({ member }) => member),
  }
  const children = new Map<string, ChildProcess>()
  const peakMb: Record<string, number> = {}
  let bytes = 0
  const carry = async (to: string, envelope: Uint8Array): Promise<void> => {
    bytes += envelope.length
    if (to === PLATFORM) void node.receive(envelope)
    else children.get(to)?.send({ envelope } satisfies FromParent)
  }
  const node = new Node(
    new Membership(list, made[0].identity),
    { send: carry },
    {
      session: 'session of platform',
      life: 1,
    },
  )
  const services = { engine: createEngine(2), random: secureRandom, clock: { now: () => new Date() } }
  const ledger = await Ledger.open(memoryLedger(), node.membership, policy.mostEpsilon)
  const platform = new PlatformRole(
    node,
    services,
    always({ roster: roster(size), authorisation: noList }),
    ledger,
  )
  node.attach(platform)
  for (const { identity } of made.slice(1)) {
    const child = fork(new URL('./party.ts', import.meta.url), { serialization: 'advanced' })
    children.set(identity.name, child)
    child.on('message', (message: FromParty) => {
      if ('peakMb' in message) peakMb[identity.name] = message.peakMb
      else if ('fault' in message) process.stderr.write(`${identity.name}: ${message.fault}\n`)
      else void carry(message.to, message.envelope)
    })
    child.send({ task: { list, identity, size, policy } } satisfies FromParent)
  }
  return {
    platform,
    transport: {
      get bytes() {
        return bytes
      },
    },
    /** Peak resident size of every process, in megabytes. */
    memory: () => ({ ...peakMb, [PLATFORM]: Math.round(process.resourceUsage().maxRSS / 1024) }),
    async greet() {
      const parties = [...children.keys()]
      while (platform.missing(parties).length > 0) await platform.nextArrival()
    },
    async close() {
      for (const child of children.values()) child.disconnect()
      await services.engine.close()
    },
  }
}
