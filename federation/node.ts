/** What every role runs on: envelopes in, envelopes out, one message after another. */
import { engineErrors } from '../engine/index.ts'
import { federationErrors } from './errors.ts'
import type { Membership } from './members.ts'
import { PLATFORM } from './members.ts'
import { type AnyMessage, EnvelopeReader, EnvelopeWriter } from './messages/envelope.ts'
import type { Body, MessageType } from './messages/schema.ts'
import type { Transport } from './ports.ts'

/** A state machine of the protocol: takes a message, posts messages. */
export interface Role {
  /** @param envelope the message as it travelled */
  handle(message: AnyMessage, envelope: Uint8Array): Promise<void>
}

/** A message that is about to leave. */
export interface Outgoing {
  readonly to: string
  readonly type: MessageType
  readonly run: string
  readonly round: number
  readonly body: object
}

/** The run a node takes part in; stamped on everything it posts. */
export interface RunReference {
  run: string
  plan: string
}

/** Messages that stand outside a plan. */
const UNPLANNED: ReadonlySet<MessageType> = new Set(['party.hello', 'run.open', 'run.abort', 'plan.propose'])

export class Node {
  readonly membership: Membership
  readonly current: RunReference = { run: '', plan: '' }
  /** Called with every fault of handling a message; the platform stops its run with it. */
  onFault: (from: string, fault: unknown) => void = () => {}
  /** Called with every message before it is handled, which waits. */
  onReceived: (message: AnyMessage) => Promise<void> = async () => {}
  /** Called with every message that is posted, in order; it leaves when the promise is kept. */
  onPosted: (message: Outgoing) => Promise<void> = async () => {}
  /** Called with what an operator should know though nothing failed. */
  onNotice: (text: string) => void = () => {}
  #role: Role | undefined
  #reader: EnvelopeReader
  #writer: EnvelopeWriter
  #transport: Transport
  /** Run that failed here: a fault concerns the current one, whatever run its message named, if any. */
  #failed: string | undefined
  /** Runs that this node ever took part in. */
  #taken = new Set<string>()
  #queue: Promise<void> = Promise.resolve()
  #sending = new Map<string, Promise<void>>()

  /** @param session names this process lifetime, random */
  constructor(membership: Membership, transport: Transport, session: string) {
    this.membership = membership
    this.#transport = transport
    this.#reader = new EnvelopeReader(membership)
    this.#writer = new EnvelopeWriter(membership, session)
  }

  attach(role: Role): void {
    this.#role = role
  }

  /** Queues an envelope for handling; faults stop the run, never the process. */
  receive(envelope: Uint8Array): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      let message: AnyMessage | undefined
      try {
        message = this.#reader.read(envelope)
        // Fail closed: after a fault nothing of that run is answered any more.
        if (message.run !== '' && message.run === this.#failed) return
        // What was still on its way when a run ended must not stop the next one.
        if (message.run !== this.current.run && this.#taken.has(message.run)) return
        this.#checkPlan(message)
        await this.onReceived(message)
        await this.#role?.handle(message, envelope)
        if (this.current.run !== '') this.#taken.add(this.current.run)
      } catch (fault) {
        this.#failed = this.current.run
        this.onFault(message?.from ?? 'an unknown sender', fault)
        // A run that was refused at its opening is not the current one; anything else concerns the current one.
        await this.#report(fault, message?.type === 'run.open' ? message.run : this.current.run)
      }
    })
    return this.#queue
  }

  /** Sends a message; the order for each receiver is the order of the calls. */
  post<M extends MessageType>(to: string, type: M, body: Body<M>, round = 0): Promise<void> {
    return this.#send(to, type, body, { ...this.current, round })
  }

  #send<M extends MessageType>(
    to: string,
    type: M,
    body: Body<M>,
    about: RunReference & { round: number },
  ): Promise<void> {
    const envelope = this.#writer.write(to, about, type, body)
    const kept = this.onPosted({ to, type, run: about.run, round: about.round, body })
    const sent = Promise.all([this.#sending.get(to), kept]).then(() => this.#transport.send(to, envelope))
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

/** Faults of the parsers, in the order in which a message meets them. */
const REFUSALS: ReadonlySet<unknown> = new Set(
  [
    federationErrors.EnvelopeRefused,
    engineErrors.SealedEnvelopeRefused,
    federationErrors.MessageMalformed,
    engineErrors.MalformedVector,
    engineErrors.MalformedCiphertext,
  ].map((Refusal) => new Refusal().code),
)

/**
 * Code and text of a fault of ours as other parties hear it. Every refused message is one and the same to them; the log of
 * this party tells which parser it was. A fault that is not ours is reported without its text, which may carry data.
 */
export function describeFault(fault: unknown): { code: string; text: string } {
  const { code, message } = (fault ?? {}) as { code?: unknown; message?: unknown }
  if (REFUSALS.has(code)) return describeFault(new federationErrors.MessageRefused())
  if (typeof code === 'string' && code.startsWith('YX_') && typeof message === 'string') {
    return { code, text: message.slice(0, 2000) }
  }
  const name = fault instanceof Error ? fault.name : 'fault'
  return { code: 'YX_FEDERATION_PARTY_FAILED', text: `internal error (${name}); see the log of that party` }
}

/** Refuses a message that has no place now. */
export function unexpected(message: AnyMessage, why: string): never {
  throw new federationErrors.MessageUnexpected(message.type, message.from, why)
}
