/**
 * The operator's port of the platform: start a run, follow it, fetch totals for an audit in the clear. Guarded by the
 * operator's token; not part of the public API.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { serverErrors } from '../../errors.ts'
import type { ControlEvent, RunRequest } from './run-report.ts'
import type { RunService } from './run-service.ts'

export function registerControl(app: FastifyInstance, tokenHash: string, service: RunService): void {
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
    control.post<{ Body: RunRequest }>('/control/runs', hidden, (request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson' })
      const tell = (event: ControlEvent) => void reply.raw.write(`${JSON.stringify(event)}\n`)
      void service.run(request.body, tell).finally(() => reply.raw.end())
    })
  })
}
