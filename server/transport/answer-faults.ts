/** What went wrong with a request of a member: a fault that ends it, or one that passes. */
import { PROTOCOL_VERSION } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { CLOCK_TOLERANCE, CODE_HEADER, PROTOCOL_HEADER, TIME_HEADER } from './limits.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Answers that say nothing of the request itself: somebody is overloaded, restarting or too slow. */
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

const codesOf = (...faults: (new () => { code: string })[]): ReadonlySet<string> =>
  new Set(faults.map((Fault) => new Fault().code))
/** Named refusals after which the same request, signed anew, is right. */
const PASSING_CODES = codesOf(serverErrors.PartDamaged, serverErrors.RequestRepeated)
const SAID_TO_US = [
  serverErrors.SessionReplaced,
  serverErrors.CertificateMissing,
  serverErrors.CertificateForeign,
  serverErrors.CertificateExpired,
  serverErrors.CertificateOther,
  serverErrors.CertificateReplaced,
]

export interface Refusal {
  readonly fault: Error
  readonly passes: boolean
}

/**
 * The fault of an answer that is no success, in the words that help at the member.
 * @param sentAt the member's clock when the request left, in milliseconds
 */
export function refusalOf(
  member: string,
  answer: { readonly status: number; readonly headers: Headers },
  sentAt: number,
): Refusal {
  const { status, headers } = answer
  const code = String(headers[CODE_HEADER])
  const ends = (fault: Error): Refusal => ({ fault, passes: false })
  if (code === new serverErrors.PlatformRestarted().code) return ends(new serverErrors.PlatformRestarted())
  if (code === new serverErrors.VersionDiffers().code)
    return ends(new serverErrors.VersionDiffers(PROTOCOL_VERSION, String(headers[PROTOCOL_HEADER])))
  if (code === new serverErrors.PollRefused().code) {
    const skew = sentAt - Number(headers[TIME_HEADER])
    return ends(
      Math.abs(skew) > CLOCK_TOLERANCE
        ? new serverErrors.ClockWrong(member, Math.round(Math.abs(skew) / 1000))
        : new serverErrors.PollRefused(member),
    )
  }
  if (code === new serverErrors.PartMisplaced().code)
    return ends(new serverErrors.PartMisplaced('the platform log says which'))
  for (const Said of SAID_TO_US) if (code === new Said().code) return ends(new Said(member))
  for (const Named of [serverErrors.QueueFull, serverErrors.UploadsFull, serverErrors.NotYetTaken])
    if (code === new Named().code) return { fault: new Named('for a party of the run'), passes: true }
  const passes = PASSING_STATUS.has(status) || PASSING_CODES.has(code)
  return { fault: new serverErrors.PlatformRefused(status), passes }
}

/** What OpenSSL calls certificates that do not lead to the authority that this member believes, or not for this use. */
const FOREIGN: ReadonlySet<string> = new Set([
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_SIGNATURE_FAILURE'],
  ...['INVALID_PURPOSE', 'INVALID_CA', 'CERT_UNTRUSTED', 'CERT_REJECTED', 'CERT_REVOKED'],
  ...['CERT_CHAIN_TOO_LONG', 'PATH_LENGTH_EXCEEDED'],
])

function certificateFault(code: unknown, host: string): Error | undefined {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return new serverErrors.CertificateExpired('the platform')
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return new serverErrors.CertificateHost(host)
  return FOREIGN.has(String(code)) ? new serverErrors.CertificateForeign('the platform') : undefined
}

/** The fault of a request that got no answer; everything but a certificate that is not the platform's passes. */
export function connectionFault(host: string, fault: unknown): Refusal {
  const named = certificateFault((fault as { code?: unknown } | null)?.code, host)
  return named ? { fault: named, passes: false } : { fault: fault as Error, passes: true }
}
