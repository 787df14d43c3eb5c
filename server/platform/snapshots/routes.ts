import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { RatingStore } from '../../store/index.ts'
import type { ReleaseGate } from '../release-gate.ts'
import { getCurrentSnapshot } from './schema.ts'
import { currentSnapshot } from './service.ts'

/** @param monitoring how the model stands under watch now; a snapshot itself never changes */
export function snapshotRoutes(
  app: FastifyInstance,
  ratings: RatingStore,
  gate: ReleaseGate,
  monitoring: () => string,
): void {
  app
    .withTypeProvider<TypeBoxTypeProvider>()
    .get(
      '/snapshots/current',
      { schema: getCurrentSnapshot, config: { product: 'snapshot' } },
      async ({ institution }) => {
        const payload = { ...(await currentSnapshot(ratings)), monitoring: monitoring() }
        return gate.release({ product: 'snapshot', institution, subjects: [], payload })
      },
    )
}
