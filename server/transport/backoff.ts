/** How long a member waits before it tries again: longer each time, capped, and never all members at the same moment. */
export interface BackoffTimes {
  readonly firstMs: number
  readonly mostMs: number
}

/** The cap is short enough that members are back within a run's silence after the platform restarted. */
export const BACKOFF: BackoffTimes = { firstMs: 50, mostMs: 4_000 }

/** @param tries failures before this wait, from 0 @param random uniform in [0, 1) */
export function backoffMs(tries: number, random: () => number, { firstMs, mostMs }: BackoffTimes): number {
  const most = Math.min(mostMs, firstMs * 2 ** Math.min(tries, 30))
  return most * (0.5 + random() / 2)
}

/** Milliseconds that a Retry-After header asks for (RFC 9110: seconds or a date); 0 where there is none. */
export function retryAfterMs(header: unknown, now: number): number {
  if (typeof header !== 'string') return 0
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const until = Date.parse(header)
  return Number.isNaN(until) ? 0 : Math.max(0, until - now)
}
