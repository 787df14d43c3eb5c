/** The relay's rules, asked by single requests: who may poll, what may pass, who counts as gone. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EnvelopeReader, KEY_HOLDER, type Membership, PLATFORM } from '../../../federation/index.ts'
import { decodeFrames } from '../../../server/transport/poll-frame.ts'
import { CLOCK_TOLERANCE, signPoll } from '../../../server/transport/poll-signature.ts'
import { impostorOf, type LiveRelay, liveRelay, membershipOf, until, writerOf } from './consortium.ts'

let live: LiveRelay
beforeEach(async () => {
  live = await liveRelay()
})
afterEach(() => live.close())

interface Poll {
  session?: string
  time?: number
  after?: number
  signer?: Membership
  /** Sent in place of what was signed. */
  forged?: Record<string, string>
}

function pollPath({ session = 's1', time = live.clock.time, after = 0, signer, forged }: Poll = {}): string {
  const claim = { member: 'water', session, time, after }
  const signature = signPoll(signer ?? membershipOf('water'), claim)
  const query = { member: 'water', session, time: `${time}`, after: `${after}`, signature, ...forged }
  return `/federation/poll?${new URLSearchParams(query)}`
}

const poll = (about: Poll = {}) => live.app.inject({ method: 'GET', url: pollPath(about) })
const post = (envelope: Uint8Array) =>
  live.app.inject({
    method: 'POST',
    url: '/federation/envelopes',
    headers: { 'content-type': 'application/octet-stream' },
    payload: Buffer.from(envelope),
  })
const sequences = (answer: { rawPayload: Buffer }): number[] =>
  decodeFrames(new Uint8Array(answer.rawPayload)).map(({ sequence }) => sequence)

describe('a poll', () => {
  it('brings what waits, again until it is acknowledged', async () => {
    const write = writerOf('tax')
    for (const byte of [1, 2]) expect((await post(write('water', Uint8Array.of(byte)))).statusCode).toBe(202)
    const { time } = live.clock
    expect(sequences(await poll({ time }))).toEqual([1, 2])
    expect(sequences(await poll({ time: time + 1 }))).toEqual([1, 2])
    expect(sequences(await poll({ time: time + 2, after: 1 }))).toEqual([2])
  })

  it('is refused when its signature is of another party or for another claim, and takes nothing away', async () => {
    await post(writerOf('tax')('water', Uint8Array.of(1)))
    const refused: Poll[] = [
      { signer: membershipOf('tax') },
      { signer: impostorOf('water') },
      { forged: { signature: '' } },
      { forged: { after: '1' } },
      { forged: { session: 's2' } },
      { forged: { time: `${live.clock.time + 1}` } },
      { forged: { time: 'soon' } },
      { forged: { member: 'tax' } },
    ]
    for (const about of refused)
      expect((await poll(about)).statusCode, JSON.stringify(about.forged)).toBe(401)
    expect((await poll({ forged: { member: 'nobody' } })).statusCode).toBe(400)
    expect(sequences(await poll())).toEqual([1])
  })

  it('is refused when it was sent before', async () => {
    await post(writerOf('tax')('water', Uint8Array.of(1)))
    const { time } = live.clock
    expect((await poll({ time })).statusCode).toBe(200)
    expect((await poll({ time })).statusCode).toBe(401)
    expect((await poll({ time: time - 1 })).statusCode).toBe(401)
    expect((await poll({ time: time + 1 })).statusCode).toBe(200)
  })

  it('is refused when it was sent before, from a session that has ended since', async () => {
    await post(writerOf('tax')('water', Uint8Array.of(1)))
    const { time } = live.clock
    const recorded = pollPath({ session: 's1', time })
    expect((await live.app.inject({ method: 'GET', url: recorded })).statusCode).toBe(200)
    const reborn = poll({ session: 's2', time: time + 1 })
    await until(() => live.relay.silent(['water'], -1).length === 0)
    await post(writerOf('tax', 't2')('water', Uint8Array.of(2)))
    expect(sequences(await reborn)).toEqual([2])
    const replay = live.app.inject({ method: 'GET', url: recorded })
    await Promise.race([replay, new Promise((resolve) => setTimeout(resolve, 50))])
    // Ends the replayed poll at once where it was let in.
    await post(writerOf('tax', 't3')('water', Uint8Array.of(3)))
    expect((await replay).statusCode).toBe(401)
    expect(sequences(await poll({ session: 's2', time: time + 2 }))).toEqual([2, 3])
  })

  it('is refused when its time lies too far from the platform clock, either way', async () => {
    await post(writerOf('tax')('water', Uint8Array.of(1)))
    const { time } = live.clock
    expect((await poll({ time: time - CLOCK_TOLERANCE - 1 })).statusCode).toBe(401)
    expect((await poll({ time: time + CLOCK_TOLERANCE + 1 })).statusCode).toBe(401)
    expect((await poll({ time: time - CLOCK_TOLERANCE })).statusCode).toBe(200)
    expect((await poll({ time: time + CLOCK_TOLERANCE })).statusCode).toBe(200)
  })

  it('of a member that starts anew brings nothing that was sealed for its former life', async () => {
    const write = writerOf('tax')
    await post(write('water', Uint8Array.of(1)))
    expect(sequences(await poll({ session: 's1' }))).toEqual([1])
    await post(write('water', Uint8Array.of(2)))
    const reborn = poll({ session: 's2', time: live.clock.time + 1 })
    await until(() => live.relay.silent(['water'], -1).length === 0)
    await post(write('water', Uint8Array.of(3)))
    expect(sequences(await reborn)).toEqual([3])
  })
})

describe('an envelope', () => {
  it('is passed on byte for byte, with who sends how much to whom', async () => {
    const passed: [string, string, number][] = []
    live.relay.onTraffic = (from, to, bytes) => void passed.push([from, to, bytes])
    const envelope = writerOf('tax')('water', Uint8Array.of(1, 2, 3))
    await post(envelope)
    const [frame] = decodeFrames(new Uint8Array((await poll()).rawPayload))
    expect(frame.envelope).toEqual(envelope)
    expect(passed).toEqual([['tax', 'water', envelope.length]])
  })

  it('is refused by the relay when any byte of it was changed', async () => {
    const envelope = writerOf('tax')('water', Uint8Array.of(1, 2, 3))
    let queued = 0
    live.relay.onTraffic = () => queued++
    const answers = new Set<string>()
    const refused = async (bytes: Uint8Array, what: string) => {
      const answer = await post(bytes)
      expect(answer.statusCode, what).toBe(400)
      answers.add(`${answer.json().code} ${answer.json().detail}`)
    }
    for (let at = 0; at < envelope.length; at++) {
      const changed = envelope.slice()
      changed[at] ^= 1
      await refused(changed, `byte ${at}`)
    }
    for (const cut of [0, 3, 60, envelope.length - 1]) {
      await refused(envelope.subarray(0, cut), `cut at ${cut}`)
    }
    expect([...answers]).toEqual([expect.stringMatching(/^YX_FEDERATION_MESSAGE_REFUSED /)])
    expect(queued).toBe(0)
    expect((await post(envelope)).statusCode).toBe(202)
  })

  it('to the platform goes to the platform, and into no queue', async () => {
    const seen: Uint8Array[] = []
    live.relay.onEnvelope = (envelope) => void seen.push(Uint8Array.from(envelope))
    const envelope = writerOf('water')(PLATFORM, Uint8Array.of(9))
    await post(envelope)
    expect(seen).toEqual([envelope])
  })

  it('between members says nothing to the relay but its header', async () => {
    const text = 'a total that nobody but the key holder may read'
    const secret = new TextEncoder().encode(text)
    const envelope = Buffer.from(writerOf('water', 'w')(KEY_HOLDER, secret))
    const header = envelope.subarray(4, 4 + envelope.readUInt32LE(0))
    const { counter, session } = JSON.parse(header.toString('utf8')) as { counter: number; session: string }
    const sealed = envelope.subarray(4 + header.length + 64)
    const nonce = Buffer.alloc(12)
    nonce.writeBigUInt64LE(BigInt(counter), 4)
    const openWith = (holder: string, other: string): Uint8Array => {
      const membership = membershipOf(holder)
      const key = membership.pairSecret(other, `envelope water ${session}`)
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
    await post(writerOf('tax')('water', Uint8Array.of(1)))
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
