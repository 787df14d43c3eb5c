/** Errors of the way between members and platform: certificates, clocks, versions, parts. */
import { createError } from '@fastify/error'

export const transportErrors = {
  PollRefused: createError(
    'YX_SERVER_POLL_REFUSED',
    'The relay refused a request in the name of %s: it is not signed by it, or its time is not acceptable. Mend: check the member file and the clock of that party.',
    401,
  ),
  RequestRepeated: createError(
    'YX_SERVER_REQUEST_REPEATED',
    'The relay has seen this signed request before, or newer ones. Rule: each request is sent once. Mend: nothing, the member signs a new one; if it goes on, look at the gateways on the way.',
    409,
  ),
  SessionReplaced: createError(
    'YX_SERVER_SESSION_REPLACED',
    'A later process speaks for %s, so this one is refused. Rule: one process a member. Mend: find the other one, on another machine or from a copied folder, and end one of them.',
    409,
  ),
  ClockWrong: createError(
    'YX_SERVER_CLOCK_WRONG',
    'The platform refuses the requests of %s, whose clock is %s seconds away from the platform clock. Rule: at most 60 seconds. Mend: set the clock that is wrong, best by NTP on both machines.',
    401,
  ),
  VersionDiffers: createError(
    'YX_SERVER_VERSION_DIFFERS',
    'A member speaks version %s of the protocol and the platform version %s. Rule: all parties of a consortium run the same one. Mend: bring the older installation up to date.',
    426,
  ),
  CertificateMissing: createError(
    'YX_SERVER_CERTIFICATE_MISSING',
    '%s showed no certificate. Rule: every member shows its own, issued by the authority of the consortium. Mend: name certificate, key and authority under "tls" in its configuration; see that no gateway ends the TLS connection.',
    403,
  ),
  CertificateForeign: createError(
    'YX_SERVER_CERTIFICATE_FOREIGN',
    'The certificate of %s was not issued by the authority of the consortium. Mend: take the certificate that was issued at enrolment, and the same authority file on both sides; see that no gateway ends the TLS connection.',
    403,
  ),
  CertificateExpired: createError(
    'YX_SERVER_CERTIFICATE_EXPIRED',
    'The certificate of %s is not in date. Mend: see that the clocks of both machines are right, then have a new certificate issued and put it in the place of the old one.',
    403,
  ),
  CertificateOther: createError(
    'YX_SERVER_CERTIFICATE_OTHER',
    'A request in the name of %s came with the certificate of another member. Mend: give each node its own certificate and identity.',
    403,
  ),
  CertificateReplaced: createError(
    'YX_SERVER_CERTIFICATE_REPLACED',
    'The certificate of %s has a key that the member list does not name. Rule: the key of the newest enrolment or rotation; the one before it for as long as the list says. Mend: put the certificate and key of the newest one in place; if this member did not rotate its keys, tell the office of the consortium.',
    403,
  ),
  CertificateHost: createError(
    'YX_SERVER_CERTIFICATE_HOST',
    'The certificate of the platform does not name the host %s. Mend: use the host name that the certificate was issued for as "platform" in the configuration, or have it issued for this one too.',
    502,
  ),
  ConfigTls: createError(
    'YX_SERVER_CONFIG_TLS',
    'The TLS files of the configuration cannot be used: %s. Rule: certificate, its private key and the certificate of the authority, as PEM. Mend: correct the paths or the files.',
    500,
  ),
  ConfigPlainHttp: createError(
    'YX_SERVER_CONFIG_PLAIN_HTTP',
    'Plain http is configured for %s. Rule: without TLS only within one machine (127.0.0.1, ::1 or localhost). Mend: configure "tls" on both sides and write https://.',
    500,
  ),
  EnvelopeTooLarge: createError(
    'YX_SERVER_ENVELOPE_TOO_LARGE',
    'An envelope of more than %s bytes was announced. Rule: no message of the protocol is that large. Mend: report it with the log of the party that sent it.',
    413,
  ),
  PartDamaged: createError(
    'YX_SERVER_PART_DAMAGED',
    'A part of an envelope arrived cut off or changed: its length or hash is not what was signed. Mend: nothing, it is sent again; if it goes on, look at the gateways on the way.',
    400,
  ),
  PartMisplaced: createError(
    'YX_SERVER_PART_MISPLACED',
    'A part of an envelope has no place: %s. Rule: envelopes to one receiver follow each other, parts lie on a fixed grid. Mend: bring both installations up to date; see whether two processes run under one name.',
    409,
  ),
  PlatformRestarted: createError(
    'YX_SERVER_PLATFORM_RESTARTED',
    'The request is about a session of the platform that has ended. Mend: nothing, the member begins the envelope again.',
    409,
  ),
  UploadsFull: createError(
    'YX_SERVER_UPLOADS_FULL',
    'The relay holds as many unfinished envelopes as it may. Mend: nothing, the member comes again; if it goes on, look in the platform log for a member that never finishes.',
    503,
  ),
  QueueFull: createError(
    'YX_SERVER_QUEUE_FULL',
    'As much waits %s as the relay may hold. Mend: see whether the parties that it is for run; the sender comes again.',
    503,
  ),
  NotYetTaken: createError(
    'YX_SERVER_NOT_YET_TAKEN',
    'The platform has the envelope but has not made it durable yet. Mend: nothing, the member asks again; if it goes on, look at disk and load of the platform.',
    503,
  ),
  AnswerDamaged: createError(
    'YX_SERVER_ANSWER_DAMAGED',
    'An answer of the platform arrived cut off or changed. Mend: nothing, it is fetched again; if it goes on, look at the gateways on the way.',
    502,
  ),
  PlatformRefused: createError(
    'YX_SERVER_PLATFORM_REFUSED',
    'The platform, or a gateway before it, refused a request with HTTP status %s. Mend: read the platform log of the same second; if it has nothing, ask who runs the gateway.',
    502,
  ),
  PlatformUnreachable: createError(
    'YX_SERVER_PLATFORM_UNREACHABLE',
    'The platform does not answer%s. Rule: every party reaches its one port by outbound HTTPS; it waits as long as "patienceSeconds" says. Mend: check the address, then start the platform.',
    503,
  ),
}
