/** A member's side of the relay: outbound calls only, so it runs behind any firewall. */
import type { Membership, Transport } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { assertReachedSafely } from './address.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { Inbox } from './inbox.ts'
import { Outbox, type Speaker } from './outbox.ts'

export class RelayClient implements Transport {
  #connection: Connection
  #outbox: Outbox
  #inbox: Inbox
  #platform = ''
  /** Called when the platform that answers has another session than the one before: it started anew. */
  onPlatformSession: () => void = () => {}

  /**
   * @param session names this process lifetime, the same as the node's
   * @throws ConfigPlainHttp
   */
  constructor(
    membership: Membership,
    platform: string,
    session: string,
    now: () => number,
    options: ConnectionOptions,
  ) {
    assertReachedSafely(platform)
    this.#connection = new Connection(membership.name, platform, now, options)
    let time = 0
    const speaker: Speaker = {
      membership,
      claim: () => {
        // Never twice, so that a recorded request is worth nothing.
        time = Math.max(time + 1, now())
        return { member: membership.name, session, platform: this.#platform, time }
      },
    }
    this.#outbox = new Outbox(this.#connection, speaker)
    this.#inbox = new Inbox(this.#connection, speaker)
    this.#connection.onSession = (answering) => {
      if (answering === this.#platform) return
      const known = this.#platform !== ''
      this.#platform = answering
      if (known) this.onPlatformSession()
    }
  }

  /** Called with what an operator should know though nothing failed for good. */
  set onNotice(notice: (text: string) => void) {
    this.#connection.onNotice = notice
  }

  /** Called with the version of the member list that every answer of the platform names. */
  set onMemberList(newer: (version: number) => void) {
    this.#connection.onMemberList = newer
  }

  /** The newest member list that the platform holds; nothing of it is proven. @throws as `send` */
  memberList(): Promise<unknown> {
    return this.#connection.ask(
      () => ({ method: 'GET', path: '/federation/members' }),
      (answer) => answer.body.json(),
    )
  }

  /**
   * Resolves when the relay has the envelope: the platform has made it durable, or it waits for another member.
   * Tries again while the platform cannot be reached, as long as the patience lasts.
   * @throws PlatformUnreachable, PlatformRefused, ClockWrong, VersionDiffers and the errors of certificates
   */
  async send(to: string, envelope: Uint8Array): Promise<void> {
    try {
      await this.#outbox.send(to, envelope)
    } catch (fault) {
      if (this.#connection.closed.aborted) throw new serverErrors.PlatformUnreachable('')
      throw fault
    }
  }

  /**
   * Polls until closed; hands every envelope on once, in order, and acknowledges it when the promise of `receive` is kept.
   * @throws as `send`, and what `receive` rejects with
   */
  listen(receive: (envelope: Uint8Array) => Promise<void> | void): Promise<void> {
    return this.#inbox.listen(receive)
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}
