/**
 * An HTTP gateway between members and the platform, with the habits that break other protocols: it limits bodies, cuts what is
 * silent, holds whole bodies back, loses connections, shortens bodies and sends requests twice.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Habits {
  /** Larger bodies are answered with 413. */
  readonly mostBodyBytes?: number
  /** An answer that has not begun after this time is cut off. */
  readonly idleMs?: number
  /** Holds every answer back this long. */
  readonly delayMs?: number
  /** What happens to the next request; without it nothing ever does. */
  readonly fate?: () => Fate
}

export type Fate =
  | 'pass'
  /** The connection is destroyed before the request goes on, or after it was answered. */
  | 'lose request'
  | 'lose answer'
  /** Half of a body is passed on as if it were all. */
  | 'shorten request'
  | 'shorten answer'
  /** The answer breaks off in its middle. */
  | 'break answer'
  /** One byte in the middle is changed. */
  | 'change answer'
  | 'send twice'
  /** The gateway has no platform to ask. */
  | '502'
  | '503'
  | '429'

export interface Gateway {
  readonly port: number
  /** How often each fate came, 413 and idle cuts among them. */
  readonly count: ReadonlyMap<string, number>
  /** Most requests of a method that were under way at the same time. */
  readonly most: ReadonlyMap<string, number>
  /** Largest body of a request and of an answer. */
  readonly largest: { request: number; answer: number }
  close(): Promise<void>
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const half = (body: Buffer): Buffer => body.subarray(0, body.length >> 1)
function changed(body: Buffer): Buffer {
  const copy = Buffer.from(body)
  if (copy.length > 0) copy[copy.length >> 1] ^= 1
  return copy
}

export async function gateway(target: number, habits: Habits): Promise<Gateway> {
  const count = new Map<string, number>()
  const most = new Map<string, number>()
  const open = new Map<string, number>()
  const largest = { request: 0, answer: 0 }
  const note = (what: string) => count.set(what, (count.get(what) ?? 0) + 1)

  const ask = async (incoming: IncomingMessage, body: Buffer, given: AbortSignal) => {
    const headers = { ...incoming.headers, 'content-length': String(body.length) }
    const { method, url: path } = incoming
    const asked = request({ host: '127.0.0.1', port: target, method, path, headers, signal: given })
    asked.end(body)
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve)
      asked.once('error', reject)
    })
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bodyOf(answer) }
  }

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const fate = habits.fate?.() ?? 'pass'
    note(fate)
    const body = await bodyOf(incoming)
    largest.request = Math.max(largest.request, body.length)
    if (body.length > (habits.mostBodyBytes ?? Number.POSITIVE_INFINITY)) {
      note('413')
      outgoing.writeHead(413).end('too large')
      return
    }
    if (fate === 'lose request') return void outgoing.destroy()
    if (/^\d+$/.test(fate)) return void outgoing.writeHead(Number(fate), { 'retry-after': '0' }).end('busy')
    const gone = new AbortController()
    outgoing.once('close', () => gone.abort())
    const idle = setTimeout(
      () => {
        note('idle')
        outgoing.destroy()
      },
      habits.idleMs ?? 2 ** 30,
    )
    try {
      const sent = fate === 'shorten request' ? half(body) : body
      let answer = await ask(incoming, sent, gone.signal)
      if (fate === 'send twice') answer = await ask(incoming, sent, gone.signal)
      clearTimeout(idle)
      largest.answer = Math.max(largest.answer, answer.body.length)
      if (habits.delayMs) await sleep(habits.delayMs)
      if (fate === 'lose answer') return void outgoing.destroy()
      const shown =
        fate === 'shorten answer'
          ? half(answer.body)
          : fate === 'change answer'
            ? changed(answer.body)
            : answer.body
      const { 'transfer-encoding': _, ...headers } = answer.headers
      outgoing.writeHead(answer.status, { ...headers, 'content-length': String(shown.length) })
      if (fate === 'break answer') outgoing.write(half(shown), () => outgoing.destroy())
      else outgoing.end(shown)
    } catch {
      outgoing.destroy()
    } finally {
      clearTimeout(idle)
    }
  }

  const server = createServer(async (incoming, outgoing) => {
    const method = String(incoming.method)
    open.set(method, (open.get(method) ?? 0) + 1)
    most.set(method, Math.max(most.get(method) ?? 0, open.get(method) ?? 0))
    await pass(incoming, outgoing).catch(() => outgoing.destroy())
    open.set(method, (open.get(method) ?? 0) - 1)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    count,
    most,
    largest,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
