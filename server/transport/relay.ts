/**
 * The platform's one port for all members: takes signed envelopes, hands out what waits for a member by long poll, and
 * knows who is there. It relays what members send each other and sees sizes only. It keeps nothing on disk: an envelope for
 * the platform is answered for when it is durable there, and one for a member is kept until that member says so.
 */
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import {
  federationErrors,
  type Membership,
  PLATFORM,
  PROTOCOL_VERSION,
  verifyRoute,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import * as limits from './limits.ts'
import { assertCertificate } from './peer-certificate.ts'
import { PresenceBook } from './presence.ts'
import { Queues, type WaitingLimits } from './queues.ts'
import { type PartClaim, type PollClaim, verifiedPart, verifiedPoll } from './signed-request.ts'
import { Uploads } from './uploads.ts'

export interface RelayOptions {
  /** Random name of the platform's process lifetime, the same as its node's. */
  readonly session: string
  /** After this silence a run gives a member up; polls are answered often enough to notice it. */
  readonly silenceMs?: number
  readonly uploadingBytes?: { readonly member: number; readonly all: number }
  readonly waitingBytes?: WaitingLimits
}

/** Refusals that the platform's log names: passing ones mend themselves. */
const FOR_OPERATORS: ReadonlySet<string> = new Set(
  [
    serverErrors.PollRefused,
    serverErrors.VersionDiffers,
    serverErrors.CertificateMissing,
    serverErrors.CertificateForeign,
    serverErrors.CertificateExpired,
    serverErrors.CertificateOther,
    serverErrors.CertificateReplaced,
    serverErrors.SessionReplaced,
    serverErrors.PartMisplaced,
    serverErrors.QueueFull,
    serverErrors.UploadsFull,
  ].map((Refusal) => new Refusal().code),
)
const MENTION_MS = 60_000
const MOST_MENTIONED = 256

/** What is known of a request before its body is read. */
const claims = new WeakMap<FastifyRequest, PartClaim | PollClaim>()

export class Relay {
  readonly session: string
  #membership: Membership
  #queues: Queues
  #presence: PresenceBook
  #uploads: Uploads
  #now: () => number
  #pollMs: number
  /** Called for every envelope addressed to the platform itself; its sender is answered when the promise is kept. */
  onEnvelope: (envelope: Uint8Array) => Promise<void> | void = () => {}
  /** Called with sender, receiver and size of everything that passes, once. */
  onTraffic: (from: string, to: string, bytes: number) => void = () => {}
  /** Called with refusals that an operator must mend; each once a minute. */
  onRefusal: (fault: FastifyError) => void = () => {}
  #mentioned = new Map<string, number>()

  constructor(membership: Membership, now: () => number, options: RelayOptions) {
    this.#membership = membership
    this.#now = now
    this.session = options.session
    this.#presence = new PresenceBook(now)
    this.#uploads = new Uploads(
      membership.suite.hash,
      options.uploadingBytes ?? limits.MOST_UPLOADING_BYTES,
      now,
    )
    this.#queues = new Queues(options.waitingBytes ?? limits.MOST_WAITING_BYTES, (name) =>
      membership.knows(name),
    )
    // A stopped process keeps its connection: only a poll that it does not repeat gives it away.
    this.#pollMs = Math.min(limits.MOST_POLL_MS, (options.silenceMs ?? Number.POSITIVE_INFINITY) / 3)
  }

  /** The platform's own way to a member. */
  async send(to: string, envelope: Uint8Array): Promise<void> {
    this.onTraffic(PLATFORM, to, envelope.length)
    this.#queues.push(PLATFORM, to, envelope, this.#membership.suite.hash(envelope))
  }

  /** What members do not have for good yet. */
  untaken(): { to: string; envelope: Uint8Array }[] {
    return this.#queues.waiting
  }

  /** Members of the list that have had no open poll for longer than `milliseconds`. */
  silent(members: readonly string[], milliseconds: number): string[] {
    return this.#presence.silent(members, milliseconds)
  }

  /** Takes a whole envelope for its receiver. @throws MessageRefused, QueueFull, NotYetTaken */
  async #take(claim: PartClaim, envelope: Uint8Array, hash: Uint8Array): Promise<void> {
    this.#assertRoute(claim, envelope)
    if (claim.to === PLATFORM) {
      await Promise.resolve(this.onEnvelope(envelope)).catch(() => {
        throw new serverErrors.NotYetTaken()
      })
    } else this.#queues.add(claim.member, claim.to, envelope, hash)
    this.onTraffic(claim.member, claim.to, envelope.length)
  }

  /** Whoever posts hears one refusal, whatever was wrong. @throws MessageRefused */
  #assertRoute(claim: PartClaim, envelope: Uint8Array): void {
    try {
      const { from, to } = verifyRoute(this.#membership, envelope)
      if (from === claim.member && to === claim.to) return
    } catch (fault) {
      if (!(fault instanceof federationErrors.EnvelopeRefused)) throw fault
    }
    throw new federationErrors.MessageRefused()
  }

  #mention(fault: FastifyError): void {
    const about = fault.message
    if (!FOR_OPERATORS.has(fault.code) || this.#now() - (this.#mentioned.get(about) ?? 0) < MENTION_MS) return
    // Whoever comes from outside must not fill the memory with what it calls itself.
    if (this.#mentioned.size >= MOST_MENTIONED) this.#mentioned.clear()
    this.#mentioned.set(about, this.#now())
    this.onRefusal(fault)
  }

  /** Everything that can be refused before a body is read. @throws what a named error of the relay says */
  #admit(
    request: FastifyRequest,
    reply: FastifyReply,
    verified: typeof verifiedPart | typeof verifiedPoll,
  ): void {
    reply.header(limits.SESSION_HEADER, this.session)
    reply.header(limits.MEMBERS_HEADER, String(this.#membership.newestVersion))
    reply.header(limits.TIME_HEADER, String(this.#now()))
    reply.header(limits.PROTOCOL_HEADER, String(PROTOCOL_VERSION))
    const version = request.headers[limits.PROTOCOL_HEADER]
    if (version !== String(PROTOCOL_VERSION))
      throw new serverErrors.VersionDiffers(
        /^\d{1,9}$/.test(String(version)) ? version : 'none',
        PROTOCOL_VERSION,
      )
    const claim = verified(this.#membership, request.query, (member) =>
      assertCertificate(request.raw.socket, this.#membership, member, this.#now()),
    )
    if (!claim || Math.abs(this.#now() - claim.time) > limits.CLOCK_TOLERANCE)
      throw new serverErrors.PollRefused(claim?.member ?? 'a member')
    const found = this.#presence.admit(claim.member, claim.session, claim.time)
    if (found === 'repeated') throw new serverErrors.RequestRepeated()
    if (found === 'replaced') throw new serverErrors.SessionReplaced(claim.member)
    claims.set(request, claim)
  }

  async #part(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const claim = claims.get(request) as PartClaim
    // The member numbers its envelopes anew for a platform that started anew.
    if (claim.platform !== this.session) throw new serverErrors.PlatformRestarted()
    if (!this.#membership.knows(claim.to)) throw new federationErrors.MessageRefused()
    if (!Buffer.isBuffer(request.body)) throw new serverErrors.PartDamaged()
    const late = new AbortController()
    const tooLate = sleep(limits.MOST_TAKING_MS, undefined, { signal: late.signal }).then(() => {
      throw new serverErrors.NotYetTaken()
    })
    tooLate.catch(() => {})
    try {
      const take = (envelope: Uint8Array, hash: Uint8Array) => this.#take(claim, envelope, hash)
      const missing = await Promise.race([this.#uploads.add(claim, request.body, take), tooLate])
      return reply.code(202).send({ missing })
    } finally {
      late.abort()
    }
  }

  async #poll(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { member, platform, after, from, most, wait } = claims.get(request) as PollClaim
    const queue = this.#queues.of(member)
    const answer = (position: number, chunks: Uint8Array[], hash: Uint8Array) =>
      reply
        .headers({
          [limits.FROM_HEADER]: String(position),
          [limits.END_HEADER]: String(queue.end),
          [limits.HASH_HEADER]: Buffer.from(hash).toString('hex'),
          'content-length': String(chunks.reduce((sum, { length }) => sum + length, 0)),
        })
        .type('application/octet-stream')
        .send(Readable.from(chunks, { objectMode: false }))
    const { hash } = this.#membership.suite
    if (platform === this.session) queue.acknowledge(after)
    // A member that does not know where its queue begins is told.
    if (platform !== this.session || from < queue.first || from > queue.end)
      return answer(queue.first, [], hash())
    if (most > 0) {
      const gone = new AbortController()
      const over = this.#presence.polling(member)
      reply.raw.once('close', () => {
        over()
        gone.abort()
      })
      await queue.wait(from, Math.min(wait, this.#pollMs), gone.signal)
    }
    // Anew: a list that came while the poll stood open is announced with what needs it.
    reply.header(limits.MEMBERS_HEADER, String(this.#membership.newestVersion))
    reply.raw.setTimeout(limits.STALLED_MS, () => reply.raw.destroy())
    const chunks = queue.slice(from, Math.min(most, limits.PART_BYTES))
    return answer(from, chunks, hash(...chunks))
  }

  register(app: FastifyInstance): void {
    app.register(async (federation) => {
      federation.addContentTypeParser(
        'application/octet-stream',
        { parseAs: 'buffer', bodyLimit: limits.PART_BYTES },
        (_request, body, done) => done(null, body),
      )
      const hidden = { schema: { hide: true } as FastifySchema, config: { rateLimit: false as const } }
      federation.addHook('onError', async (_request, reply, fault) => {
        this.#mention(fault)
        reply.header(limits.CODE_HEADER, fault.code)
        if (fault.statusCode === 503) reply.header('retry-after', '1')
      })
      federation.post(
        '/federation/parts',
        {
          ...hidden,
          bodyLimit: limits.PART_BYTES,
          onRequest: async (request, reply) => this.#admit(request, reply, verifiedPart),
        },
        (request, reply) => this.#part(request, reply),
      )
      federation.get(
        '/federation/poll',
        {
          ...hidden,
          onRequest: async (request, reply) => this.#admit(request, reply, verifiedPoll),
        },
        (request, reply) => this.#poll(request, reply),
      )
    })
  }
}
