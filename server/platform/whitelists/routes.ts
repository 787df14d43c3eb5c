import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { RatingStore } from '../../store/index.ts'
import type { ReleaseGate } from '../release-gate.ts'
import { listWhitelist } from './schema.ts'
import { whitelistPage } from './service.ts'

export function whitelistRoutes(
  app: FastifyInstance,
  ratings: RatingStore,
  gate: ReleaseGate,
  cursorKey: Uint8Array,
): void {
  app
    .withTypeProvider<TypeBoxTypeProvider>()
    .get(
      '/whitelist',
      { schema: listWhitelist, config: { product: 'whitelist' } },
      async ({ query, institution }) => {
        const payload = await whitelistPage(ratings, cursorKey, query)
        const subjects = payload.data.map(({ subject }) => subject)
        return gate.release({ product: 'whitelist', institution, subjects, payload })
      },
    )
}
