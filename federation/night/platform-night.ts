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
  /** 1 for each row that stays closed: another model rates it tonight. */
  readonly closed?: Uint8Array
  /** Ends the night, with its reason as the fault. */
  readonly stop?: AbortSignal
}

export class PlatformNight {
  #context: NightContext
  #source: () => Promise<PlatformNightData>
  #desk: NightDesk | undefined
  /** Providers that the night in progress goes on without, and why. */
  #absent = new Map<string, string>()

  constructor(context: NightContext, source: () => Promise<PlatformNightData>) {
    this.#context = context
    this.#source = source
  }

  /** True for a message of the night in progress. */
  admits(message: AnyMessage): boolean {
    return this.#desk !== undefined && message.run === this.#desk.night
  }

  async handle(message: AnyMessage): Promise<void> {
    // What was on its way when an attempt was given up has no place in the next one.
    if (this.admits(message)) this.#desk?.deliver(message)
  }

  /** A party stopped answering: further attempts of this night do not wait for it again. */
  lost(party: string): void {
    if (!this.#desk) return
    this.#absent.set(party, STOPPED)
    this.#desk.gone(party, '', STOPPED)
  }

  /** What a party sent could not be read. */
  broken(party: string, fault: unknown): void {
    const { code = '', message } = fault as { code?: string; message: string }
    if (this.#context.node.membership.knows(party)) this.#desk?.gone(party, code, message)
    else this.#desk?.fail(fault)
  }

  /** Parties that the night in progress waits for. */
  waitingFor(): string[] {
    return this.#desk?.waitingFor() ?? []
  }

  /** Those of them that have not answered one step for so many milliseconds, whether or not they are there. */
  overdue(milliseconds: number): string[] {
    return this.#desk?.overdue(milliseconds) ?? []
  }

  /**
   * Scores the whole roster with a model, or finishes an opening of that model that a crash left without an answer.
   * @throws RosterDiffers where `closed` is of another roster, NightWithheld, NightTooStale, NothingToCarry, NightRefused, TooFewProviders, PartyLost for the key holder,
   * PartyFailed with the code of what the key holder refused, and the reason of `stop`
   */
  async run(request: NightRequest): Promise<NightTotals> {
    const { node } = this.#context
    // A run that stands still keeps the member list that it was opened under.
    if ((await node.unfinished()) === null) await node.membership.takeUp()
    const data = await this.#source()
    const { stop } = request
    const stopped = () => this.#desk?.fail(stop?.reason)
    stop?.addEventListener('abort', stopped)
    try {
      return (await this.#finish(request, data)) ?? (await this.#score(request, data))
    } finally {
      stop?.removeEventListener('abort', stopped)
      this.#desk = undefined
      this.#absent.clear()
    }
  }

  async #score(request: NightRequest, data: PlatformNightData): Promise<NightTotals> {
    const { model, isThere, closed = new Uint8Array(data.roster.size) } = request
    if (closed.length !== data.roster.size)
      throw new federationErrors.RosterDiffers('the night', closed.length, 'another number of')
    const { clock } = this.#context.services
    const list = await data.authorisation.current()
    if (list && list.purpose !== model.purpose)
      throw new federationErrors.AuthorisationPurpose(list.purpose, model.purpose)
    list?.checkTime(clock.now())
    const publicOnly = publicOnlyRows(list, data.roster.size)
    const absent = this.#absent
    let holdAll = false
    let asked = false
    for (let number = 1; ; number++) {
      try {
        const attempt = await this.#begin(request, data, number)
        return await attempt.score({ absent, isThere, list, holdAll, publicOnly, closed })
      } catch (fault) {
        if (!(fault instanceof PartyGone)) throw fault
        // Another opening than the last was too near: what changed since the last one stays back.
        if (fault.party === KEY_HOLDER && fault.code === WITHHELD && !holdAll) holdAll = true
        else if (fault.party === KEY_HOLDER && fault.knowsNothing && !asked) {
          // What was asked of it before it was started anew is asked again.
          asked = true
          const finished = await this.#finish(request, data)
          if (finished) return finished
        } else if (fault.party === KEY_HOLDER) throw ofKeyHolder(fault)
        else absent.set(fault.party, fault.message)
      }
    }
  }

  /** Asks again for what a crash left without an answer: the key holder gives the same answer, or its first. */
  async #finish(request: NightRequest, data: PlatformNightData): Promise<NightTotals | null> {
    const { model } = request
    const { memory } = this.#context
    const pending = await memory.pending()
    if (!pending) return null
    if (pending.planHash !== model.planHash || pending.rosterDigest !== data.roster.digest) {
      await memory.giveUp()
      return null
    }
    try {
      const attempt = await this.#begin(request, data, 0)
      const { missing } = await attempt.agree()
      return await openNight(this.#context, attempt.desk, pending, missing)
    } catch (fault) {
      if (!(fault instanceof PartyGone)) throw fault
      if (!fault.refused) throw ofKeyHolder(fault)
      return null
    }
  }

  #begin({ model, stop }: NightRequest, data: PlatformNightData, number: number): Promise<NightAttempt> {
    return NightAttempt.begin(this.#context, data, model, number, (desk) => {
      this.#desk = desk
      if (stop?.aborted) desk.fail(stop.reason)
    })
  }
}

const STOPPED = 'it stopped answering'
const { code: WITHHELD } = new nightErrors.NightWithheld()

/** The key holder's refusal with its own code as the cause, or its silence. */
function ofKeyHolder({ party, code, message }: PartyGone): Error {
  if (code === '') return new federationErrors.PartyLost(party, 'the night')
  return Object.assign(new federationErrors.PartyFailed(party, message), { cause: code })
}
