/** One party of `bench/training.ts --processes`: a process of its own that exchanges envelopes with the others through its parent. */
import {
  always,
  createEngine,
  KEY_HOLDER,
  KeyHolderRole,
  LabelHolderRole,
  Ledger,
  MADE_UP_DATA,
  type MemberList,
  Membership,
  memoryFineBins,
  memoryLedger,
  memoryOfHead,
  Node,
  type PartyPolicy,
  ProviderRole,
  type Role,
  secureRandom,
} from '../federation/index.ts'
import { labels, providerData, providerNames, roster, type Size } from './portfolio.ts'

export interface PartyTask {
  readonly list: MemberList
  readonly identity: ConstructorParameters<typeof Membership>[1]
  readonly size: Size
  readonly policy: PartyPolicy
}

export type FromParent = { task: PartyTask } | { envelope: Uint8Array }
export type FromParty = { to: string; envelope: Uint8Array } | { fault: string } | { peakMb: number }

const tell = (message: FromParty): Promise<void> =>
  new Promise((resolve, reject) =>
    process.send?.(message, undefined, {}, (error) => (error ? reject(error) : resolve())),
  )

async function roleOf(node: Node, { size, policy, identity }: PartyTask) {
  const { name } = identity
  const services = {
    engine: createEngine(name === KEY_HOLDER ? 2 : 1),
    random: secureRandom,
    clock: { now: () => new Date() },
  }
  const view = roster(size)
  if (name === KEY_HOLDER) {
    const ledger = await Ledger.open(memoryLedger(), node.membership, policy.mostEpsilon)
    return new KeyHolderRole(node, services, always(view), policy, ledger)
  }
  const index = providerNames(size).indexOf(name)
  if (index < 0) {
    const source = always({ roster: view, labels: labels(size), period: '' })
    return new LabelHolderRole(node, services, source, policy, memoryOfHead())
  }
  const sink = { keep: async () => {} }
  const data = providerData(size, index)
  const source = always({ roster: view, data, authorisation: MADE_UP_DATA })
  return new ProviderRole(node, services, source, policy, sink, memoryFineBins())
}

let node: Node | undefined
process.on('message', async (message: FromParent) => {
  if ('envelope' in message) {
    void node?.receive(message.envelope)
    return
  }
  const { list, identity } = message.task
  node = new Node(
    new Membership(list, identity),
    { send: (to, envelope) => tell({ to, envelope }) },
    { session: `session of ${identity.name}`, life: 1 },
  )
  node.onFault = (_from, fault) => void tell({ fault: String(fault) })
  const role: Role & { hello(): Promise<void> } = await roleOf(node, message.task)
  node.attach(role)
  await role.hello()
})
process.on('disconnect', () => process.exit(0))
setInterval(() => void tell({ peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }), 500).unref()
