/**
 * A night at the platform: who is there, which set, whose last vectors are carried over, one sum opened by the key holder. An
 * attempt in which a provider falls silent after the set was named is given up and started anew under a new name without it:
 * masks of the first name are never opened.
 */
import { publicOnlyRows } from '../authorisation/data-use.ts'
import { federationErrors } from '../errors.ts'
import { KEY_HOLDER } from '../members.ts'
import type { AnyMessage } from '../messages/envelope.ts'
import { nightErrors } from './errors.ts'
import { NightAttempt } from './night-attempt.ts'
import type { NightContext, NightModel, NightTotals, PlatformNightData } from './night-context.ts'
import { type NightDesk, PartyGone } from './night-desk.ts'
import { openNight } from './open-night.ts'

export interface NightRequest {
  readonly model: NightModel
  /** False for a party that has not said hello or is silent. */
  readonly isThere: (party: string) => boolean
}

export class PlatformNight {
  #context: NightContext
  #source: () => Promise<PlatformNightData>
  #desk: NightDesk | undefined

  constructor(context: NightContext, source: () => Promise<PlatformNightData>) {
    this.#context = context
    this.#source = source
  }

  /** True for a message of the night in progress. */
  admits(message: AnyMessage): boolean {
    return this.#desk !== undefined && message.run === this.#desk.night
  }

  async handle(message: AnyMessage): Promise<void> {
    this.#desk?.deliver(message)
  }

  /** A party stopped answering. */
  lost(party: string): void {
    this.#desk?.gone(party, '', 'it stopped answering')
  }

  /** What a party sent could not be read; after that nothing of this attempt is heard any more. */
  broken(party: string, fault: unknown): void {
    const { code = '', message } = fault as { code?: string; message: string }
    if (this.#context.node.membership.knows(party)) this.#desk?.gone(party, code, message)
    else this.#desk?.fail(fault)
  }

  /** Parties that the night in progress waits for. */
  waitingFor(): string[] {
    return this.#desk?.waitingFor() ?? []
  }

  /**
   * Scores the whole roster with a model, or finishes an opening of that model that a crash left without an answer.
   * @throws NightWithheld, NightTooStale, NothingToCarry, NightRefused, TooFewProviders, PartyLost for the key holder, and
   * PartyFailed with the code of what the key holder refused
   */
  async run(request: NightRequest): Promise<NightTotals> {
    const { node } = this.#context
    // A run that stands still keeps the member list that it was opened under.
    if ((await node.unfinished()) === null) await node.membership.takeUp()
    const data = await this.#source()
    try {
      return (await this.#finish(request.model, data)) ?? (await this.#score(request, data))
    } finally {
      this.#desk = undefined
    }
  }

  async #score({ model, isThere }: NightRequest, data: PlatformNightData): Promise<NightTotals> {
    const { clock } = this.#context.services
    const list = await data.authorisation.current()
    if (list && list.purpose !== model.purpose)
      throw new federationErrors.AuthorisationPurpose(list.purpose, model.purpose)
    list?.checkTime(clock.now())
    const publicOnly = publicOnlyRows(list, data.roster.size)
    const absent = new Map<string, string>()
    let holdAll = false
    for (let number = 1; ; number++) {
      try {
        const attempt = await this.#begin(model, data, number)
        return await attempt.score({ absent, isThere, list, holdAll, publicOnly })
      } catch (fault) {
        if (!(fault instanceof PartyGone)) throw fault
        // Another opening than the last was too near: what changed since the last one stays back.
        if (fault.party === KEY_HOLDER && fault.code === WITHHELD && !holdAll) holdAll = true
        else if (fault.party === KEY_HOLDER) throw ofKeyHolder(fault)
        else absent.set(fault.party, fault.message)
      }
    }
  }

  /** Asks again for what a crash left without an answer: the key holder gives the same answer, or its first. */
  async #finish(model: NightModel, data: PlatformNightData): Promise<NightTotals | null> {
    const { memory } = this.#context
    const pending = await memory.pending()
    if (!pending) return null
    if (pending.planHash !== model.planHash || pending.rosterDigest !== data.roster.digest) {
      await memory.giveUp()
      return null
    }
    try {
      const attempt = await this.#begin(model, data, 0)
      const { missing } = await attempt.agree()
      return await openNight(this.#context, attempt.desk, pending, missing)
    } catch (fault) {
      if (!(fault instanceof PartyGone)) throw fault
      if (fault.code === '') throw ofKeyHolder(fault)
      return null
    }
  }

  #begin(model: NightModel, data: PlatformNightData, number: number): Promise<NightAttempt> {
    return NightAttempt.begin(this.#context, data, model, number, (desk) => {
      this.#desk = desk
    })
  }
}

const { code: WITHHELD } = new nightErrors.NightWithheld()

/** The key holder's refusal with its own code as the cause, or its silence. */
function ofKeyHolder({ party, code, message }: PartyGone): Error {
  if (code === '') return new federationErrors.PartyLost(party, 'the night')
  return Object.assign(new federationErrors.PartyFailed(party, message), { cause: code })
}
