/**
 * The slow links of a benchmark, in a process of its own: one TCP proxy a node, each with so many megabits a second and so many
 * milliseconds one way in either direction. All connections of a node share its link: what is sent waits for what was sent before,
 * then for the wire, then for the distance. A sender that fills the queue is held back, as a router's buffer would do it.
 */
import { connect, createServer, type Socket } from 'node:net'

/** What the parent asks for; answered by {@link FromLinks}. */
export type ToLinks = { open: OpenLink } | { count: true }
export interface OpenLink {
  readonly node: string
  /** Address that is listened on, and where what comes in goes to. */
  readonly listen: string
  readonly target: { readonly host: string; readonly port: number }
  readonly megabits: number
  readonly delayMs: number
}
export type FromLinks =
  | { opened: { node: string; port: number } }
  /** Bytes so far: `up` towards the platform. */
  | { counted: Record<string, { up: number; down: number }> }

/** Pieces are sent one by one, so that connections share the wire and nothing waits for the whole of a large write. */
const PIECE_BYTES = 16 * 1024
/** Longest queue before a sender is held back, in milliseconds of the wire. */
const QUEUE_MS = 100

interface InFlight {
  readonly due: number
  readonly to: Socket
  /** Null for the end of a connection, which must not overtake its data. */
  readonly piece: Buffer | null
}

/** One direction of a link. */
class Direction {
  bytes = 0
  #bytesPerMs: number
  #delayMs: number
  #freeAt = 0
  #flying: InFlight[] = []
  #timer: NodeJS.Timeout | undefined
  #held = new Set<Socket>()

  constructor(megabits: number, delayMs: number) {
    this.#bytesPerMs = (megabits * 1e6) / 8 / 1000
    this.#delayMs = delayMs
  }

  carry(from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES)
        this.#send(to, chunk.subarray(at, at + PIECE_BYTES))
      if (this.#freeAt - performance.now() > QUEUE_MS) {
        from.pause()
        this.#held.add(from)
      }
    })
    from.on('end', () => this.#send(to, null))
    from.on('close', () => this.#held.delete(from))
  }

  #send(to: Socket, piece: Buffer | null): void {
    const length = piece?.length ?? 0
    this.bytes += length
    this.#freeAt = Math.max(this.#freeAt, performance.now()) + length / this.#bytesPerMs
    this.#flying.push({ due: this.#freeAt + this.#delayMs, to, piece })
    this.#timer ??= setTimeout(() => this.#deliver(), this.#delayMs)
  }

  #deliver(): void {
    const now = performance.now()
    let arrived = 0
    while (arrived < this.#flying.length && this.#flying[arrived].due <= now) {
      const { to, piece } = this.#flying[arrived++]
      if (to.destroyed) continue
      if (piece === null) to.end()
      else to.write(piece)
    }
    this.#flying.splice(0, arrived)
    if (this.#freeAt - now <= QUEUE_MS) {
      for (const from of this.#held) from.resume()
      this.#held.clear()
    }
    const [next] = this.#flying
    this.#timer = next && setTimeout(() => this.#deliver(), Math.max(1, next.due - now))
  }
}

const links = new Map<string, { up: Direction; down: Direction }>()

function open({ node, listen, target, megabits, delayMs }: OpenLink): void {
  const link = { up: new Direction(megabits, delayMs), down: new Direction(megabits, delayMs) }
  links.set(node, link)
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true })
    const broken = () => {
      near.destroy()
      far.destroy()
    }
    near.on('error', broken)
    far.on('error', broken)
    link.up.carry(near, far)
    link.down.carry(far, near)
  })
  server.listen(0, listen, () => {
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    process.send?.({ opened: { node, port } } satisfies FromLinks)
  })
}

process.on('message', (message: ToLinks) => {
  if ('open' in message) open(message.open)
  else {
    const counted = Object.fromEntries(
      [...links].map(([node, { up, down }]) => [node, { up: up.bytes, down: down.bytes }]),
    )
    process.send?.({ counted } satisfies FromLinks)
  }
})
process.on('disconnect', () => process.exit(0))
