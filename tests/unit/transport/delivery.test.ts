/** Relay and clients over real sockets, some of which break. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AnyMessage, EnvelopeReader, PLATFORM } from '../../../federation/index.ts'
import { type LiveRelay, liveRelay, membershipOf, until, writerOf } from './consortium.ts'
import { type CuttingProxy, cuttingProxy } from './cutting-proxy.ts'

let live: LiveRelay
let proxy: CuttingProxy | undefined
beforeEach(async () => {
  live = await liveRelay()
})
afterEach(async () => {
  await live.close()
  await proxy?.close()
  proxy = undefined
})

/** First bytes of what arrives, as the reader of `name` accepts it: a replay or a gap in order would throw. */
function inbox(name: string): { bytes: number[]; receive: (envelope: Uint8Array) => void } {
  const reader = new EnvelopeReader(membershipOf(name))
  const bytes: number[] = []
  return {
    bytes,
    receive(envelope) {
      const message = reader.read(envelope) as AnyMessage & { type: 'round.share' }
      bytes.push(message.body.totals[0])
    },
  }
}

describe('envelopes', () => {
  it('arrive in order and once, from the platform and from another member', async () => {
    const { bytes, receive } = inbox('water')
    const listening = live.client('water', 's1').listen(receive)
    const sender = live.client('tax', 't1')
    const fromTax = writerOf('tax')
    const fromPlatform = writerOf(PLATFORM)
    for (let byte = 0; byte < 20; byte++) {
      const totals = Uint8Array.of(byte)
      if (byte % 3 === 0) await live.relay.send('water', fromPlatform('water', totals))
      else await sender.send('water', fromTax('water', totals))
    }
    await until(() => bytes.length >= 20)
    expect(bytes).toEqual(Array.from({ length: 20 }, (_, byte) => byte))
    await live.close()
    await listening
  })

  it('arrive in order and once when polls are cut off before, within and after a frame', async () => {
    // Heads of answers take about 200 bytes, a frame of this test about 3400.
    proxy = await cuttingProxy(live.port, [0, 10, 150, 230, 900, 3600, 3700, 5000, 9000, 20_000])
    const { bytes, receive } = inbox('water')
    const listening = live.client('water', 's1', proxy.port).listen(receive)
    const write = writerOf('tax')
    for (let byte = 0; byte < 60; byte++) {
      await live.relay.send('water', write('water', new Uint8Array(3000).fill(byte)))
      if (byte % 6 === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await until(() => bytes.length >= 60)
    expect(bytes).toEqual(Array.from({ length: 60 }, (_, byte) => byte))
    expect(proxy.cuts()).toBeGreaterThan(5)
    await live.close()
    await listening
  })

  it('of 20 MB pass unchanged, both ways', async () => {
    const totals = new Uint8Array(20 * 1024 * 1024)
    for (let i = 0; i < totals.length; i += 4093) totals[i] = i % 251
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    const got: string[] = []
    const readerOf = (name: string) => {
      const reader = new EnvelopeReader(membershipOf(name))
      return (envelope: Uint8Array) => {
        const message = reader.read(envelope) as AnyMessage & { type: 'round.share' }
        got.push(digest(message.body.totals))
      }
    }
    live.relay.onEnvelope = readerOf(PLATFORM)
    const listening = live.client('water', 's1').listen(readerOf('water'))
    const sender = live.client('tax', 't1')
    const write = writerOf('tax')
    await sender.send(PLATFORM, write(PLATFORM, totals))
    await sender.send('water', write('water', totals))
    await until(() => got.length === 2)
    expect(got).toEqual([digest(totals), digest(totals)])
    await live.close()
    await listening
  })
})

describe('a client', () => {
  it('that comes back with a new session gets what the former one had not made durable, and nothing else', async () => {
    const first = live.client('water', 's1')
    const heard: number[] = []
    const firstListening = first.listen((envelope) => {
      heard.push(envelope.length)
      // The second one is never durable: the process ends before.
      return heard.length === 1 ? undefined : new Promise<void>(() => {})
    })
    const write = writerOf('tax')
    const sent = [1, 2, 3].map((bytes) => write('water', new Uint8Array(bytes * 100)))
    await live.relay.send('water', sent[0])
    await until(() => heard.length === 1)
    await live.relay.send('water', sent[1])
    await until(() => heard.length === 2)
    // Longer than an acknowledgement waits for company.
    await new Promise((resolve) => setTimeout(resolve, 200))
    await first.close()
    await firstListening
    await live.relay.send('water', sent[2])
    const after: number[] = []
    // A process takes longer than a millisecond to start again.
    live.clock.time += 1000
    const listening = live.client('water', 's2').listen((envelope) => void after.push(envelope.length))
    await until(() => after.length === 2)
    expect(heard).toEqual([sent[0].length, sent[1].length])
    expect(after).toEqual([sent[1].length, sent[2].length])
    await live.close()
    await listening
  })

  it('that cannot keep an envelope ends with the reason, and gets it again in its next life', async () => {
    const envelope = writerOf('tax')('water', Uint8Array.of(1))
    await live.relay.send('water', envelope)
    const full = new Error('the disk is full')
    const listening = live.client('water', 's1').listen(() => Promise.reject(full))
    await expect(listening).rejects.toBe(full)
    live.clock.time += 1000
    const heard: number[] = []
    const again = live.client('water', 's2').listen(({ length }) => void heard.push(length))
    await until(() => heard.length === 1)
    expect(heard).toEqual([envelope.length])
    await live.close()
    await again
  })

  it('is told when the platform refuses an envelope', async () => {
    const foreign = writerOf('tax')('water', Uint8Array.of(1))
    foreign[foreign.length - 1] ^= 1
    await expect(live.client('tax', 't1').send('water', foreign)).rejects.toMatchObject({
      code: 'YX_SERVER_PLATFORM_REFUSED',
    })
  })

  it('whose clock is an hour wrong is told by how much', async () => {
    const client = live.client('water', 's1', undefined, { now: () => live.clock.time + 3_600_000 })
    const refusal = {
      code: 'YX_SERVER_CLOCK_WRONG',
      message: expect.stringContaining('water, whose clock is 3600 seconds away'),
    }
    await expect(client.listen(() => {})).rejects.toMatchObject(refusal)
    await expect(client.send('tax', writerOf('water')('tax', Uint8Array.of(1)))).rejects.toMatchObject(
      refusal,
    )
  })

  it('that is closed stops listening without a fault', async () => {
    const client = live.client('water', 's1')
    const listening = client.listen(() => {})
    await until(() => live.relay.silent(['water'], -1).length === 0)
    await client.close()
    await expect(listening).resolves.toBeUndefined()
  })

  it('whose post was answered into a broken line is not heard twice', async () => {
    proxy = await cuttingProxy(live.port, [0, 0])
    const { bytes, receive } = inbox(PLATFORM)
    live.relay.onEnvelope = receive
    const client = live.client('water', 's1', proxy.port)
    const write = writerOf('water')
    await client.send(PLATFORM, write(PLATFORM, Uint8Array.of(1)))
    await client.send(PLATFORM, write(PLATFORM, Uint8Array.of(2)))
    expect(proxy.cuts()).toBe(2)
    expect(bytes).toEqual([1, 2])
  })
})
