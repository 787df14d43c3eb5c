/** The operator's routes about the registry: what there is, how it came there, and the next step. */
import type { FastifyInstance, FastifySchema, RouteShorthandOptions } from 'fastify'
import Type from 'typebox'
import { MODEL_ACTIONS, MOST_SHARE } from '../../store/index.ts'
import type { ChangeRequest, ModelRegistry } from './model-registry.ts'
import { summaryOf } from './model-summary.ts'

const strict = { additionalProperties: false }
const Version = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })
const ofModel = Type.Object({ version: Version }, strict)
const Change = Type.Object(
  {
    action: Type.Union(MODEL_ACTIONS.map((action) => Type.Literal(action))),
    version: Type.Optional(Version),
    share: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_SHARE })),
  },
  strict,
)

/**
 * @param control whatever is registered on it asks for the operator's token first
 * @param apart does something beside which there is no night: what a night is scored with does not change meanwhile
 */
export function registerRegistry(
  control: FastifyInstance,
  hidden: RouteShorthandOptions,
  registry: ModelRegistry,
  apart: <V>(work: () => Promise<V>) => Promise<V>,
): void {
  const { store } = registry
  const taking = (schema: FastifySchema) => ({
    ...hidden,
    schema: { ...schema, hide: true } as FastifySchema,
  })
  control.get('/control/models', hidden, async () => {
    const { share, salt } = await store.serving()
    const models = await store.models()
    return { share, salt, models: models.map((model) => summaryOf(model, registry.requiredOf(model))) }
  })
  control.get<{ Params: { version: number } }>(
    '/control/models/:version',
    taking({ params: ofModel }),
    async ({ params }) => {
      const model = await store.model(params.version)
      return { ...summaryOf(model, registry.requiredOf(model)), cardText: model.cardText }
    },
  )
  control.get('/control/model-history', hidden, async () => ({ events: await store.history() }))
  control.post<{ Body: ChangeRequest }>(
    '/control/model-steps',
    taking({ body: Change }),
    async ({ body }) => {
      const model = await apart(() => registry.change(body))
      return summaryOf(model, registry.requiredOf(model))
    },
  )
}
