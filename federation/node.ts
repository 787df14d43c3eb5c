/** What every role runs on: envelopes in, envelopes out, one message after another. */
import { federationErrors } from './errors.ts'
import type { Membership } from './members.ts'
import { PLATFORM } from './members.ts'
import { type AnyMessage, EnvelopeReader, EnvelopeWriter } from './messages/envelope.ts'
import type { Body, MessageType } from './messages/schema.ts'
import type { Transport } from './ports.ts'

/** A state machine of the protocol: takes a message, posts messages. */
export interface Role {
  handle(message: AnyMessage): Promise<void>
}

/** The run a node takes part in; stamped on everything it posts. */
export interface RunReference {
  run: string
  plan: string
}

export class Node {
  readonly membership: Membership
  readonly current: RunReference = { run: '', plan: '' }
  /** Called with every fault of handling a message; the platform stops its run with it. */
  onFault: (from: string, fault: unknown) => void = () => {}
  #role: Role | undefined
  #reader: EnvelopeReader
  #writer: EnvelopeWriter
  #transport: Transport
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
      let from = 'an unknown sender'
      try {
        const message = this.#reader.read(envelope)
        from = message.from
        await this.#role?.handle(message)
      } catch (fault) {
        this.onFault(from, fault)
        await this.#report(fault)
      }
    })
    return this.#queue
  }

  /** Sends a message; the order for each receiver is the order of the calls. */
  post<M extends MessageType>(to: string, type: M, body: Body<M>, round = 0): Promise<void> {
    const envelope = this.#writer.write(to, { ...this.current, round }, type, body)
    const sent = (this.#sending.get(to) ?? Promise.resolve()).then(() => this.#transport.send(to, envelope))
    this.#sending.set(
      to,
      sent.catch(() => {}),
    )
    return sent
  }

  /** Tells the platform why this node stops the run. */
  async #report(fault: unknown): Promise<void> {
    if (this.membership.name === PLATFORM) return
    await this.post(PLATFORM, 'run.abort', describeFault(fault)).catch(() => {})
  }
}

/** Code and text of a fault of ours; anything else is reported without its text, which may carry data. */
export function describeFault(fault: unknown): { code: string; text: string } {
  const { code, message } = (fault ?? {}) as { code?: unknown; message?: unknown }
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
