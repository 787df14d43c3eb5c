/** A member's side of the relay: outbound calls only, so it runs behind any firewall. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Membership, Transport } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { decodeFrames } from './poll-frame.ts'
import { signPoll } from './poll-signature.ts'

const RETRY_MS = 250
/** A minute: a busy machine may start its platform late. */
const MOST_RETRIES = 240

export class RelayClient implements Transport {
  #membership: Membership
  #session: string
  #pool: Pool
  #now: () => number
  #after = 0
  #time = 0
  #closed = new AbortController()

  /** @param session names this process lifetime, the same as the node's */
  constructor(membership: Membership, platform: string, session: string, now: () => number) {
    this.#membership = membership
    this.#session = session
    this.#now = now
    this.#pool = new Pool(platform, { connections: 8, headersTimeout: 60_000, bodyTimeout: 60_000 })
  }

  /** Posts an envelope; tries again while the platform cannot be reached. @throws PlatformUnreachable, PlatformRefused */
  async send(_to: string, envelope: Uint8Array): Promise<void> {
    const answer = await this.#persist(() =>
      this.#pool.request({
        method: 'POST',
        path: '/federation/envelopes',
        headers: { 'content-type': 'application/octet-stream' },
        body: envelope,
        signal: this.#closed.signal,
      }),
    )
    await answer.body.dump()
    if (answer.statusCode >= 300) throw new serverErrors.PlatformRefused(answer.statusCode)
  }

  /** Long-polls until closed; hands every envelope on once, in order. @throws PlatformUnreachable, PlatformRefused */
  async listen(receive: (envelope: Uint8Array) => void): Promise<void> {
    while (!this.#closed.signal.aborted) {
      const answer = await this.#persist(() =>
        this.#pool.request({ method: 'GET', path: this.#pollPath(), signal: this.#closed.signal }),
      ).catch((fault: unknown) => {
        if (this.#closed.signal.aborted) return null
        throw fault
      })
      if (!answer) return
      if (answer.statusCode >= 300) throw new serverErrors.PlatformRefused(answer.statusCode)
      const frames = decodeFrames(
        new Uint8Array(await answer.body.arrayBuffer().catch(() => new ArrayBuffer(0))),
      )
      for (const { sequence, envelope } of frames) {
        if (sequence <= this.#after) continue
        this.#after = sequence
        receive(envelope)
      }
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#pool.destroy()
  }

  #pollPath(): string {
    // Strictly rising, so that a recorded poll is worth nothing.
    this.#time = Math.max(this.#time + 1, this.#now())
    const claim = {
      member: this.#membership.name,
      session: this.#session,
      time: this.#time,
      after: this.#after,
    }
    const query = new URLSearchParams({
      member: claim.member,
      session: claim.session,
      time: String(claim.time),
      after: String(claim.after),
      signature: signPoll(this.#membership, claim),
    })
    return `/federation/poll?${query}`
  }

  async #persist<R>(call: () => Promise<R>): Promise<R> {
    for (let tries = 0; ; tries++) {
      try {
        return await call()
      } catch (fault) {
        if (this.#closed.signal.aborted || tries >= MOST_RETRIES) throw new serverErrors.PlatformUnreachable()
        if ((fault as { code?: string }).code?.startsWith('YX_')) throw fault
        await sleep(RETRY_MS)
      }
    }
  }
}
