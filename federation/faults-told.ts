/** Faults as other parties hear of them: by code, and never with data. */
import { engineErrors } from '../engine/index.ts'
import { federationErrors } from './errors.ts'
import type { Header } from './messages/envelope.ts'

/** Faults of the parsers, in the order in which a message meets them. */
const REFUSALS: ReadonlySet<unknown> = new Set(
  [
    federationErrors.EnvelopeRefused,
    engineErrors.SealedEnvelopeRefused,
    federationErrors.MessageMalformed,
    engineErrors.MalformedVector,
    engineErrors.MalformedCiphertext,
  ].map((Refusal) => new Refusal().code),
)

/**
 * Code and text of a fault of ours as other parties hear it. Every refused message is one and the same to them; the log of
 * this party tells which parser it was. A fault that is not ours is reported without its text, which may carry data.
 */
export function describeFault(fault: unknown): { code: string; text: string } {
  const { code, message } = (fault ?? {}) as { code?: unknown; message?: unknown }
  if (REFUSALS.has(code)) return describeFault(new federationErrors.MessageRefused())
  if (typeof code === 'string' && code.startsWith('YX_') && typeof message === 'string') {
    return { code, text: message.slice(0, 2000) }
  }
  const name = fault instanceof Error ? fault.name : 'fault'
  return { code: 'YX_FEDERATION_PARTY_FAILED', text: `internal error (${name}); see the log of that party` }
}

/** Refuses a message that has no place now. */
export function unexpected(message: Pick<Header, 'type' | 'from'>, why: string): never {
  throw new federationErrors.MessageUnexpected(message.type, message.from, why)
}
