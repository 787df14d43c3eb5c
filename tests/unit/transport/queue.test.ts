import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HEAD_BYTES, OutboundQueue } from '../../../server/transport/queue.ts'

const unheard = () => {}
const never = new AbortController().signal
afterEach(() => void vi.useRealTimers())
const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
/** The frame of an envelope, written out by hand. */
const frame = (envelope: Uint8Array): Buffer => {
  const length = Buffer.from([envelope.length & 255, envelope.length >> 8, 0, 0])
  return Buffer.concat([length, digest(envelope), envelope])
}
const all = (queue: OutboundQueue, from: number, most = 1e9) => Buffer.concat(queue.slice(from, most))

describe('an outbound queue', () => {
  it('is one stream of which every piece can be had, from the first envelope that was not acknowledged on', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('push' as const),
        envelope: fc.uint8Array({ minLength: 1, maxLength: 300 }),
      }),
      fc.record({ kind: fc.constant('acknowledge' as const), position: fc.nat(2000) }),
    )
    const piece = fc.tuple(fc.nat(2000), fc.nat(700))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.array(piece, { maxLength: 5 }), (steps, pieces) => {
        let held = 0
        const queue = new OutboundQueue((from, bytes) => {
          held -= bytes
          expect(from).toBe('tax')
        })
        let stream = Buffer.alloc(0)
        const ends = [0]
        let acknowledged = 0
        for (const action of steps) {
          if (action.kind === 'push') {
            held += queue.push('tax', action.envelope, digest(action.envelope))
            stream = Buffer.concat([stream, frame(action.envelope)])
            ends.push(stream.length)
          } else {
            queue.acknowledge(action.position)
            acknowledged = Math.max(acknowledged, ...ends.filter((end) => end <= action.position))
          }
          expect(queue.end).toBe(stream.length)
          expect(queue.first).toBe(acknowledged)
          expect(held).toBe(queue.end - queue.first)
        }
        for (const [offset, most] of pieces) {
          const from = Math.min(queue.first + offset, queue.end)
          expect(all(queue, from, most).equals(stream.subarray(from, from + most))).toBe(true)
        }
      }),
    )
  })

  it('copies no envelope', () => {
    const queue = new OutboundQueue(unheard)
    const envelope = new Uint8Array(1000)
    queue.push('tax', envelope, digest(envelope))
    for (const chunk of queue.slice(HEAD_BYTES + 10, 500)) expect(chunk.buffer).toBe(envelope.buffer)
  })
})

describe('waiting at a queue', () => {
  const push = (queue: OutboundQueue) => queue.push('tax', Uint8Array.of(1), digest(Uint8Array.of(1)))
  const settled = async (promise: Promise<void>): Promise<boolean> => {
    let done = false
    void promise.then(() => {
      done = true
    })
    await vi.advanceTimersByTimeAsync(0)
    return done
  }

  it('ends at once where something waits behind the position, and as soon as something is pushed', async () => {
    vi.useFakeTimers()
    const queue = new OutboundQueue(unheard)
    const waiting = queue.wait(0, 1000, never)
    expect(await settled(waiting)).toBe(false)
    push(queue)
    expect(await settled(waiting)).toBe(true)
    expect(await settled(queue.wait(0, 1000, never))).toBe(true)
    const further = queue.wait(queue.end, 1000, never)
    expect(await settled(further)).toBe(false)
    push(queue)
    expect(await settled(further)).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends after its time and not before', async () => {
    vi.useFakeTimers()
    const waiting = new OutboundQueue(unheard).wait(0, 1000, never)
    await vi.advanceTimersByTimeAsync(999)
    expect(await settled(waiting)).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await settled(waiting)).toBe(true)
  })

  it('ends when the poll is given up, and leaves no timer behind', async () => {
    vi.useFakeTimers()
    const gone = new AbortController()
    const queue = new OutboundQueue(unheard)
    const waiting = queue.wait(0, 1000, gone.signal)
    gone.abort()
    expect(await settled(waiting)).toBe(true)
    expect(await settled(queue.wait(0, 1000, gone.signal))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends for every poll of a member, one of which nobody may listen to any more', async () => {
    vi.useFakeTimers()
    const queue = new OutboundQueue(unheard)
    const polls = [queue.wait(0, 1000, never), queue.wait(0, 1000, never)]
    push(queue)
    for (const poll of polls) expect(await settled(poll)).toBe(true)
  })
})
