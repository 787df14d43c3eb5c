/** What every role runs on: envelopes in, envelopes out, one message after another; killed and started again at any point. */
import { type RandomBytes, systemRandom } from '../engine/index.ts'
import { federationErrors } from './errors.ts'
import { describeFault, unexpected } from './faults-told.ts'
import { isHalt } from './halts.ts'
import type { Membership } from './members.ts'
import { PLATFORM } from './members.ts'
import { noJournals } from './memory-journals.ts'
import { memoryOfPeers } from './memory-stores.ts'
import {
  type AnyMessage,
  claimedHeader,
  EnvelopeReader,
  EnvelopeWriter,
  type Header,
  StreamBook,
} from './messages/envelope.ts'
import type { Body, MessageType } from './messages/schema.ts'
import { isOfNight } from './night/night-id.ts'
import { type Life, PeerLives, type PeerMemory } from './peer-lives.ts'
import type { Clock, Transport } from './ports.ts'
import type { Outgoing, Role } from './role.ts'
import type { RunJournals } from './run-journal.ts'
import { RunLog } from './run-log.ts'
import { RUN_SECRET_BYTES } from './run-secret.ts'
import { Turns } from './turns.ts'

/** The run a node takes part in; stamped on everything of it that it posts. */
export interface RunReference {
  run: string
  plan: string
}

/** What of a node outlives its process. */
export interface NodeMemory {
  readonly journals: RunJournals
  readonly peers: PeerMemory
  readonly clock: Clock
}

/** Messages that stand outside a plan. */
const UNPLANNED: ReadonlySet<MessageType> = new Set([
  'party.hello',
  'run.open',
  'run.abort',
  'run.sealed',
  'run.over',
  'plan.propose',
])
/** Not handled, and no reason to stop a run: the network may bring a message twice, and a relay that was killed loses some. */
const NOTICES: readonly string[] = [
  new federationErrors.MessageReplayed().code,
  new federationErrors.MessageReordered().code,
]

const NO_CLOCK: Clock = { now: () => new Date(0) }

export class Node {
  readonly membership: Membership
  readonly current: RunReference = { run: '', plan: '' }
  /** The night that this node takes part in; a run that stands still meanwhile stays the current one. */
  night = ''
  /** Called with every fault of handling a message and the run or night that failed; the platform stops it. */
  onFault: (from: string, fault: unknown, failed: string) => void = () => {}
  /** Called when this node can keep nothing any more: it has to end, and goes on after a restart. */
  onHalt: (fault: unknown) => void = () => {}
  /** Called with every message before it is handled, which waits. */
  onReceived: (message: AnyMessage) => Promise<void> = async () => {}
  /** Called with every message that leaves, its size and the hash of its body. */
  onLeft: (message: Outgoing, bytes: number, hash: string) => void = () => {}
  /** Whether a member takes part in a run; where the role does not know of one, nobody is ruled out. */
  isParty: (name: string, run: string) => boolean = () => true
  /** Called with what an operator should know though nothing failed. */
  onNotice: (text: string) => void = () => {}
  #role: Role | undefined
  #streams: StreamBook
  #reader: EnvelopeReader
  #writer: EnvelopeWriter
  #transport: Transport
  #life: Life
  #memory: NodeMemory
  #lives: Promise<PeerLives>
  #log: RunLog | undefined
  /** The envelope that is being handled, for the journal of the run that it opens. */
  #handling: Uint8Array | undefined
  /** Messages of a step that this node has not reached yet. */
  #early: { message: AnyMessage; envelope: Uint8Array }[] = []
  /** What left since the last sealed step, for whoever has lost it. */
  #outbox: { to: string; envelope: Uint8Array }[] = []
  /** Runs and nights that failed here. */
  #failed = new Set<string>()
  #halted = false
  /** Runs that this node ever took part in. */
  #taken = new Set<string>()
  #turns = new Turns()
  #sending = new Map<string, Promise<void>>()

  constructor(
    membership: Membership,
    transport: Transport,
    life: Life,
    memory: NodeMemory = { journals: noJournals, peers: memoryOfPeers(), clock: NO_CLOCK },
  ) {
    this.membership = membership
    this.#transport = transport
    this.#life = life
    this.#memory = memory
    this.#streams = new StreamBook(membership.suite)
    this.#reader = new EnvelopeReader(membership, this.#streams)
    this.#writer = new EnvelopeWriter(membership, life, this.#streams)
    this.#lives = PeerLives.open(memory.peers, membership)
  }

  attach(role: Role): void {
    this.#role = role
  }

  /** The run that this node would go on with, empty for none. */
  get openRun(): string {
    return this.#log && !this.#log.over ? this.#log.run : ''
  }

  /** Number of sealed steps of the current run. */
  get step(): number {
    return this.#log?.step ?? 0
  }

  /** Resolves when the envelope is durable here or was refused; it is handled in its turn. */
  receive(envelope: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      void this.#inTurn(async () => {
        // What goes into no journal is taken once it is handled.
        if (!(await this.#take(envelope, false, resolve))) resolve()
      })
    })
  }

  /** Does something in this node's turn, with the faults of a message. */
  enqueue(work: () => Promise<void>): Promise<void> {
    return this.#inTurn(() => this.#guarded(this.membership.name, work))
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#turns.take(() => (this.#halted ? Promise.resolve() : work()))
  }

  /**
   * @param durable called once a crash cannot lose the envelope any more
   * @returns true if it goes into a journal
   */
  async #take(envelope: Uint8Array, again: boolean, durable: () => void): Promise<boolean> {
    let header: Header | undefined
    let taken: AnyMessage
    try {
      const letter = this.#reader.prove(envelope)
      header = letter.header
      this.#checkStray(header)
      if (!again && !this.#reader.covers(letter))
        await (await this.#lives).admit(header.from, letter.signKey, header)
      taken = this.#reader.open(letter)
    } catch (fault) {
      await this.#refuse(envelope, header, fault)
      return false
    }
    // Fail closed: after a fault nothing of that run is answered any more.
    if (taken.run !== '' && this.#failed.has(taken.run)) return false
    if (this.#isOver(taken.run)) return false
    const kept = this.#log && taken.run === this.#log.run && !again ? this.#log.received(envelope) : undefined
    kept?.then(durable, (fault) => this.#halt(fault))
    if (this.#isEarly(taken)) this.#early.push({ message: taken, envelope })
    else await this.#handle(taken, envelope)
    return kept !== undefined
  }

  /** Members speak with each other in a run alone, and greet the platform. @throws MessageUnexpected */
  #checkStray(header: Header): void {
    const { from, run, type } = header
    const greets = this.membership.name === PLATFORM && type === 'party.hello'
    if (from === PLATFORM || greets || this.#concerns(header) || this.#isOver(run)) return
    unexpected(header, 'its sender takes part in no run that is open here')
  }

  /** What was still on its way when a run ended must not stop the next one, nor a night. */
  #isOver(run: string): boolean {
    return !this.#isHere(run) && this.#taken.has(run)
  }

  /** The current run, or the night beside it. */
  #isHere(run: string): boolean {
    return run === this.current.run || (run !== '' && run === this.night)
  }

  /** Whether a message is of a run or night that is here and of one of its parties. */
  #concerns({ from, run }: Header): boolean {
    return this.#isHere(run) && this.isParty(from, run)
  }

  /** Nobody stops a run that he is no party of, nor with a message of another one: that is only told to the operator. */
  async #refuse(envelope: Uint8Array, proven: Header | undefined, fault: unknown): Promise<void> {
    const { code, message } = fault as { code?: string; message: string }
    const header = proven ?? claimedHeader(envelope)
    const strays = header !== undefined && !isHalt(fault) && !this.#concerns(header)
    if (strays || NOTICES.includes(code ?? '')) return this.onNotice(message)
    await this.#guarded(proven?.from ?? 'an unknown sender', () => Promise.reject(fault), header)
  }

  /** A step begins when the platform says that the one before is sealed; until then its messages wait. */
  #isEarly({ run, step, type }: AnyMessage): boolean {
    const mine = this.membership.name !== PLATFORM && this.#log?.run === run
    return mine && type !== 'run.sealed' && type !== 'run.abort' && step > this.step
  }

  #handle(received: AnyMessage, envelope: Uint8Array): Promise<void> {
    const message = received.type === 'run.over' ? this.#asAbort(received) : received
    if (!message) return Promise.resolve()
    return this.#guarded(
      message.from,
      async () => {
        this.#checkPlan(message)
        await this.onReceived(message)
        this.#handling = envelope
        if (message.type === 'run.sealed') await this.#sealed(message)
        else await this.#role?.handle(message, envelope)
        if (this.current.run !== '') this.#taken.add(this.current.run)
        if (message.type === 'run.abort' && message.from === PLATFORM) await this.#giveUp(message.run)
      },
      message,
    )
  }

  /**
   * A fault concerns the current run, whatever run its message named, if any; that of a night concerns the night alone.
   * @param of the message whose fault it would be
   */
  async #guarded(from: string, work: () => Promise<void>, of?: Pick<Header, 'type' | 'run'>): Promise<void> {
    try {
      await work()
    } catch (fault) {
      const night = of !== undefined && isOfNight(of.type)
      const failed = night ? of.run : this.current.run
      // Only the platform drives a night: what another party sends in one stops nobody else.
      if (night && from !== PLATFORM && !isHalt(fault)) return this.onFault(from, fault, failed)
      // A run that was refused at its opening is not the current one.
      await this.#fail(from, fault, failed, of?.type === 'run.open' ? of.run : failed)
    } finally {
      this.#handling = undefined
    }
  }

  /** A run or night failed here: nothing of it is answered any more, and the platform hears why. @param about as it is named there */
  async #fail(from: string, fault: unknown, failed: string, about: string): Promise<void> {
    if (isHalt(fault)) return this.#halt(fault)
    this.onFault(from, fault, failed)
    this.#failed.add(failed)
    await this.#report(fault, about)
    // Not earlier: a process that is killed before it has said so comes to the same fault once more.
    if (this.membership.name !== PLATFORM) await this.#giveUp(failed)
  }

  /** A run that failed is not gone on with after a restart. */
  async #giveUp(run: string): Promise<void> {
    if (this.#log?.run !== run) return
    this.#log.over = true
    await this.#memory.journals.end(run)
  }

  /** The platform has ended a run that this node has open: it missed the end. */
  #asAbort({ from, body, ...rest }: AnyMessage & { type: 'run.over' }): AnyMessage | undefined {
    if (from !== PLATFORM || body.run !== this.openRun) return undefined
    const ended = describeFault(new federationErrors.RunOver(body.run))
    return { ...rest, from, type: 'run.abort', run: body.run, body: ended } as AnyMessage
  }

  /** Nothing is handled or sent any more. */
  halt(): void {
    this.#halted = true
  }

  /** What would leave could not be kept. */
  #halt(fault: unknown): void {
    if (this.#halted) return
    this.halt()
    this.onHalt(fault)
  }

  /**
   * Begins the journal of a run.
   * @returns the run's secret, 32 bytes: the recorded one where the run was begun in an earlier life
   * @throws RunRecorded
   */
  async begin(run: string, random: RandomBytes = systemRandom): Promise<Uint8Array> {
    if (this.#log?.run === run) return this.#log.secret
    await this.#forget()
    const { journals, clock } = this.#memory
    const secret = random(RUN_SECRET_BYTES)
    const log = await RunLog.begin(this.membership.name, journals, run, secret, clock)
    if (this.#handling) await log.received(this.#handling)
    this.#log = log
    return secret
  }

  /** Puts away the run before; it is not gone on with. */
  async #forget(): Promise<void> {
    this.#outbox = []
    this.#early = []
    const former = this.#log
    this.#log = undefined
    if (!former) return
    await former.close()
    await this.#memory.journals.end(former.run)
    this.#streams.forget(former.run)
  }

  /** @throws MessageUnexpected for a step that is not the next, or of somebody else */
  async #sealed(message: AnyMessage & { type: 'run.sealed' }): Promise<void> {
    const { from, run, body } = message
    if (from !== PLATFORM || run !== this.#log?.run || body.step !== this.step + 1)
      unexpected(message, 'the platform seals one step after the other')
    // What left stays at hand until the next run: the platform may not have it yet.
    if (body.last) return this.#giveUp(run)
    await this.#seal(body.step)
    for (const early of this.#early.splice(0)) {
      if (this.#isEarly(early.message)) this.#early.push(early)
      else await this.#handle(early.message, early.envelope)
    }
  }

  /**
   * A step is over: what the role goes on from is durable when this returns.
   * @param outcome what the step came to, kept to the end of the run
   * @param role what the role goes on from, where it does not say so itself
   */
  seal(step: number, outcome?: object, role?: object): Promise<void> {
    // In turn: what arrives meanwhile would be covered by neither the state nor the records behind it.
    return this.#inTurn(() => this.#seal(step, outcome, role))
  }

  async #seal(step: number, outcome?: object, role: object = this.#role?.state?.() ?? {}): Promise<void> {
    const log = this.#log
    if (!log) return
    const streams = this.#streams.of(log.run, this.#life.session).seal()
    const untaken = this.#transport.untaken?.()
    const state = { plan: this.current.plan, streams, role, ...(untaken && { untaken }) }
    const early = this.#early.map(({ envelope }) => envelope)
    await log.seal(step, state, outcome, early)
    this.#outbox = []
  }

  /** The run that was begun in an earlier life and not ended. */
  unfinished(): Promise<string | null> {
    return this.#memory.journals.unfinished()
  }

  /**
   * Goes on with a run from its last sealed step: restores the role, and lets it handle once more what arrived since. What it
   * sends is what it sent before, so it is sent again.
   * @param ready called with the outcomes of the sealed steps and the role's state, before anything is handled
   * @throws RunUnrecorded
   */
  async resume(
    run: string,
    ready: (
      outcomes: readonly Uint8Array[],
      state: object | null,
      secret: Uint8Array,
    ) => Promise<void> = async (_outcomes, state) => {
      if (state) await this.#role?.restore?.(run, state)
    },
  ): Promise<void> {
    await this.#inTurn(async () => {
      this.#outbox = []
      this.#early = []
      this.#streams.forget(run)
      this.#failed.delete(run)
      this.#taken.delete(run)
      // Where the platform itself was not restarted, what waits for its members waits still.
      const waits = this.#log?.run === run
      await this.#log?.close()
      const kept = await this.#memory.journals.resume(run)
      const { log, sealed } = await RunLog.reopen(this.membership.name, run, kept, this.#memory.clock)
      const streams = this.#streams.of(run, this.#life.session)
      if (sealed) {
        streams.restore(sealed.streams)
        Object.assign(this.current, { run, plan: sealed.plan })
        for (const { to, envelope } of waits ? [] : (sealed.untaken ?? []))
          await this.#deliver(to, undefined, envelope)
      }
      log.advance(streams)
      this.#log = log
      try {
        await ready(kept.outcomes, sealed?.role ?? null, log.secret)
      } catch (fault) {
        if (this.membership.name === PLATFORM) throw fault
        // What it went on from has changed while it was stopped: the run is given up, aloud, and this node is there for others.
        return this.#fail(this.membership.name, fault, run, run)
      }
      for await (const record of kept.records()) {
        if (record.kind === 'received') await this.#take(record.envelope, true, () => {})
      }
    })
  }

  /** The run is over at this node. */
  async end(run: string): Promise<void> {
    if (this.#log?.run === run) await this.#forget()
    else await this.#memory.journals.end(run)
  }

  /** Sends everything of the current step once more; who has it drops it. */
  async resend(): Promise<void> {
    for (const { to, envelope } of [...this.#outbox]) await this.#deliver(to, Promise.resolve(), envelope)
  }

  /** Sends a message; the order for each receiver is the order of the calls. */
  post<M extends MessageType>(to: string, type: M, body: Body<M>, round = 0): Promise<void> {
    return this.#send(to, type, body, { ...this.#aboutOf(type), round })
  }

  #aboutOf(type: MessageType): RunReference {
    if (OF_NO_RUN.has(type)) return NO_RUN
    return isOfNight(type) ? { run: this.night, plan: '' } : this.current
  }

  #send<M extends MessageType>(
    to: string,
    type: M,
    body: Body<M>,
    about: RunReference & { round: number },
  ): Promise<void> {
    const { run, round } = about
    const encoded = this.#writer.encoded(body)
    // An abort tells why, without data; it must leave even where nothing can be written any more.
    const log = type !== 'run.abort' && this.#log?.run === run ? this.#log : undefined
    const streams = this.#streams.of(run, this.#life.session)
    const noted = log?.sending(to, { type, round, body }, encoded, streams)
    const envelope = noted
      ? this.#writer.writeAt(noted.place, to, { ...about, step: this.step }, type, noted.encoded)
      : this.#writer.write(to, about, type, body)
    // The platform is asked to send again by nobody: it computes again itself what it sent.
    if (log && this.membership.name !== PLATFORM) this.#outbox.push({ to, envelope })
    this.onLeft({ to, type, run, round, body }, envelope.length, encoded.hash)
    return this.#deliver(to, noted?.durable, envelope)
  }

  #deliver(to: string, durable: Promise<void> | undefined, envelope: Uint8Array): Promise<void> {
    const sent = Promise.all([this.#sending.get(to), durable]).then(() =>
      this.#halted ? undefined : this.#transport.send(to, envelope),
    )
    this.#sending.set(
      to,
      sent.catch(() => {}),
    )
    return sent
  }

  /** Once a plan is signed, every message of its run names it. @throws MessageUnexpected */
  #checkPlan(message: AnyMessage): void {
    const { run, plan } = this.current
    if (plan === '' || message.run !== run || UNPLANNED.has(message.type) || message.plan === plan) return
    unexpected(message, 'it names another plan than the signed one')
  }

  /** Tells the platform why this node stops the run. */
  async #report(fault: unknown, run: string): Promise<void> {
    if (this.membership.name === PLATFORM) return
    await this.#send(PLATFORM, 'run.abort', describeFault(fault), { ...this.current, run, round: 0 }).catch(
      () => {},
    )
  }
}

/** One of both sides may have ended the run that the other still has open. */
const OF_NO_RUN: ReadonlySet<MessageType> = new Set(['party.hello', 'run.over'])
const NO_RUN: RunReference = { run: '', plan: '' }
