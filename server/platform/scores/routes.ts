import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { RatingStore } from '../../store/index.ts'
import type { ReleaseGate } from '../release-gate.ts'
import { getScore } from './schema.ts'
import { scoreOf } from './service.ts'

export function scoreRoutes(app: FastifyInstance, ratings: RatingStore, gate: ReleaseGate): void {
  app
    .withTypeProvider<TypeBoxTypeProvider>()
    .get(
      '/scores/:uscc',
      { schema: getScore, config: { product: 'score' } },
      async ({ params, institution }) => {
        const payload = await scoreOf(ratings, params.uscc)
        return gate.release({ product: 'score', institution, subjects: [params.uscc], payload })
      },
    )
}
