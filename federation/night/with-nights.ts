/** A role that takes part in nights too: messages of nights go there, everything else to the role. */
import type { AnyMessage } from '../messages/envelope.ts'
import type { ScorecardSink } from '../ports.ts'
import type { Role } from '../role.ts'
import { isOfNight } from './night-id.ts'
import type { ProviderNight, ProviderScorecard } from './provider-night.ts'

interface Nights {
  handle(message: AnyMessage): Promise<void>
  /** Which messages are of a night, beside those of its own types. */
  admits?(message: AnyMessage): boolean
}

/** The role itself, which from now on gives messages of nights away. */
export function withNights<R extends Role>(role: R, nights: Nights): R {
  const handle = role.handle.bind(role)
  role.handle = (message, envelope) =>
    isOfNight(message.type) || nights.admits?.(message) ? nights.handle(message) : handle(message, envelope)
  return role
}

/** A sink that keeps with each scorecard the points of the day of training. */
export const keepingPoints = (sink: ScorecardSink, nights: ProviderNight): ScorecardSink => ({
  async keep(scorecard) {
    await sink.keep(scorecard)
    await nights.keepTrained(scorecard as ProviderScorecard)
  },
})
