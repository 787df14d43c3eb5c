/**
 * The signed and sealed form in which every message travels: through the platform's relay and between its own modules in
 * tests alike. The header (who, to whom, which run, step and round, counter) is signed and bound as associated data; the
 * body is sealed to the receiver, so the relay sees sizes only.
 *
 * u32 header length | header JSON | 64-byte signature | sealed body
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { Suite } from '../../engine/index.ts'
import { federationErrors } from '../errors.ts'
import type { Membership } from '../members.ts'
import { isNightId } from '../night/night-id.ts'
import type { Life } from '../peer-lives.ts'
import { type Place, Streams } from '../streams.ts'
import { decodeBody, encodeBody } from './codec.ts'
import { exactText, parseExact } from './exact-json.ts'
import type { Body, MessageType } from './schema.ts'

export const PROTOCOL_VERSION = 2
const SIGNATURE_BYTES = 64
const MAX_HEADER = 4096

export interface Header {
  readonly version: number
  readonly consortium: string
  readonly from: string
  readonly to: string
  readonly run: string
  /** Hash of the signed plan, empty before there is one. */
  readonly plan: string
  readonly type: MessageType
  readonly round: number
  /** Sealed steps of the run, as the sender counts them. */
  readonly step: number
  /** Names the sender's process lifetime; together with the counter it makes nonces unique. */
  readonly session: string
  readonly life: number
  /** Place in the stream of this sender, receiver and run. */
  readonly counter: number
  readonly previous: string
}

const Name = Type.String({ maxLength: 128 })
const Whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const headerForm = Compile(
  Type.Object(
    {
      version: Whole,
      consortium: Name,
      from: Name,
      to: Name,
      run: Name,
      plan: Type.String({ maxLength: 64 }),
      type: Name,
      round: Whole,
      step: Whole,
      session: Type.String({ maxLength: 64 }),
      life: Whole,
      counter: Whole,
      previous: Type.String({ maxLength: 64 }),
    },
    { additionalProperties: false },
  ),
)

/** A message as a role sees it. */
export interface Message<M extends MessageType = MessageType> {
  readonly type: M
  readonly from: string
  readonly run: string
  readonly plan: string
  readonly round: number
  readonly step: number
  readonly counter: number
  readonly body: Body<M>
  /** Hash of the body as it was encoded, hex. */
  readonly hash: string
  /** The body as it was encoded; its byte arrays are views of this. */
  readonly bytes: Uint8Array
}

/** A message whose body has the type that its name says. */
export type AnyMessage = { [M in MessageType]: Message<M> }[MessageType]

const nonceOf = (counter: number): Uint8Array => {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setBigUint64(4, BigInt(counter), true)
  return nonce
}

/** What is signed: the header and the hash of the sealed body. */
const signedPart = (membership: Membership, header: Uint8Array, ...sealed: Uint8Array[]): Uint8Array =>
  membership.suite.hash(
    Buffer.from('yinxin envelope 1\n'),
    membership.suite.hash(header),
    membership.suite.hash(...sealed),
  )

/** What a message is about. */
export interface About {
  readonly run: string
  readonly plan: string
  readonly round: number
  readonly step?: number
}

/** A body, encoded once for all its receivers. */
export interface Encoded {
  readonly bytes: Uint8Array
  readonly hash: string
}

/**
 * Streams of a node by run. What belongs to no run is counted for each process lifetime, and so is a night: nobody goes on with
 * one after a restart, and whoever is started in its middle has to say so.
 */
export class StreamBook {
  #suite: Suite
  #streams = new Map<string, Streams>()

  constructor(suite: Suite) {
    this.#suite = suite
  }

  of(run: string, session: string): Streams {
    const outlives = run !== '' && !isNightId(run)
    const key = outlives ? `run ${run}` : `session ${session} ${run}`
    let streams = this.#streams.get(key)
    if (!streams) {
      streams = new Streams(this.#suite, outlives)
      this.#streams.set(key, streams)
    }
    return streams
  }

  /** Begins the streams of a run anew. */
  forget(run: string): void {
    this.#streams.delete(`run ${run}`)
  }
}

/** Makes envelopes for one process lifetime. */
export class EnvelopeWriter {
  readonly #membership: Membership
  readonly #life: Life
  readonly #streams: StreamBook
  /** The body written last: a query of megabytes goes to several providers. */
  #last: { body: object; encoded: Encoded } | undefined

  constructor(membership: Membership, life: Life, streams = new StreamBook(membership.suite)) {
    this.#membership = membership
    this.#life = life
    this.#streams = streams
  }

  /** The next message of a stream. */
  write<M extends MessageType>(to: string, about: About, type: M, body: Body<M>): Uint8Array {
    const encoded = this.encoded(body)
    const link = { type, round: about.round, step: about.step ?? 0, body: encoded.hash }
    const place = this.#streams.of(about.run, this.#life.session).next(to, link)
    return this.writeAt(place, to, about, type, encoded)
  }

  /** A message that has its place already. */
  writeAt(place: Place, to: string, about: About, type: MessageType, { bytes }: Encoded): Uint8Array {
    const { counter, previous } = place
    const { run, plan, round, step = 0 } = about
    const { name, consortium, suite } = this.#membership
    const { session, life } = this.#life
    const header: Header = {
      ...{ version: PROTOCOL_VERSION, consortium, from: name, to },
      ...{ run, plan, type, round, step },
      ...{ session, life, counter, previous },
    }
    const headerBytes = Buffer.from(JSON.stringify(header), 'utf8')
    const key = this.#membership.sealSecret(to, `envelope ${name} ${session}`)
    // A stream has its own key in each life: what is sent again after a restart is never sealed under one nonce twice.
    const sealed = suite.seal(streamKey(suite, key, run), nonceOf(counter), bytes, headerBytes)
    const signature = this.#membership.sign(signedPart(this.#membership, headerBytes, ...sealed))
    // One copy only: bodies are megabytes, and a platform sends many of them.
    const length = Buffer.alloc(4)
    length.writeUInt32LE(headerBytes.length)
    return Buffer.concat([length, headerBytes, signature, ...sealed])
  }

  /** A body as it travels. */
  encoded(body: object): Encoded {
    if (this.#last?.body !== body) {
      const bytes = encodeBody(body)
      const hash = Buffer.from(this.#membership.suite.hash(bytes)).toString('hex')
      this.#last = { body, encoded: { bytes, hash } }
    }
    return this.#last.encoded
  }
}

/** Counters begin anew in every run, so every run of a session has a key of its own. */
const streamKey = (suite: Suite, key: Uint8Array, run: string): Uint8Array =>
  suite.derive(key, `yinxin stream of run ${run}`)

/** The parts of an envelope; nothing of them is proven yet. */
interface Parts {
  readonly header: Header
  readonly headerBytes: Uint8Array
  readonly signature: Uint8Array
  readonly sealed: Uint8Array
}

/** What is wrong with an envelope before its sender is known for certain; names that it claims are not repeated. */
const refuseUnproven = (why: string) => new federationErrors.EnvelopeRefused('an unknown sender', why)

function partsOf(envelope: Uint8Array): Parts {
  if (envelope.length < 4 + SIGNATURE_BYTES) throw refuseUnproven('too short')
  const length = new DataView(envelope.buffer, envelope.byteOffset).getUint32(0, true)
  const signatureAt = 4 + length
  const sealedAt = signatureAt + SIGNATURE_BYTES
  if (length > MAX_HEADER || sealedAt > envelope.length) throw refuseUnproven('header length')
  const headerBytes = envelope.subarray(4, signatureAt)
  let header: unknown
  try {
    header = parseExact(exactText(headerBytes))
  } catch {
    throw refuseUnproven('header')
  }
  if (!headerForm.Check(header)) throw refuseUnproven('header fields')
  return {
    header: header as Header,
    headerBytes,
    signature: envelope.subarray(signatureAt, sealedAt),
    sealed: envelope.subarray(sealedAt),
  }
}

/** What an envelope says of itself, where nothing of it could be proven; undefined where it says nothing. */
export function claimedHeader(envelope: Uint8Array): Header | undefined {
  try {
    return partsOf(envelope).header
  } catch {
    return undefined
  }
}

/** An envelope that the member it names has signed. */
export interface Letter extends Parts {
  /** The key that it was signed with, hex. */
  readonly signKey: string
}

/** The parts of an envelope that the member it names has signed. @throws EnvelopeRefused */
function signedParts(membership: Membership, envelope: Uint8Array): Letter {
  const parts = partsOf(envelope)
  const { header, headerBytes, signature, sealed } = parts
  if (!membership.knows(header.from)) throw refuseUnproven('not in the member list')
  const signed = signedPart(membership, headerBytes, sealed)
  const signKey = membership.signerOf(header.from, signed, signature)
  if (signKey === null) throw refuseUnproven('signature')
  return { ...parts, signKey }
}

/** Opens envelopes addressed to this node; refuses changed, foreign, replayed and reordered ones. */
export class EnvelopeReader {
  readonly #membership: Membership
  readonly #streams: StreamBook

  constructor(membership: Membership, streams = new StreamBook(membership.suite)) {
    this.#membership = membership
    this.#streams = streams
  }

  /** True for a letter that was taken before: it is not handled again, in whatever life it was sent. */
  covers({ header: { from, run, session, counter } }: Letter): boolean {
    return this.#streams.of(run, session).covers(from, counter)
  }

  /** Proves and opens an envelope at once. @throws what {@link prove} and {@link open} do */
  read(envelope: Uint8Array): AnyMessage {
    return this.open(this.prove(envelope))
  }

  /** Proves who wrote an envelope, and that it was meant for this node; nothing is opened yet. @throws EnvelopeRefused */
  prove(envelope: Uint8Array): Letter {
    const letter = signedParts(this.#membership, envelope)
    const { header } = letter
    const { consortium, name } = this.#membership
    const refuse = (why: string) => new federationErrors.EnvelopeRefused(header.from, why)
    if (header.version !== PROTOCOL_VERSION) throw refuse(`protocol version ${header.version}`)
    if (header.consortium !== consortium) throw refuse('another consortium')
    if (header.to !== name) throw refuse('meant for somebody else')
    return letter
  }

  /** @throws SealedEnvelopeRefused, MessageMalformed, MessageReplayed, MessageReordered, MessageEquivocated */
  open({ header, headerBytes, sealed }: Letter): AnyMessage {
    const { suite } = this.#membership
    const { type, from, run, plan, round, step, session, counter, previous } = header
    const bytes = this.#membership.openWith(from, `envelope ${from} ${session}`, (key) =>
      suite.open(streamKey(suite, key, run), nonceOf(counter), sealed, headerBytes),
    )
    const hash = Buffer.from(suite.hash(bytes)).toString('hex')
    const body = decodeBody(type, from, bytes)
    this.#streams.of(run, session).take(from, { counter, previous }, { type, round, step, body: hash })
    return { type, from, run, plan, round, step, counter, body, hash, bytes } as AnyMessage
  }
}

/**
 * Checks that an envelope was signed by the member it names, without opening it: what a relay does before it queues one.
 * @throws EnvelopeRefused
 */
export function verifyRoute(
  membership: Membership,
  envelope: Uint8Array,
): { from: string; to: string; run: string; session: string; counter: number } {
  const { from, to, run, session, counter } = signedParts(membership, envelope).header
  if (!membership.knows(to))
    throw new federationErrors.EnvelopeRefused(from, 'meant for nobody in the member list')
  return { from, to, run, session, counter }
}
