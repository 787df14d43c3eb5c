/**
 * The platform's one port for all members: takes signed envelopes, hands out what waits for a member by long poll, and
 * knows who is there. It relays what members send each other and sees sizes only.
 */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { federationErrors, type Membership, PLATFORM, verifyRoute } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { encodeFrames } from './poll-frame.ts'
import { CLOCK_TOLERANCE, type PollClaim, verifyPoll } from './poll-signature.ts'
import { OutboundQueue } from './queue.ts'

/** How long a poll stays open without news. */
const POLL_MS = 2_000
/** A member that takes nothing of an answer for this long is cut off. */
const STALLED_MS = 5_000
const MOST_ENVELOPE_BYTES = 512 * 1024 * 1024

interface Presence {
  session: string
  time: number
  /** Open polls; a member with none has a while to come back. */
  open: number
  goneSince: number
}

export class Relay {
  #membership: Membership
  #queues = new Map<string, OutboundQueue>()
  #presence = new Map<string, Presence>()
  #now: () => number
  /** Highest counter taken, by sender, receiver and session. */
  #counters = new Map<string, number>()
  /** Called for every envelope addressed to the platform itself. */
  onEnvelope: (envelope: Uint8Array) => void = () => {}
  /** Called with sender, receiver and size of everything that passes. */
  onTraffic: (from: string, to: string, bytes: number) => void = () => {}

  constructor(membership: Membership, now: () => number) {
    this.#membership = membership
    this.#now = now
  }

  /** The platform's own way to a member. */
  async send(to: string, envelope: Uint8Array): Promise<void> {
    this.onTraffic(PLATFORM, to, envelope.length)
    this.#queue(to).push(envelope)
  }

  /** Members of the list that have had no open poll for longer than `milliseconds`. */
  silent(members: readonly string[], milliseconds: number): string[] {
    return members.filter((member) => {
      const presence = this.#presence.get(member)
      return !presence || (presence.open === 0 && this.#now() - presence.goneSince > milliseconds)
    })
  }

  /** True the first time that a sender's counter is reached. */
  #isNew(stream: string, counter: number): boolean {
    if (counter <= (this.#counters.get(stream) ?? 0)) return false
    this.#counters.set(stream, counter)
    return true
  }

  /** Whoever posts hears one refusal, whatever was wrong. @throws MessageRefused */
  #route(envelope: Uint8Array): ReturnType<typeof verifyRoute> {
    try {
      return verifyRoute(this.#membership, envelope)
    } catch (fault) {
      throw fault instanceof federationErrors.EnvelopeRefused ? new federationErrors.MessageRefused() : fault
    }
  }

  #queue(member: string): OutboundQueue {
    let queue = this.#queues.get(member)
    if (!queue) {
      queue = new OutboundQueue()
      this.#queues.set(member, queue)
    }
    return queue
  }

  /** Checks a poll's claim and notes the member's presence. */
  #admit(claim: PollClaim, signature: string): Presence {
    const fresh = Math.abs(this.#now() - claim.time) <= CLOCK_TOLERANCE
    if (!fresh || !verifyPoll(this.#membership, claim, signature))
      throw new serverErrors.PollRefused(claim.member)
    let presence = this.#presence.get(claim.member)
    if (presence && presence.session === claim.session) {
      if (claim.time <= presence.time) throw new serverErrors.PollRefused(claim.member)
      presence.time = claim.time
    } else {
      // A recorded poll of a former session is older than what was seen since.
      if (presence && claim.time <= presence.time) throw new serverErrors.PollRefused(claim.member)
      if (presence) this.#queue(claim.member).clear()
      presence = { session: claim.session, time: claim.time, open: 0, goneSince: this.#now() }
      this.#presence.set(claim.member, presence)
    }
    return presence
  }

  register(app: FastifyInstance): void {
    app.addContentTypeParser(
      'application/octet-stream',
      { parseAs: 'buffer', bodyLimit: MOST_ENVELOPE_BYTES },
      (_request, body, done) => done(null, body),
    )
    const hidden = { schema: { hide: true } as FastifySchema, config: { rateLimit: false as const } }
    app.post(
      '/federation/envelopes',
      { ...hidden, bodyLimit: MOST_ENVELOPE_BYTES },
      async (request, reply) => {
        const envelope = request.body
        if (!Buffer.isBuffer(envelope)) throw new serverErrors.RequestUnreadable()
        const { from, to, session, counter } = this.#route(envelope)
        // A post whose answer was lost comes again; one copy is enough.
        if (!this.#isNew(`${from}\n${to}\n${session}`, counter)) return reply.code(202).send()
        this.onTraffic(from, to, envelope.length)
        if (to === PLATFORM) this.onEnvelope(envelope)
        else this.#queue(to).push(envelope)
        return reply.code(202).send()
      },
    )
    app.get<{ Querystring: Record<string, string> }>('/federation/poll', hidden, async (request, reply) => {
      const { member, session, time, after, signature } = request.query
      const claim = { member, session, time: Number(time), after: Number(after) }
      const presence = this.#admit(claim, signature ?? '')
      const queue = this.#queue(member)
      queue.acknowledge(claim.after)
      const gone = new AbortController()
      presence.open++
      reply.raw.once('close', () => {
        presence.open--
        presence.goneSince = this.#now()
        gone.abort()
      })
      await queue.wait(POLL_MS, gone.signal)
      reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy())
      return reply
        .type('application/octet-stream')
        .send(Readable.from(encodeFrames(queue.head()), { objectMode: false }))
    })
  }
}
