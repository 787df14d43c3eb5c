/** A consortium in one process: every role a node of its own, everything that passes is an envelope over a memory transport. */
import { createHash } from 'node:crypto'
import {
  createEngine,
  createIdentity,
  KEY_HOLDER,
  KeyHolderRole,
  LabelHolderRole,
  type MemberList,
  Membership,
  MemoryTransport,
  Node,
  type NodeServices,
  PLATFORM,
  PlatformRole,
  type Progress,
  ProviderRole,
  type RoleName,
  type RosterView,
  type RunOptions,
  type RunResult,
  secureRandom,
} from '../../federation/index.ts'
import type { ReferenceInput } from '../reference/reference.ts'

export const silent: Progress = { phase: () => {}, step: () => {} }

export interface TestConsortium {
  readonly transport: MemoryTransport
  readonly nodes: Map<string, Node>
  readonly platform: PlatformRole
  readonly scorecards: Map<string, object>
  readonly roster: RosterView
  readonly options: RunOptions
  run(overrides?: Partial<RunOptions>): Promise<RunResult>
  close(): Promise<void>
}

export interface ConsortiumInput extends ReferenceInput {
  readonly sigma?: number
  readonly production?: boolean
  readonly policy?: { leastProviders: number; leastSigma: number; overrideLimits: boolean }
  readonly publicProviders?: readonly string[]
  readonly record?: boolean
}

/** Builds the parties of an input; nothing runs until `run`. */
export async function testConsortium(input: ConsortiumInput): Promise<TestConsortium> {
  const labelNames = input.labelHolders.map((_, index) => `bank-${index + 1}`)
  const names: [string, RoleName][] = [
    [PLATFORM, 'platform'],
    [KEY_HOLDER, 'keyholder'],
    ...input.providers.map(({ name }): [string, RoleName] => [name, 'provider']),
    ...labelNames.map((name): [string, RoleName] => [name, 'label-holder']),
  ]
  const made = names.map(([name, role]) => createIdentity(name, role))
  const list: MemberList = {
    consortium: 'test',
    suite: 'international',
    members: made.map(({ member }) => member),
  }
  const transport = new MemoryTransport({ record: input.record ?? false })
  const engine = createEngine(0)
  const services: NodeServices = { engine, random: secureRandom, clock: { now: () => new Date() } }
  const roster: RosterView = {
    size: input.folds.length,
    digest: createHash('sha256').update(input.folds).digest('hex'),
    folds: input.folds,
  }
  const policy = input.policy ?? { leastProviders: 2, leastSigma: 0, overrideLimits: true }
  const nodes = new Map<string, Node>()
  const scorecards = new Map<string, object>()
  for (const { identity } of made) {
    const node = new Node(
      new Membership(list, identity),
      transport,
      createHash('sha256').update(identity.name).digest('hex'),
    )
    nodes.set(identity.name, node)
    transport.join(node)
  }
  const platform = new PlatformRole(nodes.get(PLATFORM)!, services, roster)
  nodes.get(PLATFORM)!.attach(platform)
  const keyHolder = new KeyHolderRole(nodes.get(KEY_HOLDER)!, services, roster, policy)
  nodes.get(KEY_HOLDER)!.attach(keyHolder)
  const parties: { hello(): Promise<void> }[] = [keyHolder]
  for (const { name, columns, exclusions } of input.providers) {
    const publicData = input.publicProviders?.includes(name) ?? false
    const sink = { keep: async (scorecard: object) => void scorecards.set(name, scorecard) }
    const node = nodes.get(name)!
    const role = new ProviderRole(node, services, roster, { columns, exclusions, publicData }, policy, sink)
    node.attach(role)
    parties.push(role)
  }
  labelNames.forEach((name, index) => {
    const node = nodes.get(name)!
    const role = new LabelHolderRole(node, services, roster, input.labelHolders[index], policy)
    node.attach(role)
    parties.push(role)
  })
  const options: RunOptions = {
    run: 'run-1',
    snapshot: 'snapshot-1',
    purpose: 'test',
    providers: input.providers.map(({ name }) => name),
    labelHolders: labelNames,
    production: input.production ?? false,
    settings: { rounds: input.rounds, bins: input.bins, lambda: input.lambda, sigma: input.sigma ?? 0 },
    flags: ['override-limits'],
    leastProviders: 2,
    targetPd: 0.03,
  }
  return {
    transport,
    nodes,
    platform,
    scorecards,
    roster,
    options,
    async run(overrides = {}) {
      for (const party of parties) await party.hello()
      while (platform.missing([...options.providers, ...options.labelHolders, KEY_HOLDER]).length > 0) {
        await platform.nextArrival()
      }
      return platform.run({ ...options, ...overrides }, silent)
    },
    close: () => engine.close(),
  }
}
