/**
 * The operator's port of the platform: start a run, follow it, stop and resume it, fetch totals for an audit in the clear.
 * Guarded by the operator's token; not part of the public API.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { serverErrors } from '../../errors.ts'
import type { NightRequest, NightService } from '../../night/night-service.ts'
import { registerCards } from '../cards/routes.ts'
import type { ModelDesk } from '../models/model-desk.ts'
import type { ModelRegistry } from '../models/model-registry.ts'
import { registerModels } from '../models/model-routes.ts'
import { registerRegistry } from '../models/registry-routes.ts'
import type { ModelMonitor } from '../monitor/model-monitor.ts'
import { registerMonitor } from '../monitor/routes.ts'
import type { RunRequest } from './run-report.ts'
import { CURRENT, type RunService } from './run-service.ts'

export function registerControl(
  app: FastifyInstance,
  tokenHash: string,
  service: RunService,
  desk?: ModelDesk,
  nights?: NightService,
  registry?: ModelRegistry,
  monitor?: ModelMonitor,
): void {
  const expected = Buffer.from(tokenHash, 'hex')
  app.register(async (control) => {
    control.addHook('onRequest', async (request) => {
      const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
      const given = createHash('sha256').update(token).digest()
      if (!timingSafeEqual(given, expected)) throw new serverErrors.OperatorRefused()
    })
    const hidden = { schema: { hide: true } as FastifySchema, config: { rateLimit: false as const } }
    control.post<{ Body: { parties: string[] } }>('/control/missing', hidden, async (request) => ({
      missing: service.missing(request.body.parties),
    }))
    control.post<{ Body: { party: string } }>('/control/lost', hidden, async (request, reply) => {
      service.lost(request.body.party)
      return reply.code(204).send()
    })
    control.post<{ Body: { institution: string } }>('/control/keys', hidden, async (request) => ({
      key: await service.createKey(request.body.institution),
    }))
    control.get('/control/snapshot', hidden, async () => ({ snapshot: await service.currentSnapshot() }))
    control.get('/control/totals', hidden, async (_request, reply) => {
      const totals = service.totals()
      return reply
        .type('application/octet-stream')
        .send(Buffer.from(totals.buffer, totals.byteOffset, totals.byteLength))
    })
    if (nights)
      control.post<{ Body: NightRequest }>('/control/nights', hidden, (request) => nights.night(request.body))
    registerRuns(control, hidden, service, nights)
    if (desk) registerModels(control, hidden, desk, service)
    const apart = <V>(work: () => Promise<V>) => (nights ? nights.apart(work) : work())
    if (monitor) registerMonitor(control, hidden, monitor, apart)
    if (registry) {
      registerRegistry(control, hidden, registry, apart)
      registerCards(control, hidden, registry.store)
    }
  })
}

function registerRuns(
  control: FastifyInstance,
  hidden: { schema: FastifySchema; config: { rateLimit: false } },
  service: RunService,
  nights?: NightService,
): void {
  control.post<{ Body: RunRequest }>('/control/runs', hidden, async (request, reply) =>
    reply.code(201).send({ run: service.start(request.body) }),
  )
  control.get('/control/runs', hidden, async () => ({ runs: service.list() }))
  for (const action of ['resume', 'stop', 'drop'] as const) {
    control.post<{ Params: { id: string } }>(
      `/control/runs/:id/${action}`,
      hidden,
      async (request, reply) => {
        const { id } = request.params
        // A night and a run are never in progress at once.
        const night = action === 'stop' && id === CURRENT && nights?.stop()
        if (!night) await service[action](id)
        return reply.code(204).send()
      },
    )
  }
  // One line of JSON an event, from a number on; the answer lasts as long as the run, or until the follower leaves.
  control.get<{ Params: { id: string }; Querystring: { from?: string } }>(
    '/control/runs/:id/events',
    hidden,
    async (request, reply) => {
      const gone = new AbortController()
      const events = service.events(request.params.id, Number(request.query.from ?? 0), gone.signal)
      reply.hijack()
      reply.raw.once('close', () => gone.abort())
      reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson' })
      reply.raw.flushHeaders()
      for await (const event of events) reply.raw.write(`${JSON.stringify(event)}\n`)
      reply.raw.end()
    },
  )
}
