/** Which addresses may be spoken to, or listened at, without TLS: those of this machine alone. */
import { serverErrors } from '../errors.ts'

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)

/** @param platform where a member finds the platform @throws ConfigPlainHttp */
export function assertReachedSafely(platform: string): void {
  const { protocol, hostname } = new URL(platform)
  if (protocol !== 'https:' && !isLoopback(hostname)) throw new serverErrors.ConfigPlainHttp(platform)
}

/** @param host where the platform listens without TLS @throws ConfigPlainHttp */
export function assertListensSafely(host: string): void {
  if (!isLoopback(host)) throw new serverErrors.ConfigPlainHttp(`the platform's own port at ${host}`)
}
