/** C3 at the platform: the answer to the key holder's encrypted vectors, drawn from the run's secret. */
import type { CrossQuery, CrossVectors } from '../../engine/index.ts'
import type { PlatformRun } from '../roles/platform/run.ts'

/** Hash of everything a query consists of, for the labels of the streams it is answered from. */
export const hashOfQuery = (run: PlatformRun, ...parts: Uint8Array[]): string =>
  Buffer.from(run.node.membership.suite.hash(...parts)).toString('hex')

/**
 * @param step names the exchange; a label serves one query
 * @param factors what each of the query's vectors is multiplied with
 */
export function answerKeyHolder(
  run: PlatformRun,
  step: string,
  query: CrossQuery,
  factors: CrossVectors,
): Promise<{ answer: Uint8Array; rho: Float64Array }> {
  const seen = hashOfQuery(
    run,
    query.publicKey,
    query.first,
    query.second,
    ...(query.third ? [query.third] : []),
  )
  return run.services.engine.answerCross(query, factors, run.secret.seed('cross answer', step, seen))
}
