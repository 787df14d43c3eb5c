/** How long a member waits for its platform, and what ends the wait. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { PLATFORM } from '../../../federation/index.ts'
import { BACKOFF, backoffMs, retryAfterMs } from '../../../server/transport/backoff.ts'
import { RelayClient } from '../../../server/transport/client.ts'
import { membershipOf, until, writerOf } from './consortium.ts'

let server: Server | undefined
let client: RelayClient | undefined
afterEach(async () => {
  await client?.close()
  server?.closeAllConnections()
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  server = undefined
})

async function answering(listener: RequestListener): Promise<number> {
  server = createServer(listener)
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function clientAt(
  port: number,
  options: { patienceMs?: number; now?: () => number; random?: () => number } = {},
) {
  const { patienceMs = 60_000, now = Date.now, random = () => 0 } = options
  client = new RelayClient(membershipOf('water'), `http://127.0.0.1:${port}`, 's1', now, {
    ...{ patienceMs, random },
    backoff: { firstMs: 1, mostMs: 5 },
  })
  return client
}

const post = (by: RelayClient) => by.send(PLATFORM, writerOf('water')(PLATFORM, Uint8Array.of(1)))

describe('the back-off', () => {
  it('doubles up to its cap and lies in the upper half of it, by the randomness that it is given', () => {
    fc.assert(
      fc.property(
        fc.nat(2000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (tries, dice) => {
          const most = Math.min(BACKOFF.mostMs, BACKOFF.firstMs * 2 ** Math.min(tries, 60))
          const wait = backoffMs(tries, () => dice, BACKOFF)
          expect(wait).toBeGreaterThanOrEqual(most / 2)
          expect(wait).toBeLessThanOrEqual(most)
          expect(wait).toBeCloseTo(most * (0.5 + dice / 2), 6)
        },
      ),
    )
  })

  it('is at least what Retry-After says, in seconds or as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    expect(retryAfterMs('7', now)).toBe(7000)
    expect(retryAfterMs('Thu, 01 Jan 2026 00:00:09 GMT', now)).toBe(9000)
    for (const nothing of ['Thu, 01 Jan 2026 00:00:09 GMT+x', '-1', 'soon', undefined, ['7']])
      expect(retryAfterMs(nothing, now), String(nothing)).toBeLessThanOrEqual(0)
    expect(retryAfterMs('Thu, 01 Jan 2026 00:00:09 GMT', now + 60_000)).toBe(0)
  })
})

describe('a member whose platform is away', () => {
  it('waits as long as its patience lasts by its clock, says so once a minute, and then names it', async () => {
    const port = await answering(() => {})
    server!.close()
    server!.closeAllConnections()
    server = undefined
    let time = 0
    const notices: string[] = []
    const waiting = clientAt(port, { patienceMs: 100_000, now: () => time })
    waiting.onNotice = (text) => void notices.push(text)
    let ended = false
    const sent = post(waiting).finally(() => {
      ended = true
    })
    sent.catch(() => {})
    await until(() => notices.length === 1)
    expect(notices[0]).toContain('ECONNREFUSED')
    time = 99_999
    await until(() => notices.length === 2)
    expect(ended).toBe(false)
    time = 100_000
    await expect(sent).rejects.toMatchObject({
      code: 'YX_SERVER_PLATFORM_UNREACHABLE',
      message: expect.stringContaining('for 100 seconds'),
    })
    expect(notices.length).toBe(2)
  })

  it.each([408, 425, 429, 500, 502, 503, 504])('comes again after status %i', async (status) => {
    let asked = 0
    const port = await answering((_, answer) => {
      asked++
      answer.writeHead(asked === 1 ? status : 404).end('<html>busy</html>')
    })
    await expect(post(clientAt(port))).rejects.toMatchObject({ code: 'YX_SERVER_PLATFORM_REFUSED' })
    expect(asked).toBe(2)
  })

  it('comes again when it was asked to, and not before', async () => {
    const at: number[] = []
    const port = await answering((_, answer) => {
      at.push(performance.now())
      answer.writeHead(at.length === 1 ? 503 : 404, { 'retry-after': '1' }).end()
    })
    await expect(post(clientAt(port))).rejects.toMatchObject({ code: 'YX_SERVER_PLATFORM_REFUSED' })
    // Timers may fire a little early; without the header it would have been a millisecond.
    expect(at[1] - at[0]).toBeGreaterThan(990)
  })

  it.each([400, 401, 403, 404, 410, 413, 451])(
    'ends after status %i, which nothing will change',
    async (status) => {
      let asked = 0
      const port = await answering((_, answer) => {
        asked++
        answer.writeHead(status).end('<html>no</html>')
      })
      await expect(post(clientAt(port))).rejects.toMatchObject({
        message: expect.stringContaining(`status ${status}`),
      })
      expect(asked).toBe(1)
    },
  )

  it('ends with both versions where the platform speaks another one', async () => {
    const port = await answering((_, answer) => {
      answer.writeHead(426, { 'yinxin-code': 'YX_SERVER_VERSION_DIFFERS', 'yinxin-protocol': '9' }).end()
    })
    await expect(clientAt(port).listen(() => {})).rejects.toMatchObject({
      code: 'YX_SERVER_VERSION_DIFFERS',
      message: expect.stringMatching(/speaks version \d+ of the protocol and the platform version 9/),
    })
  })

  it('polls no more after a refusal', async () => {
    let asked = 0
    const port = await answering((_, answer) => {
      asked++
      answer.writeHead(403).end()
    })
    await expect(clientAt(port).listen(() => {})).rejects.toMatchObject({
      code: 'YX_SERVER_PLATFORM_REFUSED',
    })
    const before = asked
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(asked).toBe(before)
  })
})
