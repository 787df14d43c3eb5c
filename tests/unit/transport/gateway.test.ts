/** Runs of envelopes through gateways that break connections, bodies and patience. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PLATFORM } from '../../../federation/index.ts'
import { PART_BYTES } from '../../../server/transport/limits.ts'
import { type LiveRelay, liveRelay, until, writerOf } from './consortium.ts'
import { type Gateway, gateway, type Habits } from './gateway.ts'

const GATEWAY_BYTES = 2_000_000

let live: LiveRelay
let between: Gateway
beforeEach(async () => {
  live = await liveRelay()
})
afterEach(async () => {
  await live.close()
  await between.close()
})

/** Bytes that no shift or swap of parts leaves alike. */
const content = (bytes: number): Uint8Array => {
  const totals = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at++) totals[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) & 255
  return totals
}

async function through(habits: Habits) {
  between = await gateway(live.port, habits)
  const atPlatform: Uint8Array[] = []
  const atMember: Uint8Array[] = []
  live.relay.onEnvelope = (envelope) => void atPlatform.push(Uint8Array.from(envelope))
  const client = live.client('water', 's1', between.port)
  const listening = client.listen((envelope) => void atMember.push(Uint8Array.from(envelope)))
  return { atPlatform, atMember, client, listening }
}

const same = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && a.every((one, index) => Buffer.from(one).equals(b[index]))

describe('a gateway that allows 2 MB', () => {
  it('lets envelopes of any size pass, both ways, though one of their size alone would be refused', async () => {
    const { atPlatform, atMember, client } = await through({ mostBodyBytes: GATEWAY_BYTES })
    const up = [5_000_000, 10, PART_BYTES, PART_BYTES + 1].map((bytes) =>
      writerOf('water', `w${bytes}`)(PLATFORM, content(bytes)),
    )
    const down = up.map((_, index) => writerOf('tax', `t${index}`)('water', content(1_700_000 * index + 1)))
    for (const envelope of down) await live.relay.send('water', envelope)
    for (const envelope of up) await client.send(PLATFORM, envelope)
    await until(() => atMember.length === down.length)
    expect(same(atPlatform, up)).toBe(true)
    expect(same(atMember, down)).toBe(true)
    expect(between.count.get('413')).toBeUndefined()
    expect(between.largest).toEqual({ request: PART_BYTES, answer: PART_BYTES })
    // The control: the gateway does refuse what a client without parts would send.
    const whole = await fetch(`http://127.0.0.1:${between.port}/federation/parts`, {
      method: 'POST',
      body: up[0],
    })
    expect(whole.status).toBe(413)
  })

  it('that allows less than a part ends the member with the status that says so', async () => {
    const { client } = await through({ mostBodyBytes: 1000 })
    await expect(client.send(PLATFORM, writerOf('water')(PLATFORM, content(5000)))).rejects.toMatchObject({
      code: 'YX_SERVER_PLATFORM_REFUSED',
      message: expect.stringContaining('413'),
    })
  })
})

describe('a gateway that cuts what is silent for 300 ms', () => {
  it('cuts few polls before the member asks for shorter ones, and takes nothing away', async () => {
    const { atMember } = await through({ idleMs: 300 })
    const sent: Uint8Array[] = []
    for (let byte = 0; byte < 4; byte++) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      sent.push(writerOf('tax', `t${byte}`)('water', content(byte + 1)))
      await live.relay.send('water', sent[byte])
    }
    await until(() => atMember.length === sent.length)
    expect(same(atMember, sent)).toBe(true)
    const cut = between.count.get('idle') ?? 0
    expect(cut).toBeGreaterThan(0)
    // A member that took every cut for a fault would have polled as long as the platform lets it, and been cut each time.
    expect(cut).toBeLessThanOrEqual(3)
    expect(live.relay.silent(['water'], 1000)).toEqual([])
  })
})

describe('a link with a long way', () => {
  it('is kept full: further parts are on their way while one is answered, both ways', async () => {
    const { atMember, client } = await through({ delayMs: 40 })
    await live.relay.send('water', writerOf('tax')('water', content(8_000_000)))
    await client.send(PLATFORM, writerOf('water')(PLATFORM, content(8_000_000)))
    await until(() => atMember.length === 1)
    expect(between.most.get('POST')).toBeGreaterThanOrEqual(3)
    expect(between.most.get('GET')).toBeGreaterThanOrEqual(3)
  })
})

describe('a platform that starts anew in the middle of an upload', () => {
  it('gets the whole envelope, once, and the member is told of its new session', async () => {
    let parts = 0
    const { atPlatform, client } = await through({
      fate: () => (++parts === 6 ? 'lose request' : 'pass'),
      delayMs: 20,
    })
    let told = 0
    client.onPlatformSession = () => told++
    const envelope = writerOf('water')(PLATFORM, content(6_000_000))
    const sent = client.send(PLATFORM, envelope)
    await until(() => parts >= 5)
    const { onEnvelope } = live.relay
    await live.restart((relay) => {
      relay.onEnvelope = onEnvelope
    })
    await sent
    expect(same(atPlatform, [envelope])).toBe(true)
    expect(told).toBe(1)
  })

  it('has nothing of its former queue, and members fetch what it has now', async () => {
    const { atMember } = await through({})
    const write = writerOf('tax')
    const before = write('water', content(100))
    await live.relay.send('water', before)
    await until(() => atMember.length === 1)
    await live.restart()
    const after = [write('water', content(50)), write('water', content(70))]
    for (const envelope of after) await live.relay.send('water', envelope)
    await until(() => atMember.length === 3)
    expect(same(atMember, [before, ...after])).toBe(true)
  })
})
