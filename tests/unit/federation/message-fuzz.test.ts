/** Bodies, envelopes and plans as a member of the consortium may forge them: it can sign and seal whatever it likes. */
import fc from 'fast-check'
import type { TSchema } from 'typebox'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createIdentity,
  describeFault,
  EnvelopeReader,
  Membership,
  verifyRoute,
} from '../../../federation/index.ts'
import { decodeBody, encodeBody } from '../../../federation/messages/codec.ts'
import { faultOf, type MessageType, schemas } from '../../../federation/messages/schema.ts'
import { byteChanges, CANARY, changedBytes, changedJson, jsonChanges } from './json-mutations.ts'

const RUNS = process.env.YINXIN_FULL === '1' ? 100_000 : 2000
const SETTINGS = { numRuns: RUNS, seed: 20261124 }
const LONG = { timeout: 600_000 }
const MALFORMED = 'YX_FEDERATION_MESSAGE_MALFORMED'
const REFUSED = 'YX_FEDERATION_ENVELOPE_REFUSED'
const SEAL = 'YX_ENGINE_SEAL_REFUSED'

const objectKeys = Object.getOwnPropertyNames(Object.prototype).length
afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(objectKeys)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

/** The keywords that the schemas use, read anew. */
interface Rule {
  type?: string
  properties?: Record<string, Rule>
  items?: Rule
  anyOf?: Rule[]
  const?: unknown
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  maxItems?: number
}

/** A value that a schema allows. */
function sampleOf(rule: Rule): unknown {
  if (rule.anyOf) return sampleOf(rule.anyOf[0])
  if (rule.const !== undefined) return rule.const
  if (rule.type === 'object') {
    return Object.fromEntries(
      Object.entries(rule.properties ?? {}).map(([key, part]) => [key, sampleOf(part)]),
    )
  }
  if (rule.type === 'array') return [sampleOf(rule.items as Rule), sampleOf(rule.items as Rule)]
  if (rule.type === 'string') {
    const { pattern } = rule
    // Hashes, and a day that may be left out.
    return pattern ? ['a'.repeat(64), ''].find((text) => new RegExp(pattern).test(text)) : 'water'
  }
  if (rule.type === 'integer') return rule.minimum ?? 0
  if (rule.type === 'number') return 0.25
  if (rule.type === 'boolean') return true
  return Uint8Array.of(1, 2, 3)
}

/** Whether a schema allows a value, judged anew. */
function fits(rule: Rule, value: unknown): boolean {
  if (rule.anyOf) return rule.anyOf.some((one) => fits(one, value))
  if (rule.const !== undefined) return value === rule.const
  if (rule.type === undefined) return value instanceof Uint8Array
  if (rule.type === 'object') {
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return false
    const wanted = Object.keys(rule.properties ?? {})
    const record = value as Record<string, unknown>
    const same = Object.keys(record).sort().join('\n') === wanted.sort().join('\n')
    return same && wanted.every((key) => fits((rule.properties as Record<string, Rule>)[key], record[key]))
  }
  if (rule.type === 'array') {
    const short = Array.isArray(value) && value.length <= (rule.maxItems ?? Number.POSITIVE_INFINITY)
    return short && Array.from(value).every((item) => fits(rule.items as Rule, item))
  }
  if (rule.type === 'string') {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern = '' } = rule
    const text = typeof value === 'string' && value.isWellFormed() && new RegExp(pattern).test(value)
    return text && value.length >= minLength && value.length <= maxLength
  }
  if (rule.type === 'boolean') return typeof value === 'boolean'
  const { minimum = -Number.MAX_VALUE, maximum = Number.MAX_VALUE } = rule
  const number = typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)
  return (
    number && value >= minimum && value <= maximum && (rule.type === 'number' || Number.isSafeInteger(value))
  )
}

const types = Object.keys(schemas) as MessageType[]
const ruleOf = (type: MessageType) => schemas[type] as TSchema as Rule
const goods = types.map((type) => ({ type, body: sampleOf(ruleOf(type)) as object }))
const FOREIGN_TYPES: readonly string[] = ['toString', '__proto__', 'constructor', CANARY, '']

/** The text of a body's bytes, and what follows it. */
function dissect(bytes: Uint8Array): { text: string; rest: Uint8Array } {
  const length = Buffer.from(bytes).readUInt32LE(0)
  const text = Buffer.from(bytes.subarray(4, 4 + length)).toString('utf8')
  return { text, rest: bytes.subarray(4 + length) }
}

/** A body whose text and then whose bytes were changed. */
function forgedBody(
  body: object,
  json: Parameters<typeof changedJson>[1],
  bytes: Parameters<typeof changedBytes>[1],
) {
  const { text, rest } = dissect(encodeBody(body))
  const changed = Buffer.from(changedJson(JSON.parse(text), json), 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32LE(changed.length)
  const whole = new Uint8Array(Buffer.concat([length, changed, rest]))
  const count = Buffer.from(rest).readUInt32LE(0)
  const fields = Array.from({ length: 1 + count }, (_, index) => 4 + changed.length + 4 * index)
  return changedBytes(whole, bytes, [0, ...fields])
}

type Decode = (type: MessageType, from: string, bytes: Uint8Array) => unknown

/** What is wrong with how a decoder took some bytes; null for nothing. */
function complaint(
  decode: Decode,
  type: MessageType,
  bytes: Uint8Array,
  outcome: (accepted: boolean) => void,
): string | null {
  let body: unknown
  try {
    body = decode(type, 'water', bytes)
  } catch (fault) {
    outcome(false)
    const { code, message } = fault as { code?: string; message: string }
    if (code !== MALFORMED) return `it threw ${String(fault)}`
    return message.includes(CANARY) || message.length > 400 ? 'the error repeats content' : null
  }
  outcome(true)
  if (!types.includes(type) || !fits(ruleOf(type), body)) return 'the body does not fit its schema'
  return Buffer.compare(encodeBody(body as object), bytes) === 0 ? null : 'the body has a second form'
}

/** Complaints about a decoder over all forged bodies. */
function complaintsAbout(decode: Decode, numRuns: number) {
  const found = new Map<string, number>()
  const count = { accepted: 0, refused: 0 }
  fc.assert(
    fc.property(fc.nat(), fc.nat(), jsonChanges, byteChanges, (which, foreign, json, bytes) => {
      const { type, body } = goods[which % goods.length]
      const other = (foreign % 20 === 0 ? FOREIGN_TYPES[which % FOREIGN_TYPES.length] : type) as MessageType
      const wrong = complaint(decode, other, forgedBody(body, json, bytes), (accepted) => {
        count[accepted ? 'accepted' : 'refused']++
      })
      if (wrong) found.set(wrong, (found.get(wrong) ?? 0) + 1)
    }),
    { ...SETTINGS, numRuns },
  )
  return { found, count }
}

describe('bodies', () => {
  it('are accepted in the one form of their schema, or refused with one error', LONG, () => {
    for (const { type, body } of goods) expect(decodeBody(type, 'water', encodeBody(body))).toEqual(body)
    const { found, count } = complaintsAbout(decodeBody, RUNS)
    expect([...found]).toEqual([])
    expect(count.accepted).toBeGreaterThan(RUNS / 20)
    expect(count.refused).toBeGreaterThan(RUNS / 4)
  })

  /** The same frames, read by somebody who trusts what is in them. */
  const trusting = (type: MessageType, bytes: Uint8Array): unknown => {
    const { text, rest } = dissect(bytes)
    const count = Buffer.from(rest).readUInt32LE(0)
    if (count > 64) throw new RangeError('too many')
    let at = 4 + 4 * count
    const arrays = Array.from({ length: count }, (_, index) => {
      const length = Buffer.from(rest).readUInt32LE(4 + 4 * index)
      at += length
      return rest.slice(at - length, at)
    })
    return (
      JSON.parse(text, (_, value) => (Number.isInteger(value?.$bytes) ? arrays[value.$bytes] : value)) ?? type
    )
  }

  it('control: a decoder without the check of the form, or of the schema, is found out', () => {
    const refusing =
      (decode: Decode): Decode =>
      (type, from, bytes) => {
        try {
          return decode(type, from, bytes)
        } catch {
          return decodeBody('run.kept', from, new Uint8Array(0))
        }
      }
    const withoutForm = refusing((type, _, bytes) => {
      const body = trusting(type, bytes)
      if (faultOf(type, body)) throw new RangeError()
      return body
    })
    expect([...complaintsAbout(withoutForm, 1000).found.keys()]).toContain('the body has a second form')
    const withoutSchema = refusing((type, _, bytes) => trusting(type, bytes))
    expect([...complaintsAbout(withoutSchema, 1000).found.keys()]).toContain(
      'the body does not fit its schema',
    )
    const careless: Decode = (type, _, bytes) => trusting(type, bytes)
    expect(
      [...complaintsAbout(careless, 1000).found.keys()].some((text) => text.startsWith('it threw')),
    ).toBe(true)
  })
})

const made = ['platform', 'keyholder', 'water'].map((name) =>
  createIdentity(name, name === 'water' ? 'provider' : (name as 'platform')),
)
const list = { consortium: 'c', suite: 'international' as const, members: made.map(({ member }) => member) }
const [platform, , water] = made.map(({ identity }) => new Membership(list, identity))
const { suite } = water
const REORDERED = 'YX_FEDERATION_MESSAGE_REORDERED'
const EQUIVOCATED = 'YX_FEDERATION_MESSAGE_EQUIVOCATED'
const HEADER = {
  ...{ version: 2, consortium: 'c', from: 'water', to: 'platform', run: 'r', plan: '' },
  ...{ type: 'round.share', round: 3, step: 4, session: 's', life: 1, counter: 1, previous: '' },
}

/**
 * An envelope around any header text and body bytes, made with the keys of a member.
 * @param spoil changes the sealed body before it is signed
 */
function envelopeOf(
  headerText: string,
  body: Uint8Array,
  signed = true,
  spoil = (sealed: Uint8Array): Uint8Array => sealed,
): Uint8Array {
  const header = Buffer.from(headerText, 'utf8')
  let claimed: Partial<typeof HEADER> = {}
  try {
    claimed = JSON.parse(headerText) ?? {}
  } catch {}
  const nonce = new Uint8Array(12)
  if (Number.isSafeInteger(claimed.counter))
    new DataView(nonce.buffer).setBigUint64(4, BigInt(claimed.counter as number), true)
  // A session too long to derive a key from is refused before its key is asked for.
  const session = typeof claimed.session === 'string' ? claimed.session.slice(0, 64) : ''
  const run = typeof claimed.run === 'string' ? claimed.run.slice(0, 128) : ''
  const key = suite.derive(
    water.pairSecret('platform', `envelope water ${session}`),
    `yinxin stream of run ${run}`,
  )
  const sealed = spoil(Buffer.concat(suite.seal(key, nonce, body, header)))
  const about = suite.hash(Buffer.from('yinxin envelope 1\n'), suite.hash(header), suite.hash(sealed))
  const signature = signed ? water.sign(about) : suite.hash(about, about).slice(0, 64)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const whole = Buffer.alloc(4 + header.length + 64 + sealed.length)
  Buffer.concat([length, header]).copy(whole)
  whole.set(signature, 4 + header.length)
  whole.set(sealed, 4 + header.length + 64)
  return new Uint8Array(whole)
}

describe('envelopes', () => {
  const body = encodeBody({ totals: new Uint8Array(9) })

  it('are read as they were signed, or refused; other parties hear one refusal', LONG, () => {
    expect(new EnvelopeReader(platform).read(envelopeOf(JSON.stringify(HEADER), body)).from).toBe('water')
    const heard = new Set<string>()
    const codes = new Set<string | undefined>()
    let accepted = 0
    fc.assert(
      fc.property(
        jsonChanges,
        jsonChanges,
        byteChanges,
        byteChanges,
        fc.nat(9),
        (header, json, inner, outer, chance) => {
          const content = chance < 5 ? body : forgedBody({ totals: new Uint8Array(9) }, json, inner)
          const text = changedJson(HEADER, chance < 3 ? [] : header)
          const spoil = (sealed: Uint8Array) => changedBytes(sealed, chance === 1 ? inner : [], [0])
          const good = envelopeOf(text, content, chance > 0, spoil)
          const envelope = changedBytes(good, outer, [0])
          try {
            const { to, from } = verifyRoute(platform, envelope)
            expect(platform.knows(to) && platform.knows(from)).toBe(true)
          } catch (fault) {
            const { code, message } = fault as { code?: string; message: string }
            expect(code, String(fault)).toBe(REFUSED)
            expect(message).not.toContain(CANARY)
          }
          try {
            const message = new EnvelopeReader(platform).read(envelope)
            accepted++
            const length = Buffer.from(envelope).readUInt32LE(0)
            const { version, consortium, to, session, life, counter, previous, ...rest } = JSON.parse(
              Buffer.from(envelope.subarray(4, 4 + length)).toString('utf8'),
            )
            expect([
              version,
              consortium,
              to,
              typeof session,
              life >= 0 && counter === 1 && previous === '',
            ]).toEqual([2, 'c', 'platform', 'string', true])
            expect(message).toMatchObject(rest)
            expect(fits(ruleOf(message.type), message.body)).toBe(true)
          } catch (fault) {
            const { code, message } = fault as { code?: string; message: string }
            // A place in the stream that is not the first.
            if (code === REORDERED || code === EQUIVOCATED) return
            expect([MALFORMED, REFUSED, SEAL], String(fault)).toContain(code)
            expect(message).not.toContain(CANARY)
            codes.add(code)
            heard.add(JSON.stringify(describeFault(fault)))
          }
        },
      ),
      SETTINGS,
    )
    expect(accepted).toBeGreaterThan(RUNS / 20)
    expect([...codes].sort()).toEqual([SEAL, REFUSED, MALFORMED].sort())
    expect([...heard].map((text) => JSON.parse(text).code)).toEqual(['YX_FEDERATION_MESSAGE_REFUSED'])
  })
})
