import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OutboundQueue } from '../../../server/transport/queue.ts'

const never = new AbortController().signal
const MEGABYTE = 1024 * 1024
afterEach(() => void vi.useRealTimers())

describe('an outbound queue', () => {
  it('holds, in order, what was pushed and not acknowledged', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), byte: fc.nat(255) }),
      fc.record({ kind: fc.constant('acknowledge' as const), upTo: fc.nat(30) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new OutboundQueue()
        let expected: { sequence: number; byte: number }[] = []
        let pushed = 0
        for (const action of steps) {
          if (action.kind === 'push') {
            queue.push(Uint8Array.of(action.byte))
            expected.push({ sequence: ++pushed, byte: action.byte })
          } else {
            queue.acknowledge(action.upTo)
            expected = expected.filter(({ sequence }) => sequence > action.upTo)
          }
          expect(queue.head().map(({ sequence, envelope }) => ({ sequence, byte: envelope[0] }))).toEqual(
            expected,
          )
        }
      }),
    )
  })

  it('goes on counting after it was cleared, so that an old acknowledgement takes nothing new away', () => {
    const queue = new OutboundQueue()
    queue.push(Uint8Array.of(1))
    queue.push(Uint8Array.of(2))
    queue.clear()
    expect(queue.head()).toEqual([])
    queue.push(Uint8Array.of(3))
    queue.acknowledge(2)
    expect(queue.head()).toEqual([{ sequence: 3, envelope: Uint8Array.of(3) }])
  })

  it('gives at most 32 MiB at once, and a larger envelope alone', () => {
    const queue = new OutboundQueue()
    const sizes = [16, 16, 1, 33, 1].map((megabytes) => new Uint8Array(megabytes * MEGABYTE))
    for (const envelope of sizes) queue.push(envelope)
    const taken: number[][] = []
    while (queue.head().length > 0) {
      const head = queue.head()
      taken.push(head.map(({ sequence }) => sequence))
      queue.acknowledge(head.at(-1)!.sequence)
    }
    expect(taken).toEqual([[1, 2], [3], [4], [5]])
  })
})

describe('waiting at a queue', () => {
  const settled = async (promise: Promise<void>): Promise<boolean> => {
    let done = false
    void promise.then(() => {
      done = true
    })
    await vi.advanceTimersByTimeAsync(0)
    return done
  }

  it('ends at once where something waits, and as soon as something is pushed', async () => {
    vi.useFakeTimers()
    const queue = new OutboundQueue()
    const waiting = queue.wait(1000, never)
    expect(await settled(waiting)).toBe(false)
    queue.push(Uint8Array.of(1))
    expect(await settled(waiting)).toBe(true)
    expect(await settled(queue.wait(1000, never))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends after its time and not before', async () => {
    vi.useFakeTimers()
    const waiting = new OutboundQueue().wait(1000, never)
    await vi.advanceTimersByTimeAsync(999)
    expect(await settled(waiting)).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await settled(waiting)).toBe(true)
  })

  it('ends when the poll is given up, and leaves no timer behind', async () => {
    vi.useFakeTimers()
    const gone = new AbortController()
    const queue = new OutboundQueue()
    const waiting = queue.wait(1000, gone.signal)
    gone.abort()
    expect(await settled(waiting)).toBe(true)
    expect(await settled(queue.wait(1000, gone.signal))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('wakes the newest poll of a member when an older one of it ends', async () => {
    vi.useFakeTimers()
    const queue = new OutboundQueue()
    const old = new AbortController()
    const first = queue.wait(1000, old.signal)
    const second = queue.wait(1000, never)
    old.abort()
    expect(await settled(first)).toBe(true)
    expect(await settled(second)).toBe(false)
    queue.push(Uint8Array.of(1))
    expect(await settled(second)).toBe(true)
  })
})
