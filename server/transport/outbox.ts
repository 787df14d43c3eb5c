/** A member's envelopes on their way to the relay: in numbered parts, several at once, resumed where something is missing. */
import type { Membership } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import type { Connection } from './connection.ts'
import { PART_BYTES, PARTS_IN_FLIGHT } from './limits.ts'
import { type PartClaim, signedPart } from './signed-request.ts'
import { partCount } from './uploads.ts'

/** What every request of a session says of itself. */
export interface Speaker {
  readonly membership: Membership
  /** Who asks, and when: a new time at each call. */
  claim(): { member: string; session: string; platform: string; time: number }
}

const RESTARTED = new serverErrors.PlatformRestarted().code

export class Outbox {
  #connection: Connection
  #speaker: Speaker
  /** The upload that is under way to each receiver; its followers wait. */
  #last = new Map<string, Promise<void>>()
  /** Numbers of the envelopes that the platform's session has taken. */
  #taken = { platform: '', numbers: new Map<string, number>() }

  constructor(connection: Connection, speaker: Speaker) {
    this.#connection = connection
    this.#speaker = speaker
  }

  /** Resolves when the relay has taken the envelope for good. @throws what Connection.ask throws */
  send(to: string, envelope: Uint8Array): Promise<void> {
    const sent = (this.#last.get(to) ?? Promise.resolve()).then(() => this.#persist(to, envelope))
    this.#last.set(
      to,
      sent.catch(() => {}),
    )
    return sent
  }

  /** A platform that starts anew has forgotten the parts that it had, and the numbers of all envelopes. */
  async #persist(to: string, envelope: Uint8Array): Promise<void> {
    const whole = this.#hexHash(envelope)
    for (;;) {
      const { platform } = this.#speaker.claim()
      try {
        return await this.#upload(platform, to, envelope, whole)
      } catch (fault) {
        const isNew = this.#speaker.claim().platform !== platform
        if ((fault as { code?: string }).code !== RESTARTED || !isNew) throw fault
      }
    }
  }

  async #upload(platform: string, to: string, envelope: Uint8Array, whole: string): Promise<void> {
    if (this.#taken.platform !== platform) this.#taken = { platform, numbers: new Map() }
    const { numbers } = this.#taken
    const number = (numbers.get(to) ?? 0) + 1
    const about = { platform, to, number, total: envelope.length, whole }
    const todo = Array.from({ length: partCount(envelope.length) }, (_, index) => index)
    while (todo.length > 0) {
      const heard = await this.#postAll(about, envelope, todo)
      if (heard.includes(null)) break
      // The relay made room in the meantime and says where to go on.
      todo.push(Number(heard.at(-1)))
    }
    numbers.set(to, number)
  }

  /** Posts parts, several at once, emptying the list. @returns what the relay said to each, in the order of its answers */
  async #postAll(
    about: Pick<PartClaim, 'platform' | 'to' | 'number' | 'total' | 'whole'>,
    envelope: Uint8Array,
    todo: number[],
  ): Promise<(number | null)[]> {
    const heard: (number | null)[] = []
    const worker = async () => {
      for (let index = todo.shift(); index !== undefined; index = todo.shift()) {
        const body = envelope.subarray(index * PART_BYTES, (index + 1) * PART_BYTES)
        heard.push(await this.#post({ ...about, index, hash: this.#hexHash(body) }, body))
      }
    }
    await Promise.all(Array.from({ length: Math.min(PARTS_IN_FLIGHT, todo.length) }, worker))
    return heard
  }

  #post(part: Omit<PartClaim, 'member' | 'session' | 'time'>, body: Uint8Array): Promise<number | null> {
    return this.#connection.ask(
      () => {
        const claim = { ...this.#speaker.claim(), ...part }
        return {
          method: 'POST',
          path: `/federation/parts?${signedPart(this.#speaker.membership, claim)}`,
          body,
        }
      },
      async (answer) => {
        const { missing } = (await answer.body.json()) as { missing: number | null }
        if (missing !== null && !Number.isSafeInteger(missing)) throw new serverErrors.AnswerDamaged()
        return missing
      },
    )
  }

  #hexHash(bytes: Uint8Array): string {
    return Buffer.from(this.#speaker.membership.suite.hash(bytes)).toString('hex')
  }
}
