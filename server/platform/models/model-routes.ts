/** The operator's routes about the served model: how it stands, what is proposed, and who is forgotten. */
import type { FastifyInstance, RouteShorthandOptions } from 'fastify'
import type { RunService } from '../control/run-service.ts'
import type { ModelDesk } from './model-desk.ts'

export function registerModels(
  control: FastifyInstance,
  hidden: RouteShorthandOptions,
  desk: ModelDesk,
  service: RunService,
): void {
  control.get('/control/model', hidden, async () => ({ model: await desk.status() }))
  control.get('/control/proposals', hidden, async () => ({ proposals: await desk.proposals() }))
  control.post<{ Params: { id: string } }>(
    '/control/proposals/:id/accept',
    hidden,
    async (request, reply) => {
      const run = await desk.accept(request.params.id, (of) => service.start(of))
      return reply.code(201).send({ run })
    },
  )
  control.post<{ Params: { name: string } }>(
    '/control/providers/:name/forget',
    hidden,
    async (request, reply) => {
      await desk.forget(request.params.name)
      return reply.code(204).send()
    },
  )
}
