/** Carries envelopes between nodes of one process: for tests and examples. Bytes only, nothing is shared. */
import type { Node } from './node.ts'
import type { Transport } from './ports.ts'

export class MemoryTransport implements Transport {
  readonly nodes = new Map<string, Node>()
  /** Everything that went over the wire, for attack tests; bytes and their receiver. */
  readonly recorded: { to: string; envelope: Uint8Array }[] = []
  #record: boolean
  #bytes = 0

  constructor(options: { record?: boolean } = {}) {
    this.#record = options.record ?? false
  }

  get bytes(): number {
    return this.#bytes
  }

  join(node: Node): void {
    this.nodes.set(node.membership.name, node)
  }

  async send(to: string, envelope: Uint8Array): Promise<void> {
    this.#bytes += envelope.length
    if (this.#record) this.recorded.push({ to, envelope })
    // Delivered on a later turn, as by a network: a sender never runs inside its receiver's handling.
    setImmediate(() => this.nodes.get(to)?.receive(envelope))
  }
}
