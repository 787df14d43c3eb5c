/** Property: whatever a network does to requests and answers, envelopes arrive once, in order, byte for byte. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { PLATFORM } from '../../../federation/index.ts'
import { liveRelay, until, writerOf } from './consortium.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { type Fate, gateway } from './gateway.ts'

// Small parts, so that a small envelope has many of them.
vi.mock('../../../server/transport/limits.ts', async (original) => ({
  ...(await original<object>()),
  PART_BYTES: 1500,
  MOST_AHEAD_BYTES: 20_000,
}))

const RUNS = process.env.YINXIN_FULL === '1' ? 300 : 12
const FATES: readonly Fate[] = [
  ...(['lose request', 'lose answer', 'shorten request', 'shorten answer'] as const),
  ...(['break answer', 'change answer', 'send twice', '502', '503', '429'] as const),
]
const sizes = fc.array(fc.oneof(fc.nat(50), fc.nat(1600), fc.nat(12_000)), { minLength: 1, maxLength: 6 })
const filled = (bytes: number, seed: number) => new Uint8Array(bytes).map((_, at) => (at * 17 + seed) & 255)

/** Sends both ways through a port and compares. */
async function bothWays(
  live: Awaited<ReturnType<typeof liveRelay>>,
  port: number,
  up: readonly number[],
  down: readonly number[],
): Promise<void> {
  const atPlatform: Uint8Array[] = []
  const atMember: Uint8Array[] = []
  const traffic: number[] = []
  live.relay.onEnvelope = (envelope) => void atPlatform.push(Uint8Array.from(envelope))
  live.relay.onTraffic = (_, __, bytes) => void traffic.push(bytes)
  const client = live.client('water', 's1', port)
  const listening = client.listen((envelope) => void atMember.push(Uint8Array.from(envelope)))
  const writeUp = writerOf('water', 'w')
  const writeDown = writerOf('tax', 't')
  const sentUp = up.map((bytes, index) => writeUp(PLATFORM, filled(bytes, index)))
  const sentDown = down.map((bytes, index) => writeDown('water', filled(bytes, index)))
  for (const envelope of sentDown) await live.relay.send('water', envelope)
  await Promise.all(sentUp.map((envelope) => client.send(PLATFORM, envelope)))
  await until(() => atMember.length >= sentDown.length)
  await client.close()
  await listening
  expect(atPlatform.map((one) => Buffer.from(one).toString('hex'))).toEqual(
    sentUp.map((one) => Buffer.from(one).toString('hex')),
  )
  expect(atMember.map((one) => Buffer.from(one).toString('hex'))).toEqual(
    sentDown.map((one) => Buffer.from(one).toString('hex')),
  )
  const all = [...sentUp, ...sentDown].map(({ length }) => length)
  expect([...traffic].sort((a, b) => a - b)).toEqual(all.sort((a, b) => a - b))
}

describe('envelopes arrive once, in order and unchanged', () => {
  it('through a gateway that loses, shortens, changes, repeats and refuses', {
    timeout: 600_000,
  }, async () => {
    const seen = new Set<string>()
    const fates = fc.array(fc.option(fc.constantFrom(...FATES), { nil: 'pass' as const, freq: 2 }), {
      minLength: 20,
      maxLength: 60,
    })
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fates, async (up, down, plan) => {
        const live = await liveRelay()
        const left = [...plan]
        const between = await gateway(live.port, { fate: () => left.shift() ?? 'pass' })
        try {
          await bothWays(live, between.port, up, down)
          for (const fate of between.count.keys()) seen.add(fate)
        } finally {
          await live.close()
          await between.close()
        }
      }),
      { numRuns: RUNS, seed: 20261124 },
    )
    expect([...seen].sort()).toEqual(['pass', ...FATES].sort())
  })

  it('through connections that break after any byte', { timeout: 600_000 }, async () => {
    let cuts = 0
    const budgets = fc.array(fc.oneof(fc.nat(400), fc.nat(6000)), { minLength: 5, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(sizes, sizes, budgets, async (up, down, plan) => {
        const live = await liveRelay()
        const proxy = await cuttingProxy(live.port, plan)
        try {
          await bothWays(live, proxy.port, up, down)
          cuts += proxy.cuts()
        } finally {
          await live.close()
          await proxy.close()
        }
      }),
      { numRuns: RUNS, seed: 20261124 },
    )
    expect(cuts).toBeGreaterThan(RUNS)
  })
})
