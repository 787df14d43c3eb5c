/** What waits for members is bounded by receiver, by sender and altogether; what is fetched makes room. */
import { beforeEach, describe, expect, it } from 'vitest'
import { KEY_HOLDER, PLATFORM } from '../../../federation/index.ts'
import { Queues } from '../../../server/transport/queues.ts'
import { liveRelay, until, writerOf } from './consortium.ts'

const HASH = new Uint8Array(32)
const full = (whose: string) =>
  expect.objectContaining({
    code: 'YX_SERVER_QUEUE_FULL',
    statusCode: 503,
    message: expect.stringContaining(`As much waits ${whose} as`),
  })

describe('an envelope of a member', () => {
  let members: Set<string>
  let queues: Queues
  beforeEach(() => {
    members = new Set(['a', 'b', 'c', 'd'])
    queues = new Queues({ receiver: 1000, sender: 1500, all: 2000 }, (name) => members.has(name))
  })
  const add = (from: string, to: string, bytes: number) => () =>
    queues.add(from, to, new Uint8Array(bytes), HASH)
  const fetched = (to: string) => queues.of(to).acknowledge(queues.of(to).end)

  it('is refused where as much waits for its receiver, until that fetches it', () => {
    add('a', 'b', 900)()
    expect(add('c', 'b', 500)).toThrow(full('for b'))
    expect(add('c', 'd', 500)).not.toThrow()
    fetched('b')
    expect(add('c', 'b', 500)).not.toThrow()
  })

  it('is refused where its sender left as much for others, and nobody else for that', () => {
    add('a', 'b', 800)()
    add('a', 'c', 600)()
    expect(add('a', 'd', 100)).toThrow(full('from a'))
    expect(add('b', 'd', 100)).not.toThrow()
    fetched('c')
    expect(add('a', 'd', 100)).not.toThrow()
  })

  it('is refused where as much waits for all; what the platform itself sends counts and is never refused', () => {
    add('a', 'b', 900)()
    for (const to of ['c', 'd']) queues.push(PLATFORM, to, new Uint8Array(900), HASH)
    expect(add('b', 'a', 100)).toThrow(full('for all members'))
    fetched('d')
    expect(add('b', 'a', 100)).not.toThrow()
  })

  it('may always wait alone, however large it is', () => {
    expect(add('a', 'b', 5000)).not.toThrow()
    expect(add('a', 'b', 1)).toThrow(full('for b'))
    fetched('b')
    expect(add('a', 'b', 1)).not.toThrow()
  })

  it('for one who was removed takes no room; one admitted again goes on at the same position', () => {
    add('a', 'b', 900)()
    add('a', 'c', 500)()
    const { end } = queues.of('b')
    members.delete('b')
    expect(add('a', 'd', 900)).not.toThrow()
    expect([queues.of('b').first, queues.of('b').end]).toEqual([end, end])
    fetched('d')
    members.add('b')
    add('a', 'b', 900)()
    // An acknowledgement of what it had before takes nothing of the new away.
    queues.of('b').acknowledge(end)
    expect(queues.of('b').first).toBe(end)
  })
})

it('A member whose envelopes are not fetched waits with the next one and sends it when they are', async () => {
  const envelope = (bytes: number) => new Uint8Array(bytes)
  const bounds = { receiver: 10_000_000, sender: 5000, all: 10_000_000 }
  const live = await liveRelay({ relay: { waitingBytes: bounds } })
  try {
    const refused: string[] = []
    live.relay.onRefusal = (fault) => void refused.push(fault.message)
    const tax = live.client('tax', 's1')
    const write = writerOf('tax')
    await tax.send('water', write('water', envelope(4000)))
    let sent = false
    const sending = tax.send(KEY_HOLDER, write(KEY_HOLDER, envelope(2000))).then(() => {
      sent = true
    })
    await until(() => refused.length > 0)
    expect([sent, refused[0]]).toEqual([false, expect.stringContaining('from tax')])
    const water = live.client('water', 's2')
    const heard: number[] = []
    const listening = water.listen((one) => void heard.push(one.length))
    await sending
    expect(heard).toHaveLength(1)
    await water.close()
    await listening
  } finally {
    await live.close()
  }
})
