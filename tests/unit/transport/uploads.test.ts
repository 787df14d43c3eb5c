/** Envelopes in parts at the relay: what an honest sender may rely on, and what a hostile member gets. */
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PLATFORM } from '../../../federation/index.ts'
import { PART_BYTES, STALE_UPLOAD_MS } from '../../../server/transport/limits.ts'
import { type LiveRelay, liveRelay, membershipOf, until, writerOf } from './consortium.ts'
import { partsOf, postPart, type RawPart, SPOKEN } from './raw-requests.ts'

const BOUNDS = { member: 6_000_000, all: 8_000_000 }
const WAITING = { receiver: 3_000_000, sender: 9_000_000, all: 9_000_000 }

let live: LiveRelay
let taken: Uint8Array[] = []
beforeEach(async () => {
  live = await liveRelay({ relay: { uploadingBytes: BOUNDS, waitingBytes: WAITING } })
  taken = []
  live.relay.onEnvelope = (envelope) => void taken.push(Uint8Array.from(envelope))
})
afterEach(() => live.close())

const envelopeOf = (from: string, bytes: number, to = PLATFORM) =>
  writerOf(from, `${from}${bytes}`)(
    to,
    new Uint8Array(bytes).map((_, at) => (at * 7 + (at >> 10)) & 255),
  )
const upload = (from: string, envelope: Uint8Array, number = 1, to = PLATFORM) =>
  partsOf(live, { from, to, number, session: `${from}-1`, envelope })
const codeOf = async (answer: ReturnType<typeof postPart>): Promise<string> =>
  String((await answer).headers['yinxin-code'] ?? (await answer).statusCode)
const missing = async (part: RawPart): Promise<number | null> => (await postPart(live, part)).json().missing
const hold = (from: string, bytes: number) => postPart(live, upload(from, envelopeOf(from, bytes))[0])

describe('an envelope in parts', () => {
  it('is taken once all parts are there, in whatever order and however often they come', async () => {
    const envelope = envelopeOf('water', 3_500_000)
    const [a, b, c, d] = upload('water', envelope)
    expect(await missing(c)).toBe(0)
    expect(await missing(a)).toBe(1)
    expect(await missing(a)).toBe(1)
    expect(await missing(d)).toBe(1)
    expect(taken).toEqual([])
    expect(await missing(b)).toBeNull()
    expect(await missing(c)).toBeNull()
    expect(taken.map((one) => Buffer.compare(one, envelope))).toEqual([0])
  })

  it('is answered for when the platform has made it durable, and asked again when it could not', async () => {
    const durable = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let asked = 0
    live.relay.onEnvelope = () => durable[asked++].promise
    let answered = false
    const client = live.client('water', 'w-1')
    const sent = client.send(PLATFORM, envelopeOf('water', 100)).then(() => {
      answered = true
    })
    await until(() => asked === 1)
    durable[0].reject(new Error('the disk is full'))
    await until(() => asked === 2)
    expect(answered).toBe(false)
    durable[1].resolve()
    await sent
    expect(asked).toBe(2)
  })

  it('for a member that is away waits at its sender once enough waits for it', async () => {
    const sender = live.client('water', 'w-1')
    const write = writerOf('water')
    const envelopes = [1, 2, 3, 4].map(() => write('tax', new Uint8Array(1_200_000)))
    let sent = 0
    const all = Promise.all(envelopes.map((envelope) => sender.send('tax', envelope).then(() => sent++)))
    await until(() => sent === 2)
    // What is for others is not held up by it.
    await sender.send(PLATFORM, envelopeOf('water', 10))
    expect(sent).toBe(2)
    let got = 0
    const listening = live.client('tax', 't-1').listen(() => void got++)
    await all
    await until(() => got === 4)
    await live.close()
    await listening
  })

  it('that made room for others meanwhile is resumed where something is missing', async () => {
    const [first, second, third] = upload('water', envelopeOf('water', 2_900_000))
    expect(await missing(first)).toBe(1)
    live.clock.time += STALE_UPLOAD_MS + 1
    for (const part of upload('tax', envelopeOf('tax', 5_500_000))) await postPart(live, part)
    expect(taken.length).toBe(1)
    expect(await missing(second)).toBe(0)
    expect(await missing(third)).toBe(0)
    expect(await missing(first)).toBeNull()
  })
})

describe('a hostile member', () => {
  it('cannot touch the upload of another one', async () => {
    const envelope = envelopeOf('water', 1_500_000)
    const [first, second] = upload('water', envelope)
    await postPart(live, first)
    const forged = { claim: second.claim, body: new Uint8Array(second.body.length) }
    expect(await codeOf(postPart(live, forged, {}, membershipOf('tax')))).toBe('YX_SERVER_POLL_REFUSED')
    // Under its own name it has an upload of its own.
    await postPart(live, forged, { member: 'tax' }, membershipOf('tax'))
    // The signature holds for one body only.
    expect(await codeOf(postPart(live, forged))).toBe('YX_SERVER_PART_DAMAGED')
    expect(await missing(second)).toBeNull()
    expect(taken.map((one) => Buffer.compare(one, envelope))).toEqual([0])
  })

  it('gets no part in that overlaps, lies beside the grid or belongs to another envelope', async () => {
    const envelope = envelopeOf('water', 2_500_000)
    const [first, second, third] = upload('water', envelope)
    const [other] = upload('water', envelopeOf('water', 2_400_000))
    await postPart(live, first)
    expect(await codeOf(postPart(live, other))).toBe('YX_SERVER_PART_MISPLACED')
    for (const change of [{ index: 3 }, { number: 2 }, { number: 0, index: 9 }, { total: 0 }])
      expect(await codeOf(postPart(live, second, change)), JSON.stringify(change)).toMatch(/MISPLACED|^202$/)
    expect(await codeOf(postPart(live, { ...second, body: second.body.subarray(1) }))).toMatch(/DAMAGED/)
    expect(await codeOf(postPart(live, third, { index: 1 }))).toMatch(/DAMAGED/)
    // A second version of a part that is there changes nothing.
    const again = other.claim.hash
    expect(await codeOf(postPart(live, { ...first, body: other.body }, { hash: again }))).toBe('202')
    await postPart(live, second)
    expect(await missing(third)).toBeNull()
    expect(taken.map((one) => Buffer.compare(one, envelope))).toEqual([0])
  })

  it('that announces another whole than it sends is refused, and may begin again', async () => {
    const envelope = envelopeOf('water', 1_200_000)
    const [first, second] = upload('water', envelope)
    const lie = { whole: '00'.repeat(32) }
    await postPart(live, first, lie)
    expect(await codeOf(postPart(live, second, lie))).toBe('YX_SERVER_PART_MISPLACED')
    expect(taken).toEqual([])
    await postPart(live, first)
    expect(await missing(second)).toBeNull()
  })

  it('announces what it likes, and takes no memory with it', async () => {
    await live.close()
    live = await liveRelay()
    const held = () => {
      const { arrayBuffers, rss } = process.memoryUsage()
      return Math.max(arrayBuffers, rss)
    }
    const [small] = upload('water', envelopeOf('water', 10))
    const announce = (total: number, to: string) => {
      const index = Math.ceil(total / PART_BYTES) - 1
      const body = new Uint8Array(total - index * PART_BYTES)
      const hash = Buffer.from(membershipOf('water').suite.hash(body)).toString('hex')
      return postPart(live, { claim: { ...small.claim, to, total, index, hash }, body })
    }
    expect(await codeOf(announce(2 ** 40 + 1, PLATFORM))).toBe('YX_SERVER_ENVELOPE_TOO_LARGE')
    const before = held()
    // The last part alone, of one byte.
    expect((await announce(500_000_001, PLATFORM)).json()).toEqual({ missing: 0 })
    expect(await codeOf(announce(500_000_001, 'keyholder'))).toBe('YX_SERVER_UPLOADS_FULL')
    expect(held() - before).toBeLessThan(50_000_000)
    // The control: a relay that made room for what is announced would be seen.
    const room = new Uint8Array(500_000_001).fill(1)
    expect(held() - before).toBeGreaterThan(400_000_000)
    expect(room.length).toBe(500_000_001)
  })

  it('opens one upload a receiver, members only, within its bound and the bound of all', async () => {
    expect(await codeOf(hold('water', 5_000_000))).toBe('202')
    const [elsewhere] = upload('water', envelopeOf('water', 1_500_000, 'tax'), 1, 'tax')
    expect(await codeOf(postPart(live, elsewhere))).toBe('YX_SERVER_UPLOADS_FULL')
    expect((await postPart(live, elsewhere)).headers['retry-after']).toBe('1')
    expect(await codeOf(postPart(live, elsewhere, { to: 'nobody' }))).toBe('YX_FEDERATION_MESSAGE_REFUSED')
    expect(await codeOf(hold('tax', 4_000_000))).toBe('YX_SERVER_UPLOADS_FULL')
    expect(await codeOf(hold('tax', 2_000_000))).toBe('202')
    // Another life of the first member cannot go on with what that had begun, which is given up.
    live.clock.time += 1000
    const [reborn] = partsOf(live, {
      ...{ from: 'water', to: PLATFORM, number: 1, session: 'water-2' },
      envelope: envelopeOf('water', 5_900_000),
    })
    expect(await codeOf(postPart(live, reborn))).toBe('202')
  })

  it('that waits for room gets it when others have finished', async () => {
    const envelope = envelopeOf('tax', 7_000_000)
    const [first, ...rest] = upload('tax', envelope.subarray(0, 6_000_000))
    expect(await codeOf(postPart(live, first))).toBe('202')
    let done = false
    const sent = live
      .client('water', 'w-1')
      .send(PLATFORM, envelopeOf('water', 3_000_000))
      .then(() => {
        done = true
      })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(done).toBe(false)
    for (const part of rest) await postPart(live, part)
    await sent
    expect(taken.length).toBe(1)
  })
})

describe('whoever is no member', () => {
  it('is refused before a byte of its body is read', async () => {
    const [{ claim }] = upload('water', envelopeOf('water', 900_000))
    const socket = connect(live.port, '127.0.0.1')
    const heard = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))))
    const query = new URLSearchParams({ ...claim, signature: 'none' } as unknown as Record<string, string>)
    socket.write(
      `POST /federation/parts?${query} HTTP/1.1\r\nhost: x\r\nyinxin-protocol: ${SPOKEN['yinxin-protocol']}\r\ncontent-type: application/octet-stream\r\ncontent-length: 900000\r\n\r\n`,
    )
    expect(await heard).toMatch(/^HTTP\/1.1 401 /)
    socket.destroy()
  })
})
