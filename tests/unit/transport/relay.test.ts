/** The relay's routes as they are spoken to without a client. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EnvelopeReader, KEY_HOLDER, PLATFORM, PROTOCOL_VERSION } from '../../../federation/index.ts'
import { FrameReader } from '../../../server/transport/frame-reader.ts'
import { CLOCK_TOLERANCE } from '../../../server/transport/limits.ts'
import { impostorOf, type LiveRelay, liveRelay, membershipOf, until, writerOf } from './consortium.ts'
import { type PollAbout, partsOf, pollPath, postPart, SPOKEN } from './raw-requests.ts'

let live: LiveRelay
beforeEach(async () => {
  live = await liveRelay()
})
afterEach(() => live.close())

const poll = (about: PollAbout = {}) =>
  live.app.inject({ method: 'GET', url: pollPath(live, about), headers: SPOKEN })
let posted = 0
const post = async (from: string, to: string, envelope: Uint8Array, change: object = {}) => {
  const [part] = partsOf(live, { from, to, number: 1, session: `${from}-${++posted}`, envelope })
  live.clock.time++
  return postPart(live, part, change)
}
/** Envelopes of an answer that begins at a frame. */
const envelopes = (answer: { rawPayload: Buffer; headers: Record<string, unknown> }): Uint8Array[] => {
  const from = Number(answer.headers['yinxin-from'])
  const reader = new FrameReader(membershipOf('water').suite.hash, from)
  const bytes = new Uint8Array(answer.rawPayload)
  return bytes.length === 0 ? [] : reader.take(from, bytes).map(({ envelope }) => Uint8Array.from(envelope))
}

describe('a poll', () => {
  it('brings what waits, again until it is acknowledged', async () => {
    const write = writerOf('tax')
    const sent = [1, 2].map((byte) => write('water', Uint8Array.of(byte)))
    for (const envelope of sent) expect((await post('tax', 'water', envelope)).statusCode).toBe(202)
    const first = await poll()
    expect(envelopes(first)).toEqual(sent)
    expect(envelopes(await poll())).toEqual(sent)
    const after = 36 + sent[0].length
    expect(envelopes(await poll({ after, from: after }))).toEqual([sent[1]])
    // What was acknowledged is gone; a member that asks for it is told where its queue begins.
    const late = await poll({ after, from: 0 })
    expect(late.headers['yinxin-from']).toBe(String(after))
    expect(late.rawPayload.length).toBe(0)
  })

  it('is refused when its signature is of another party or for another claim, and takes nothing away', async () => {
    const envelope = writerOf('tax')('water', Uint8Array.of(1))
    await post('tax', 'water', envelope)
    const refused: PollAbout[] = [
      { signer: membershipOf('tax') },
      { signer: impostorOf('water') },
      { forged: { signature: '' } },
      { forged: { after: '200' } },
      { forged: { session: 's2' } },
      { forged: { time: '5' } },
      { forged: { time: 'soon' } },
      { forged: { member: 'tax' } },
      { forged: { member: 'nobody' } },
    ]
    for (const about of refused) {
      const answer = await poll(about)
      expect(answer.statusCode, JSON.stringify(about.forged)).toBe(401)
      expect(answer.json().code).toBe('YX_SERVER_POLL_REFUSED')
    }
    expect(envelopes(await poll())).toEqual([envelope])
  })

  it('is refused when it was sent before', async () => {
    await post('tax', 'water', writerOf('tax')('water', Uint8Array.of(1)))
    const { time } = live.clock
    const statusOf = async (at: number) => (await poll({ time: at })).statusCode
    expect(await statusOf(time)).toBe(200)
    expect(await statusOf(time)).toBe(409)
    // Requests overtake each other on several connections, but each counts once.
    expect(await statusOf(time + 2)).toBe(200)
    expect(await statusOf(time + 1)).toBe(200)
    expect(await statusOf(time + 1)).toBe(409)
    for (let later = 3; later < 100; later++) expect(await statusOf(time + later)).toBe(200)
    expect(await statusOf(time - 1)).toBe(409)
  })

  it('is refused when it was sent before, from a session that has ended since', async () => {
    await post('tax', 'water', writerOf('tax')('water', Uint8Array.of(1)))
    const { time } = live.clock
    const recorded = pollPath(live, { session: 's1', time })
    const again = () => live.app.inject({ method: 'GET', url: recorded, headers: SPOKEN })
    expect((await again()).statusCode).toBe(200)
    expect((await poll({ session: 's2', time: time + 1 })).statusCode).toBe(200)
    expect((await again()).json().code).toBe('YX_SERVER_SESSION_REPLACED')
  })

  it('of a process is refused, by name, once a later process speaks for its member', async () => {
    const { time } = live.clock
    const refused: string[] = []
    live.relay.onRefusal = ({ message }) => void refused.push(message)
    expect((await poll({ session: 's1', time })).statusCode).toBe(200)
    expect((await poll({ session: 's2', time: time + 1 })).statusCode).toBe(200)
    const late = await poll({ session: 's1', time: time + 2 })
    expect([late.statusCode, late.headers['yinxin-code']]).toEqual([409, 'YX_SERVER_SESSION_REPLACED'])
    expect(refused).toEqual([expect.stringContaining('A later process speaks for water')])
    expect((await poll({ session: 's2', time: time + 3 })).statusCode).toBe(200)
  })

  it('is refused when its time lies too far from the platform clock, either way', async () => {
    await post('tax', 'water', writerOf('tax')('water', Uint8Array.of(1)))
    const { time } = live.clock
    expect((await poll({ time: time - CLOCK_TOLERANCE - 1 })).statusCode).toBe(401)
    expect((await poll({ time: time + CLOCK_TOLERANCE + 1 })).statusCode).toBe(401)
    expect((await poll({ time: time - CLOCK_TOLERANCE })).statusCode).toBe(200)
    const answer = await poll({ time: time + CLOCK_TOLERANCE })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['yinxin-time']).toBe(String(time))
  })

  it('of a member that starts anew brings what its former life had not acknowledged', async () => {
    const write = writerOf('tax')
    const sent = [1, 2].map((byte) => write('water', Uint8Array.of(byte)))
    for (const envelope of sent) await post('tax', 'water', envelope)
    const after = 36 + sent[0].length
    await poll({ session: 's1', time: live.clock.time, after, from: after })
    live.clock.time += 1000
    const [reborn] = [await poll({ session: 's2', platform: '' })]
    expect(reborn.headers['yinxin-session']).toBe('platform-1')
    const from = Number(reborn.headers['yinxin-from'])
    expect(envelopes(await poll({ session: 's2', after: from, from }))).toEqual([sent[1]])
  })

  it('of another version of the protocol, or of none, is refused with both versions', async () => {
    for (const [version, said] of [
      ['999', '999'],
      ['<script>', 'none'],
      [undefined, 'none'],
    ] as const) {
      const headers = version === undefined ? {} : { 'yinxin-protocol': version }
      const answer = await live.app.inject({ method: 'GET', url: pollPath(live), headers })
      expect(answer.statusCode).toBe(426)
      expect(answer.json().code).toBe('YX_SERVER_VERSION_DIFFERS')
      expect(answer.json().message).toContain(
        `version ${said} of the protocol and the platform version ${PROTOCOL_VERSION}`,
      )
    }
  })
})

describe('an envelope', () => {
  it('is passed on byte for byte, with who sends how much to whom', async () => {
    const passed: [string, string, number][] = []
    live.relay.onTraffic = (from, to, bytes) => void passed.push([from, to, bytes])
    const envelope = writerOf('tax')('water', Uint8Array.of(1, 2, 3))
    await post('tax', 'water', envelope)
    expect(envelopes(await poll())).toEqual([envelope])
    expect(passed).toEqual([['tax', 'water', envelope.length]])
  })

  it('is refused by the relay when any byte of it was changed', async () => {
    const envelope = writerOf('tax')('water', Uint8Array.of(1, 2, 3))
    let queued = 0
    live.relay.onTraffic = () => queued++
    const answers = new Set<string>()
    const refused = async (bytes: Uint8Array, what: string) => {
      const answer = await post('tax', 'water', bytes)
      expect(answer.statusCode, what).toBe(400)
      answers.add(`${answer.json().code} ${answer.json().message}`)
    }
    for (let at = 0; at < envelope.length; at++) {
      const changed = envelope.slice()
      changed[at] ^= 1
      await refused(changed, `byte ${at}`)
    }
    for (const cut of [3, 60, envelope.length - 1]) {
      await refused(envelope.subarray(0, cut), `cut at ${cut}`)
    }
    expect([...answers]).toEqual([expect.stringMatching(/^YX_FEDERATION_MESSAGE_REFUSED /)])
    expect(queued).toBe(0)
    expect((await post('tax', 'water', envelope)).statusCode).toBe(202)
  })

  it('to the platform goes to the platform, and into no queue', async () => {
    const seen: Uint8Array[] = []
    live.relay.onEnvelope = (envelope) => void seen.push(Uint8Array.from(envelope))
    const envelope = writerOf('water')(PLATFORM, Uint8Array.of(9))
    await post('water', PLATFORM, envelope)
    expect(seen).toEqual([envelope])
  })

  it('between members says nothing to the relay but its header', async () => {
    const text = 'a total that nobody but the key holder may read'
    const secret = new TextEncoder().encode(text)
    const envelope = Buffer.from(writerOf('water', 'w')(KEY_HOLDER, secret))
    const header = envelope.subarray(4, 4 + envelope.readUInt32LE(0))
    const { counter, session, run } = JSON.parse(header.toString('utf8')) as Record<string, string>
    const sealed = envelope.subarray(4 + header.length + 64)
    const nonce = Buffer.alloc(12)
    nonce.writeBigUInt64LE(BigInt(counter), 4)
    const openWith = (holder: string, other: string): Uint8Array => {
      const membership = membershipOf(holder)
      const pair = membership.pairSecret(other, `envelope water ${session}`)
      const key = membership.suite.derive(pair, `yinxin stream of run ${run}`)
      return membership.suite.open(key, nonce, sealed, header)
    }
    expect(envelope.includes(text)).toBe(false)
    // The receiver's keys open it, so that the refusals below are refusals of the key.
    expect(Buffer.from(openWith(KEY_HOLDER, 'water')).includes(text)).toBe(true)
    for (const other of ['water', KEY_HOLDER, 'tax']) {
      expect(() => openWith(PLATFORM, other)).toThrow(
        expect.objectContaining({ code: 'YX_ENGINE_SEAL_REFUSED' }),
      )
    }
    expect(() => new EnvelopeReader(membershipOf(PLATFORM)).read(envelope)).toThrow(/meant for somebody else/)
  })
})

describe('a member', () => {
  const LIMIT = 6000

  it('that was never there counts as silent, one with an open poll never', async () => {
    expect(live.relay.silent(['water', 'tax'], LIMIT)).toEqual(['water', 'tax'])
    const open = poll()
    await until(() => live.relay.silent(['water'], -1).length === 0)
    live.clock.time += 100 * LIMIT
    expect(live.relay.silent(['water', 'tax'], LIMIT)).toEqual(['tax'])
    await post('tax', 'water', writerOf('tax')('water', Uint8Array.of(1)))
    await open
  })

  it('that vanishes is reported after the time and not before', async () => {
    const client = live.client('water', 's1')
    const listening = client.listen(() => {})
    await until(() => live.relay.silent(['water'], -1).length === 0)
    await client.close()
    await listening
    await until(() => live.relay.silent(['water'], -1).length === 1)
    live.clock.time += LIMIT
    expect(live.relay.silent(['water'], LIMIT)).toEqual([])
    live.clock.time += 1
    expect(live.relay.silent(['water'], LIMIT)).toEqual(['water'])
  })
})
