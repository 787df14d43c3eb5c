/** The operator's side of the platform's control port: who is there, start a run, follow it, fetch its totals. */
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { serverErrors } from '../errors.ts'
import type { ControlEvent, RunRequest } from '../platform/control/run-report.ts'

export class Operator {
  #platform: string
  #token: string

  constructor(platform: string, token: string) {
    this.#platform = platform
    this.#token = token
  }

  async #call(method: 'GET' | 'POST', path: string, body?: object) {
    const answer = await request(`${this.#platform}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(body && { body: JSON.stringify(body) }),
    })
    if (answer.statusCode >= 300) {
      await answer.body.dump()
      throw new serverErrors.PlatformRefused(answer.statusCode)
    }
    return answer.body
  }

  /** Waits until the platform listens and all parties said hello. @param ended true when there is no use in waiting */
  async waitForParties(
    parties: readonly string[],
    ended: () => boolean,
    onWaiting: (missing: string[]) => void,
  ): Promise<void> {
    for (;;) {
      if (ended()) return
      try {
        const { missing } = (await (await this.#call('POST', '/control/missing', { parties })).json()) as {
          missing: string[]
        }
        if (missing.length === 0) return
        onWaiting(missing)
      } catch (fault) {
        if ((fault as { code?: string }).code?.startsWith('YX_')) throw fault
      }
      await sleep(100)
    }
  }

  /** Starts a run and yields its events until it is done or failed. */
  async *run(body: RunRequest): AsyncGenerator<ControlEvent> {
    let rest = ''
    for await (const chunk of await this.#call('POST', '/control/runs', body)) {
      const lines = (rest + (chunk as Buffer).toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line) yield JSON.parse(line) as ControlEvent
    }
  }

  /** Total points per roster row of the last accepted run, in hundredths, the public offset included. */
  async totals(): Promise<Int32Array> {
    const bytes = await (await this.#call('GET', '/control/totals')).arrayBuffer()
    return new Int32Array(bytes)
  }

  /** A fresh API key for an institution. */
  async createKey(institution: string): Promise<string> {
    const { key } = (await (await this.#call('POST', '/control/keys', { institution })).json()) as {
      key: string
    }
    return key
  }

  /** Id of the snapshot that is served, or null. */
  async currentSnapshot(): Promise<string | null> {
    const { snapshot } = (await (await this.#call('GET', '/control/snapshot')).json()) as {
      snapshot: string | null
    }
    return snapshot
  }

  /** Tells the platform that a party's process ended. */
  async reportLost(party: string): Promise<void> {
    await (await this.#call('POST', '/control/lost', { party })).dump()
  }
}
