/** One member's connections to the platform: requests that are tried again while that has a point. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Dispatcher, Pool } from 'undici'
import { PROTOCOL_VERSION } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { connectionFault, type Refusal, refusalOf } from './answer-faults.ts'
import { BACKOFF, type BackoffTimes, backoffMs, retryAfterMs } from './backoff.ts'
import { MEMBERS_HEADER, PROTOCOL_HEADER, SESSION_HEADER } from './limits.ts'
import type { TlsFiles } from './tls-files.ts'

const CONNECT_MS = 10_000
/** Longer than a poll stays open, or a post waits for the platform's disk, on a slow link. */
const ANSWER_MS = 60_000
/** A platform that stays away is mentioned so often. */
const MENTION_MS = 60_000
const CONNECTIONS = 8

export interface ConnectionOptions {
  /** Milliseconds for which a platform that does not answer is waited for. */
  readonly patienceMs: number
  /** Uniform in [0, 1), for the back-off. */
  readonly random: () => number
  readonly tls?: TlsFiles
  readonly backoff?: BackoffTimes
}

export interface Ask {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: Uint8Array
}

export type Answer = Dispatcher.ResponseData

export class Connection {
  #member: string
  #platform: string
  #now: () => number
  #options: ConnectionOptions
  /** Polls stay open and must not stand behind posts. */
  #pools: Record<Ask['method'], Pool>
  #stopWatching: () => void = () => {}
  #closed = new AbortController()
  #mentioned = Number.NEGATIVE_INFINITY
  /** Called with the session of every answer of the platform. */
  onSession: (session: string) => void = () => {}
  /** Called with the version of the member list that every answer of the platform names. */
  onMemberList: (version: number) => void = () => {}
  onNotice: (text: string) => void = () => {}

  constructor(member: string, platform: string, now: () => number, options: ConnectionOptions) {
    this.#member = member
    this.#platform = platform
    this.#now = now
    this.#options = options
    this.#pools = this.#open()
    if (options.tls) {
      this.#stopWatching = options.tls.watch(
        () => {
          const old = this.#pools
          this.#pools = this.#open()
          for (const pool of Object.values(old)) pool.close().catch(() => {})
        },
        ({ message }) => this.onNotice(message),
      )
    }
  }

  get closed(): AbortSignal {
    return this.#closed.signal
  }

  #open(): Record<Ask['method'], Pool> {
    const { tls } = this.#options
    const pool = () =>
      new Pool(this.#platform, {
        connections: CONNECTIONS,
        headersTimeout: ANSWER_MS,
        bodyTimeout: ANSWER_MS,
        // A resumed session shows no certificate, and a member is known by its own.
        connect: { timeout: CONNECT_MS, maxCachedSessions: 0, ...tls?.current },
      })
    return { GET: pool(), POST: pool() }
  }

  /**
   * Asks until there is an answer that is a success and is read whole.
   * @param make called for every try: each request is signed anew
   * @param read may throw to have the request made again
   * @param onFault told of a try that failed and of the milliseconds that it took
   * @throws PlatformUnreachable after the patience, and a named error for what no repetition mends
   */
  async ask<R>(
    make: () => Ask,
    read: (answer: Answer) => Promise<R>,
    onFault: (tookMs: number) => void = () => {},
  ): Promise<R> {
    let since: number | undefined
    for (let tries = 0; ; tries++) {
      const began = performance.now()
      const outcome = await this.#try(make(), read)
      if ('value' in outcome) return outcome.value
      this.#closed.signal.throwIfAborted()
      onFault(performance.now() - began)
      if (!outcome.passes) throw outcome.fault
      since ??= this.#now()
      this.#endPatience(since, outcome.fault)
      const delay = backoffMs(tries, this.#options.random, this.#options.backoff ?? BACKOFF)
      await sleep(Math.max(delay, outcome.afterMs ?? 0), undefined, { signal: this.#closed.signal })
    }
  }

  /** @throws what was wrong last, once the patience is over */
  #endPatience(since: number, fault: Error): void {
    const { patienceMs } = this.#options
    const named = (fault as { code?: string }).code?.startsWith('YX_') === true
    if (this.#now() - since >= patienceMs) {
      if (named) throw fault
      throw new serverErrors.PlatformUnreachable(`, for ${Math.round(patienceMs / 1000)} seconds now`)
    }
    if (this.#now() - this.#mentioned < MENTION_MS) return
    this.#mentioned = this.#now()
    const { code, message } = fault as Error & { code?: string }
    this.onNotice(`The platform at ${this.#platform} is waited for: ${named ? message : (code ?? message)}`)
  }

  async #try<R>(
    ask: Ask,
    read: (answer: Answer) => Promise<R>,
  ): Promise<{ value: R } | (Refusal & { afterMs?: number })> {
    const sentAt = this.#now()
    try {
      const answer = await this.#pools[ask.method].request({
        method: ask.method,
        path: ask.path,
        headers: {
          [PROTOCOL_HEADER]: String(PROTOCOL_VERSION),
          ...(ask.body && { 'content-type': 'application/octet-stream' }),
        },
        ...(ask.body && { body: ask.body }),
        signal: this.#closed.signal,
      })
      const session = answer.headers[SESSION_HEADER]
      if (typeof session === 'string') this.onSession(session)
      const version = Number(answer.headers[MEMBERS_HEADER])
      if (Number.isSafeInteger(version)) this.onMemberList(version)
      if (answer.statusCode < 300) return { value: await read(answer) }
      const { statusCode: status, headers } = answer
      await answer.body.dump().catch(() => {})
      const refusal = refusalOf(this.#member, { status, headers }, sentAt)
      return { ...refusal, afterMs: retryAfterMs(headers['retry-after'], this.#now()) }
    } catch (fault) {
      return connectionFault(new URL(this.#platform).hostname, fault)
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#stopWatching()
    await Promise.all(Object.values(this.#pools).map((pool) => pool.destroy()))
  }
}
