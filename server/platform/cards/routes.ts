import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply, FastifySchema, RouteShorthandOptions } from 'fastify'
import Type from 'typebox'
import { serverErrors } from '../../errors.ts'
import type { JsonObject, ModelStore, RatingStore, RegisteredModel } from '../../store/index.ts'
import type { ReleaseGate } from '../release-gate.ts'
import { CARD_POLICY, cardPage } from './card-page.ts'
import type { CardCopy } from './copy.ts'
import { getModelCard } from './schema.ts'

const ofModel = Type.Object(
  { version: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }) },
  { additionalProperties: false },
)

const asPage = (reply: FastifyReply): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', CARD_POLICY)
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'private, no-store')

/** For institutions: a page of what the release gate lets through, and of nothing else. */
export function cardRoutes(app: FastifyInstance, ratings: RatingStore, gate: ReleaseGate): void {
  app
    .withTypeProvider<TypeBoxTypeProvider>()
    .get(
      '/snapshots/current/card',
      { schema: getModelCard, config: { product: 'model_card' } },
      async ({ institution }, reply) => {
        const snapshot = await ratings.current()
        if (!snapshot) throw new serverErrors.NoSnapshot()
        const payload = snapshot.card as JsonObject
        return gate.releasePage(
          { product: 'model_card', institution, subjects: [], payload },
          asPage(reply),
          (part) => cardPage(part as CardCopy),
        )
      },
    )
}

/** For the operator: the whole card of a registered model, or of the champion, as a page. */
export function registerCards(
  control: FastifyInstance,
  hidden: RouteShorthandOptions,
  models: Pick<ModelStore, 'model' | 'serving'>,
): void {
  const pageOf = ({ cardText }: RegisteredModel) => cardPage(JSON.parse(cardText) as CardCopy)
  control.get<{ Params: { version: number } }>(
    '/control/models/:version/card.html',
    { ...hidden, schema: { params: ofModel, hide: true } as FastifySchema },
    async ({ params }, reply) => asPage(reply).send(pageOf(await models.model(params.version))),
  )
  control.get('/control/model/card.html', hidden, async (_request, reply) => {
    const { champion } = await models.serving()
    if (!champion) throw new serverErrors.NoSnapshot()
    return asPage(reply).send(pageOf(champion))
  })
}
