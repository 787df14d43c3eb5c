import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { serverErrors } from '../errors.ts'
import { problemResponses } from './problem-schema.ts'

/** Something the platform needs in order to answer. */
export interface ReadinessCheck {
  readonly name: string
  /** Rejects while it is not ready. */
  check(): Promise<void>
}

/** What parties compare before they rely on each other. */
export interface VersionAnswer {
  readonly version: string
  /** Number of the protocol that it speaks. */
  readonly protocol: number
  /** Hex digest of the engine's parameters and the suite. */
  readonly parameters: string
}

export interface HealthOptions {
  readonly version: VersionAnswer
  readonly checks: readonly ReadinessCheck[]
}

const Status = Type.Object(
  { status: Type.Literal('ok') },
  { description: 'It does.', examples: [{ status: 'ok' }] },
)
const Version = Type.Object(
  { version: Type.String(), protocol: Type.Integer(), parameters: Type.String() },
  {
    description: 'Version, protocol number, digest of the engine parameters.',
    examples: [{ version: '0.1.0', protocol: 1, parameters: '0f1e2d3c4b5a69788796a5b4c3d2e1f0' }],
  },
)

/** /healthz: the process answers. /readyz: so does all it needs. /version. */
export function registerHealth(app: FastifyInstance, { version, checks }: HealthOptions): void {
  const ok = { status: 'ok' } as const
  app.get(
    '/healthz',
    {
      config: { rateLimit: false },
      schema: {
        operationId: 'getLiveness',
        tags: ['health'],
        summary: 'Whether the process lives',
        response: { 200: Status },
      },
    },
    async () => ok,
  )
  app.get(
    '/readyz',
    {
      config: { rateLimit: false },
      schema: {
        operationId: 'getReadiness',
        tags: ['health'],
        summary: 'Whether the platform can answer',
        response: { 200: Status, ...problemResponses(503) },
      },
    },
    async (request) => {
      const results = await Promise.allSettled(checks.map(({ check }) => check()))
      const failing = checks.filter((_, i) => results[i].status === 'rejected').map(({ name }) => name)
      if (failing.length > 0) {
        request.log.error({ failing }, 'not ready')
        throw new serverErrors.NotReady(failing.join(', '))
      }
      return ok
    },
  )
  app.get(
    '/version',
    {
      config: { rateLimit: false },
      schema: {
        operationId: 'getVersion',
        tags: ['health'],
        summary: 'Version of this platform',
        response: { 200: Version },
      },
    },
    async () => version,
  )
}
