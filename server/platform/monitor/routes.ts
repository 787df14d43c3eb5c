/** The operator's routes about the watch over the model that rates: how it stands, and the decision to go on. */
import type { FastifyInstance, FastifySchema, RouteShorthandOptions } from 'fastify'
import Type from 'typebox'
import type { ModelMonitor } from './model-monitor.ts'

const Decision = Type.Object(
  { note: Type.String({ minLength: 1, maxLength: 500 }) },
  { additionalProperties: false },
)

/** @param apart does something beside which there is no night */
export function registerMonitor(
  control: FastifyInstance,
  hidden: RouteShorthandOptions,
  monitor: ModelMonitor,
  apart: <V>(work: () => Promise<V>) => Promise<V>,
): void {
  control.get('/control/model/monitor', hidden, async () => ({ watch: monitor.watch }))
  control.post<{ Body: { note: string } }>(
    '/control/model/monitor/accept',
    { ...hidden, schema: { body: Decision, hide: true } as FastifySchema },
    async ({ body }) => ({ watch: await apart(() => monitor.accept(body.note)) }),
  )
}
