/** What a node and the role that it plays know of each other. */
import type { AnyMessage } from './messages/envelope.ts'
import type { MessageType } from './messages/schema.ts'

/** A state machine of the protocol: takes a message, posts messages; the same messages for the same ones. */
export interface Role {
  /** @param envelope the message as it travelled */
  handle(message: AnyMessage, envelope: Uint8Array): Promise<void>
  /** What this role needs to go on from the end of a step: plain values, bytes and vectors. */
  state?(): object
  /** Goes on with a run from such a state. */
  restore?(run: string, state: object): Promise<void>
}

/** A message that is about to leave. */
export interface Outgoing {
  readonly to: string
  readonly type: MessageType
  readonly run: string
  readonly round: number
  readonly body: object
}
