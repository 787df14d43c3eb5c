/**
 * A member's side of its queue: polls ahead of what it has made durable, several at once where more is known to wait, puts
 * envelopes together and acknowledges them when their receiver has them for good.
 */
import { serverErrors } from '../errors.ts'
import type { Answer, Connection } from './connection.ts'
import { FrameReader } from './frame-reader.ts'
import * as limits from './limits.ts'
import type { Speaker } from './outbox.ts'
import { signedPoll } from './signed-request.ts'

/** A gateway that cuts polls is told from a platform that went away by how long they had been open. */
const LEAST_WAIT_MS = 100
/** An acknowledgement waits so long for a poll to travel with. */
const ACKNOWLEDGE_MS = 100

/** The queue as it is read in one session of the platform. */
interface Stream {
  readonly platform: string
  readonly reader: FrameReader
  /** Position of the first byte that nobody asked for yet. */
  next: number
  /** Position behind the last byte that is known to wait. */
  end: number
  /** Requests on their way, and what one of them waits for: the bytes at `next`, or only to hear that there are more. */
  open: number
  waiting: 'nothing' | 'bytes' | 'more'
  /** Durable here up to this position, and the position that the platform was told. */
  durable: number
  told: number
}

type Receive = (envelope: Uint8Array) => Promise<void> | void

export class Inbox {
  #connection: Connection
  #speaker: Speaker
  #stream: Stream
  #receive: Receive = () => {}
  #failed = Promise.withResolvers<never>()
  #durable: Promise<void> = Promise.resolve()
  /** Bytes that were handed on and are not durable yet. */
  #handed = 0
  #waitMs = limits.MOST_POLL_MS
  #telling: NodeJS.Timeout | undefined
  #over = false

  constructor(connection: Connection, speaker: Speaker) {
    this.#connection = connection
    this.#speaker = speaker
    this.#stream = this.#join('', 0, 0)
  }

  /** Hands every envelope on, in order, until the connection is closed. @throws what Connection.ask and `receive` throw */
  async listen(receive: Receive): Promise<void> {
    this.#receive = receive
    const { closed } = this.#connection
    const end = new Promise<void>((resolve) => {
      if (closed.aborted) resolve()
      else closed.addEventListener('abort', () => resolve())
    })
    this.#failed.promise.catch(() => {})
    this.#fetch()
    try {
      await Promise.race([end, this.#failed.promise])
    } finally {
      this.#over = true
      clearTimeout(this.#telling)
    }
  }

  #join(platform: string, position: number, end: number): Stream {
    const { hash } = this.#speaker.membership.suite
    return {
      platform,
      reader: new FrameReader(hash, position),
      ...{ next: position, end, open: 0, waiting: 'nothing', durable: position, told: position },
    }
  }

  /** Asks for as much as is known to wait; where nothing is, for news. */
  #fetch(): void {
    const stream = this.#stream
    while (!this.#over && stream.open < limits.PARTS_IN_FLIGHT && stream.waiting !== 'bytes') {
      const known = stream.end - stream.next
      // Far behind with what has come: only news of more, which also says that this member is there.
      const full = this.#handed > 0 && this.#handed + stream.reader.held > limits.MOST_AHEAD_BYTES
      if (known > 0 && !full) {
        const most = Math.min(known, limits.PART_BYTES)
        stream.next += most
        this.#start(stream, stream.next - most, most, 'nothing')
      } else if (stream.waiting === 'nothing') {
        if (full) this.#start(stream, stream.end, 1, 'more')
        else this.#start(stream, stream.next, limits.PART_BYTES, 'bytes')
      } else return
    }
  }

  #start(stream: Stream, from: number, most: number, waits: Stream['waiting']): void {
    stream.open++
    if (waits !== 'nothing') stream.waiting = waits
    this.#piece(stream, from, most, waits)
      .then((piece) => {
        if (this.#over || stream !== this.#stream || waits === 'more') return
        if (piece && piece.length > 0) this.#take(stream, from, piece)
      })
      .catch((fault: unknown) => this.#failed.reject(fault))
      .finally(() => {
        stream.open--
        this.#fetch()
      })
  }

  /** One piece of the stream; null where the platform's queue begins somewhere else than this member thought. */
  #piece(stream: Stream, from: number, most: number, waits: Stream['waiting']): Promise<Uint8Array | null> {
    let asked = most
    let waiting = waits !== 'nothing'
    return this.#connection.ask(
      () => ({ method: 'GET', path: this.#path(stream, from, asked) }),
      async (answer) => {
        const about = readHeaders(answer)
        if (about.session !== stream.platform || about.from !== from) {
          await answer.body.dump()
          if (stream === this.#stream) this.#stream = this.#join(about.session, about.from, about.end)
          return null
        }
        stream.end = Math.max(stream.end, about.end)
        if (waiting) {
          waiting = false
          asked = Math.min(asked, about.end - from)
          stream.waiting = 'nothing'
          if (waits === 'bytes') stream.next += asked
          if (asked === 0) this.#waitMs = Math.min(limits.MOST_POLL_MS, this.#waitMs * 1.05)
          // The next request is on its way before this answer's body is: the link stays full.
          else this.#fetch()
        }
        const bytes = new Uint8Array(await answer.body.arrayBuffer())
        const hash = Buffer.from(this.#speaker.membership.suite.hash(bytes)).toString('hex')
        if (bytes.length !== asked || hash !== about.hash) throw new serverErrors.AnswerDamaged()
        return bytes
      },
      (tookMs) => {
        // Cut while it waited: a gateway on the way has less patience than the platform.
        if (waiting && tookMs > LEAST_WAIT_MS && tookMs < this.#waitMs)
          this.#waitMs = Math.max(LEAST_WAIT_MS, tookMs * 0.8)
      },
    )
  }

  #path(stream: Stream, from: number, most: number): string {
    const { durable: after, platform } = stream
    stream.told = after
    const wait = Math.round(this.#waitMs)
    const claim = { ...this.#speaker.claim(), platform, after, from, most, wait }
    return `/federation/poll?${signedPoll(this.#speaker.membership, claim)}`
  }

  #take(stream: Stream, from: number, piece: Uint8Array): void {
    for (const { envelope, end } of stream.reader.take(from, piece)) {
      this.#handed += envelope.length
      const received = Promise.resolve(this.#receive(envelope))
      this.#durable = Promise.all([this.#durable, received]).then(() => {
        this.#handed -= envelope.length
        stream.durable = end
        this.#tellSoon()
        this.#fetch()
      })
      this.#durable.catch((fault: unknown) => this.#failed.reject(fault))
    }
  }

  /** Acknowledges with a request of its own where no poll takes it along. */
  #tellSoon(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined
      const stream = this.#stream
      if (stream.told >= stream.durable || this.#over) return
      this.#connection
        .ask(
          () => ({ method: 'GET', path: this.#path(stream, stream.next, 0) }),
          async (answer) => void (await answer.body.dump()),
        )
        .catch(() => {})
    }, ACKNOWLEDGE_MS)
  }
}

function readHeaders({ headers }: Answer): { session: string; from: number; end: number; hash: string } {
  const [from, end] = [Number(headers[limits.FROM_HEADER]), Number(headers[limits.END_HEADER])]
  const [session, hash] = [headers[limits.SESSION_HEADER], headers[limits.HASH_HEADER]]
  if (typeof session !== 'string' || typeof hash !== 'string') throw new serverErrors.AnswerDamaged()
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(end) || from < 0 || end < from)
    throw new serverErrors.AnswerDamaged()
  return { session, from, end, hash }
}
