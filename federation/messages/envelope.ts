/**
 * The signed and sealed form in which every message travels: through the platform's relay and between its own modules in
 * tests alike. The header (who, to whom, which run, step and round, counter) is signed and bound as associated data; the
 * body is sealed to the receiver, so the relay sees sizes only.
 *
 * u32 header length | header JSON | 64-byte signature | sealed body
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { federationErrors } from '../errors.ts'
import type { Membership } from '../members.ts'
import { decodeBody, encodeBody } from './codec.ts'
import { exactText, parseExact } from './exact-json.ts'
import type { Body, MessageType } from './schema.ts'

export const PROTOCOL_VERSION = 1
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
  /** Names the sender's process lifetime; together with the counter it makes nonces unique. */
  readonly session: string
  readonly counter: number
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
      session: Type.String({ maxLength: 64 }),
      counter: Whole,
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
  readonly body: Body<M>
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

/** Makes envelopes for one process lifetime; counters rise per receiver. */
export class EnvelopeWriter {
  #membership: Membership
  #session: string
  #counters = new Map<string, number>()
  /** The body written last: a query of megabytes goes to several providers. */
  #last: { body: object; bytes: Uint8Array } | undefined

  constructor(membership: Membership, session: string) {
    this.#membership = membership
    this.#session = session
  }

  write<M extends MessageType>(
    to: string,
    about: { run: string; plan: string; round: number },
    type: M,
    body: Body<M>,
  ): Uint8Array {
    const counter = (this.#counters.get(to) ?? 0) + 1
    this.#counters.set(to, counter)
    const { name, consortium, suite } = this.#membership
    const header: Header = {
      version: PROTOCOL_VERSION,
      consortium,
      from: name,
      to,
      run: about.run,
      plan: about.plan,
      type,
      round: about.round,
      session: this.#session,
      counter,
    }
    const headerBytes = Buffer.from(JSON.stringify(header), 'utf8')
    const key = this.#membership.pairSecret(to, `envelope ${name} ${this.#session}`)
    const sealed = suite.seal(key, nonceOf(counter), this.#encoded(body), headerBytes)
    const signature = this.#membership.sign(signedPart(this.#membership, headerBytes, ...sealed))
    // One copy only: bodies are megabytes, and a platform sends many of them.
    const length = Buffer.alloc(4)
    length.writeUInt32LE(headerBytes.length)
    const envelope = Buffer.concat([length, headerBytes, signature, ...sealed])
    return envelope
  }

  #encoded(body: object): Uint8Array {
    if (this.#last?.body !== body) this.#last = { body, bytes: encodeBody(body) }
    return this.#last.bytes
  }
}

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

/** The parts of an envelope that the member it names has signed. @throws EnvelopeRefused */
function signedParts(membership: Membership, envelope: Uint8Array): Parts {
  const parts = partsOf(envelope)
  const { header, headerBytes, signature, sealed } = parts
  if (!membership.knows(header.from)) throw refuseUnproven('not in the member list')
  const signed = signedPart(membership, headerBytes, sealed)
  if (!membership.verify(header.from, signed, signature)) throw refuseUnproven('signature')
  return parts
}

/** Opens envelopes addressed to this node; refuses changed, foreign, replayed and reordered ones. */
export class EnvelopeReader {
  #membership: Membership
  #seen = new Map<string, number>()

  constructor(membership: Membership) {
    this.#membership = membership
  }

  /** @throws EnvelopeRefused, MessageMalformed */
  read(envelope: Uint8Array): AnyMessage {
    const { header, headerBytes, sealed } = signedParts(this.#membership, envelope)
    const { suite, consortium, name } = this.#membership
    const refuse = (why: string) => new federationErrors.EnvelopeRefused(header.from, why)
    if (header.version !== PROTOCOL_VERSION) throw refuse(`protocol version ${header.version}`)
    if (header.consortium !== consortium) throw refuse('another consortium')
    if (header.to !== name) throw refuse('meant for somebody else')
    const stream = `${header.from}\n${header.session}`
    const last = this.#seen.get(stream) ?? 0
    if (header.counter <= last) throw refuse('replayed or out of order')
    const body = this.#membership.openWith(header.from, `envelope ${header.from} ${header.session}`, (key) =>
      suite.open(key, nonceOf(header.counter), sealed, headerBytes),
    )
    this.#seen.set(stream, header.counter)
    return {
      type: header.type,
      from: header.from,
      run: header.run,
      plan: header.plan,
      round: header.round,
      body: decodeBody(header.type, header.from, body),
      bytes: body,
    } as AnyMessage
  }
}

/**
 * Checks that an envelope was signed by the member it names, without opening it: what a relay does before it queues one.
 * @throws EnvelopeRefused
 */
export function verifyRoute(
  membership: Membership,
  envelope: Uint8Array,
): { from: string; to: string; session: string; counter: number } {
  const { from, to, session, counter } = signedParts(membership, envelope).header
  if (!membership.knows(to))
    throw new federationErrors.EnvelopeRefused(from, 'meant for nobody in the member list')
  return { from, to, session, counter }
}
