import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { serverErrors } from '../errors.ts'

export interface RateLimit {
  readonly max: number
  readonly windowSeconds: number
}

/**
 * Limits the requests of each API key, and of each address that shows no valid key, over all routes registered afterwards;
 * to be registered after authentication. A route opts out with `config.rateLimit: false`.
 */
export async function registerRateLimit(
  app: FastifyInstance,
  { max, windowSeconds }: RateLimit,
): Promise<void> {
  await app.register(rateLimit, {
    max,
    timeWindow: windowSeconds * 1000,
    enableDraftSpec: true,
    keyGenerator: ({ institution, ip }) => (institution ? `key ${institution.keyPrefix}` : `address ${ip}`),
    errorResponseBuilder: () => new serverErrors.TooManyRequests(max, windowSeconds),
  })
}
