/**
 * A consortium in one process whose nodes can be killed at any message: what a node had in memory is gone, its journal on the
 * real disk and its durable stores stay, and it is started again. The network is the relay's: one queue for each member in the
 * platform's memory, kept until the member has acknowledged, lost when the platform is killed.
 */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  always,
  createEngine,
  createIdentity,
  type Enrolled,
  KEY_HOLDER,
  KeyHolderRole,
  LabelHolderRole,
  Ledger,
  type LedgerEntry,
  MADE_UP_DATA,
  Membership,
  memoryFineBins,
  memoryLedger,
  memoryOfHead,
  memoryOfPeers,
  Node,
  noList,
  type Outgoing,
  PLATFORM,
  PlatformRole,
  ProviderRole,
  type Role,
  type RosterView,
  type RunOptions,
  type RunResult,
} from '../../federation/index.ts'
import { fileJournals } from '../../server/node/file-journals.ts'
import { type ConsortiumInput, silent } from '../helpers/consortium.ts'

/** Where a node is killed. */
export interface KillPoint {
  readonly node: string
  readonly type: string
  /** The how many-eth message of the type at this node, from 1. */
  readonly time: number
  /**
   * `arriving`: before the message is taken; `taken`: once it is durable, while it is handled; `leaving`: before the network has
   * it; `left`: once the network has it.
   */
  readonly when: 'arriving' | 'taken' | 'leaving' | 'left'
  /** A node that takes nothing before the kill: its link is slow. */
  readonly asleep?: string
}

export const describePoint = ({ node, type, time, when }: KillPoint): string =>
  `${node} ${when} ${type} ${time}`

/** What is the same whatever happened: what left every node, what both ledgers hold, what came out. */
export interface Outcome {
  /** Sender, receiver, type, round and hash of every message, each once, sorted. */
  readonly left: readonly string[]
  /** Every message that a node took, each time that it took it. */
  readonly ledgers: readonly (readonly LedgerEntry[])[]
  readonly scorecards: Readonly<Record<string, object>>
  readonly totals: Int32Array
  readonly kills: number
  /** Types of messages at each node: `node arriving type` or `node leaving type`, and how many of them. */
  readonly seen: ReadonlyMap<string, number>
}

const RUN = 'run-1'
const NOW = new Date('2026-01-05T00:00:00Z')
const POLICY = { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null }
/** Not of the run, or telling of a fault. */
const NOT_COMPARED = new Set(['party.hello', 'run.abort', 'run.over', 'run.sealed'])

/** Of one life of a node. */
interface Alive {
  dead: boolean
  /** A killed node never says that it has what it was handed. */
  readonly died: PromiseWithResolvers<void>
  /** What is being written: a disk has it or not when a process is killed, never half of it later. */
  readonly writing: Set<Promise<unknown>>
  /** Journals whose files the process had open. */
  readonly open: Set<{ close(): Promise<void> }>
}

interface Living {
  readonly node: Node
  readonly role: Role & { hello?(): Promise<void> }
  readonly state: Alive
}

export class KillableConsortium {
  #input: ConsortiumInput
  #folder: string
  #point: KillPoint | undefined
  #kills = 0
  #names: { providers: string[]; banks: string[] }
  #enrolled: Map<string, Enrolled>
  #living = new Map<string, Living>()
  /** The newest life of each node, which may not listen yet. */
  #dying = new Map<string, Living>()
  #lives = new Map<string, number>()
  #queues = new Map<string, { envelope: Uint8Array; type: string }[]>()
  #delivering = new Map<string, Promise<void>>()
  #times = new Map<string, number>()
  #left = new Set<string>()
  #scorecards: Record<string, object> = {}
  #stores = new Map<string, { peers: ReturnType<typeof memoryOfPeers> }>()
  #ledgers = { [PLATFORM]: memoryLedger(), [KEY_HOLDER]: memoryLedger() }
  #fineBins = new Map<string, ReturnType<typeof memoryFineBins>>()
  #heads = new Map<string, ReturnType<typeof memoryOfHead>>()
  #roster: RosterView
  #faults: unknown[] = []
  /** The run is over: it need not be asked for again. */
  #over = false
  /** The operator waits for the parties; from the beginning on, the nodes are started first. */
  #asking = true
  /** The life of the platform that was asked for the run. */
  #asked: PlatformRole | undefined
  #result = Promise.withResolvers<RunResult>()

  constructor(input: ConsortiumInput, folder: string, point?: KillPoint) {
    this.#input = input
    this.#folder = folder
    this.#point = point
    const providers = input.providers.map(({ name }) => name)
    const banks = input.labelHolders.map((_, index) => `bank-${index + 1}`)
    this.#names = { providers, banks }
    const roles = [
      [PLATFORM, 'platform'],
      [KEY_HOLDER, 'keyholder'],
      ...providers.map((name) => [name, 'provider'] as const),
      ...banks.map((name) => [name, 'label-holder'] as const),
    ] as const
    this.#enrolled = enrolledOnce(
      roles.map(([name, role]) => `${name} ${role}`).join(),
      () => new Map(roles.map(([name, role]) => [name, createIdentity(name, role)])),
    )
    this.#roster = {
      size: input.folds.length,
      digest: createHash('sha256').update(input.folds).digest('hex'),
      folds: input.folds,
    }
  }

  /** Runs to the end, through the kill if there is one. */
  async run(): Promise<Outcome> {
    for (const name of this.#enrolled.keys()) await this.#start(name)
    await this.#ask()
    const { assessment } = await Promise.race([this.#result.promise, this.#failure()])
    await this.#quiet()
    const suite = this.#living.get(PLATFORM)!.node.membership
    const ledgers = await Promise.all(
      [PLATFORM, KEY_HOLDER].map(async (name) =>
        (await Ledger.open(this.#ledgers[name as typeof PLATFORM], suite, null)).since(0),
      ),
    )
    return {
      left: [...this.#left].sort(),
      ledgers,
      scorecards: this.#scorecards,
      totals: assessment.totals,
      kills: this.#kills,
      seen: this.#times,
    }
  }

  /** The operator starts the run once everybody is there, and once more where it was forgotten before it began. */
  async #ask(): Promise<void> {
    this.#asking = true
    const parties = [...this.#names.banks, ...this.#names.providers, KEY_HOLDER]
    while (this.#living.get(PLATFORM)!.state.dead || this.#platform.missing(parties).length > 0) await turn()
    const options: RunOptions = {
      run: RUN,
      purpose: 'test',
      providers: this.#names.providers,
      labelHolders: this.#names.banks,
      production: this.#input.production ?? false,
      settings: {
        rounds: this.#input.rounds,
        logisticRounds: this.#input.logisticRounds ?? 0,
        bins: this.#input.bins,
        lambda: this.#input.lambda,
        sigma: this.#input.sigma ?? 0,
        challenges: this.#input.challenges ?? 0,
      },
      flags: ['override-limits'],
      leastProviders: 2,
      targetPd: 0.03,
    }
    this.#asking = false
    this.#asked = this.#platform
    this.#heed(this.#platform, this.#platform.run(options, silent))
  }

  get #platform(): PlatformRole {
    return this.#living.get(PLATFORM)!.role as PlatformRole
  }

  /** A result of a platform that was killed is none. */
  #heed(of: PlatformRole, running: Promise<RunResult>): void {
    running.then(
      async (result) => {
        if (this.#platform !== of) return
        this.#over = true
        await of.end(RUN)
        this.#result.resolve(result)
      },
      (fault) => this.#platform === of && this.#faults.push(fault),
    )
  }

  async #failure(): Promise<never> {
    for (;;) {
      if (this.#faults.length > 0) throw this.#faults[0]
      await turn()
    }
  }

  async #start(name: string): Promise<void> {
    const { identity } = this.#enrolled.get(name)!
    const life = (this.#lives.get(name) ?? 0) + 1
    this.#lives.set(name, life)
    const list = {
      consortium: 'faults',
      suite: 'international' as const,
      members: [...this.#enrolled.values()].map(({ member }) => member),
    }
    const membership = new Membership(list, identity)
    const stores = this.#stores.get(name) ?? { peers: memoryOfPeers() }
    this.#stores.set(name, stores)
    const keep = { keep: 3, whole: this.#names.providers.includes(name) }
    const state: Alive = {
      ...{ dead: false, died: Promise.withResolvers() },
      ...{ writing: new Set(), open: new Set() },
    }
    const journals = whileAlive(state, fileJournals(join(this.#folder, name), keep))
    const transport = {
      send: (to: string, envelope: Uint8Array) => this.#send(name, state, to, envelope),
      ...(name === PLATFORM && { untaken: () => this.#untaken() }),
    }
    const clock = { now: () => NOW }
    const node = new Node(
      membership,
      transport,
      { session: `life ${life} of ${name}`, life },
      { journals, ...stores, clock },
    )
    node.onFault = (_from, fault) => void this.#faults.push(fault)
    node.onHalt = (fault) => void this.#faults.push(fault)
    const role = await this.#roleOf(name, node, clock, state)
    const living: Living = { node, role, state }
    node.onLeft = (message, _bytes, hash) => this.#noteLeft(name, message, hash)
    node.attach(role)
    this.#dying.set(name, living)
    const unfinished = name === PLATFORM ? null : await node.unfinished()
    if (unfinished !== null) await node.resume(unfinished)
    // Only now it listens.
    this.#living.set(name, living)
    if (!state.dead) await role.hello?.()
  }

  async #roleOf(name: string, node: Node, clock: { now(): Date }, state: Alive): Promise<Living['role']> {
    const { providers, banks } = this.#names
    // The same secrets in every run, so that what leaves can be compared.
    const random = (length: number) =>
      new Uint8Array(createHash('sha512').update(`${name} ${length}`).digest()).slice(0, length)
    const services = { engine: createEngine(0), random, clock }
    const roster = this.#roster
    if (name === PLATFORM) {
      const ledger = await Ledger.open(whileAlive(state, this.#ledgers[PLATFORM]), node.membership, null)
      return new PlatformRole(node, services, always({ roster, authorisation: noList }), ledger)
    }
    if (name === KEY_HOLDER) {
      const ledger = await Ledger.open(whileAlive(state, this.#ledgers[KEY_HOLDER]), node.membership, null)
      return new KeyHolderRole(node, services, always(roster), POLICY, ledger)
    }
    const bank = banks.indexOf(name)
    if (bank >= 0) {
      const labels = this.#input.labelHolders[bank]
      const head = this.#heads.get(name) ?? memoryOfHead()
      this.#heads.set(name, head)
      return new LabelHolderRole(node, services, always({ roster, labels, period: '' }), POLICY, head)
    }
    const data = this.#input.providers[providers.indexOf(name)]
    const bins = this.#fineBins.get(name) ?? memoryFineBins()
    this.#fineBins.set(name, bins)
    const sink = {
      keep: async (scorecard: object) => {
        this.#scorecards[name] = scorecard
      },
    }
    const source = always({ roster, data, authorisation: MADE_UP_DATA })
    return new ProviderRole(node, services, source, POLICY, sink, bins)
  }

  #noteLeft(from: string, { to, type, round }: Outgoing, hash: string): void {
    if (!NOT_COMPARED.has(type)) this.#left.add(`${from} ${to} ${type} ${round} ${hash}`)
  }

  /** What a node sends passes the platform's relay. */
  async #send(name: string, state: Alive, to: string, envelope: Uint8Array): Promise<void> {
    if (state.dead) return
    const type = typeOf(envelope)
    if (await this.#killsAt(name, type, 'leaving')) return
    this.#queueOf(to).push({ envelope, type })
    this.#deliver(to)
    await this.#killsAt(name, type, 'left')
  }

  #untaken() {
    return [...this.#queues].flatMap(([to, queue]) => queue.map(({ envelope }) => ({ to, envelope })))
  }

  #queueOf(name: string): { envelope: Uint8Array; type: string }[] {
    const queue = this.#queues.get(name) ?? []
    this.#queues.set(name, queue)
    return queue
  }

  /** Hands on what waits for a node, one after another; it is forgotten once it is durable there. */
  #deliver(name: string): void {
    if (this.#delivering.has(name) || this.#point?.asleep === name) return
    const work = async () => {
      await turn()
      for (;;) {
        const living = this.#living.get(name)
        const queue = this.#queueOf(name)
        if (!living || living.state.dead || queue.length === 0) return
        const [head] = queue
        if (await this.#killsAt(name, head.type, 'arriving')) return
        await Promise.race([living.node.receive(head.envelope), living.state.died.promise])
        if (living.state.dead) return
        if (queue[0] === head) queue.shift()
        await this.#killsAt(name, head.type, 'taken')
      }
    }
    const done = work().finally(() => {
      this.#delivering.delete(name)
      const living = this.#living.get(name)
      if (living && !living.state.dead && this.#queueOf(name).length > 0) this.#deliver(name)
    })
    this.#delivering.set(name, done)
  }

  /** @returns true if the node was killed here */
  async #killsAt(name: string, type: string, when: KillPoint['when']): Promise<boolean> {
    const place = `${name} ${when} ${type}`
    const time = (this.#times.get(place) ?? 0) + 1
    this.#times.set(place, time)
    const point = this.#point
    const here =
      point && point.node === name && point.type === type && point.when === when && point.time === time
    if (!here) return false
    this.#point = undefined
    this.#kill(name)
    return true
  }

  #kill(name: string): void {
    this.#kills++
    const living = this.#dying.get(name)!
    living.state.dead = true
    living.state.died.resolve()
    // A process that was killed does nothing any more: neither sends nor handles nor writes.
    living.node.halt()
    // What the relay had for others is lost with it; what was on its way to the platform is sent again by its sender.
    if (name === PLATFORM) for (const [to, queue] of this.#queues) if (to !== PLATFORM) queue.splice(0)
    setImmediate(() => void this.#restart(name).catch((fault) => this.#faults.push(fault)))
  }

  async #restart(name: string): Promise<void> {
    const { writing, open } = this.#dying.get(name)!.state
    while (writing.size > 0) await Promise.allSettled(writing)
    for (const journal of open) await journal.close()
    await this.#start(name)
    if (name === PLATFORM) {
      const platform = this.#platform
      const unfinished = await platform.unfinished()
      if (unfinished !== null) this.#heed(platform, platform.resume(unfinished, silent))
      const known = unfinished !== null || this.#over
      for (const [other, { node, role, state }] of this.#living) {
        if (other === PLATFORM || state.dead) continue
        await role.hello?.()
        await node.resend()
      }
      // Nothing of it had left. An operator would take a new id; the same one again lets what leaves be compared.
      if (!known && !this.#asking && this.#asked !== platform) {
        await rm(join(this.#folder, PLATFORM, RUN), { recursive: true, force: true })
        void this.#ask().catch((fault) => this.#faults.push(fault))
      }
    }
    for (const to of this.#queues.keys()) this.#deliver(to)
  }

  /** Waits until nothing is on its way. */
  async #quiet(): Promise<void> {
    for (let still = 0; still < 20; still++) {
      await turn()
      if (this.#delivering.size > 0) still = 0
    }
  }
}

/** What a process that was killed would still write does not reach the disk. */
function whileAlive<O extends object>(state: Alive, store: O): O {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (name === 'journal') return whileAlive(state, value as object)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        if (state.dead) return new Promise(() => {})
        const made = value.apply(target, given)
        if (!(made instanceof Promise)) return made
        state.writing.add(made)
        made.catch(() => {}).finally(() => state.writing.delete(made))
        return made.then((of) => {
          if (typeof of !== 'object' || of === null || !('append' in of || 'journal' in of)) return of
          state.open.add('journal' in of ? of.journal : of)
          return whileAlive(state, of)
        })
      }
    },
  })
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The type of a message stands in its open header. */
function typeOf(envelope: Uint8Array): string {
  const length = new DataView(envelope.buffer, envelope.byteOffset).getUint32(0, true)
  return JSON.parse(Buffer.from(envelope.subarray(4, 4 + length)).toString('utf8')).type
}

const made = new Map<string, Map<string, Enrolled>>()
/** One identity a name for all runs of a process: what leaves depends on the members' keys. */
function enrolledOnce(key: string, make: () => Map<string, Enrolled>): Map<string, Enrolled> {
  const known = made.get(key) ?? make()
  made.set(key, known)
  return known
}
