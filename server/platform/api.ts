/** The platform's HTTP app: assembled here, listened to elsewhere. */
import type { Server as TlsServer } from 'node:tls'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { installApiKeys } from '../plugins/api-key.ts'
import { registerDocumentation } from '../plugins/documentation.ts'
import { type ReadinessCheck, registerHealth, type VersionAnswer } from '../plugins/health.ts'
import { installProblems, sendProblem } from '../plugins/problem.ts'
import { type RateLimit, registerRateLimit } from '../plugins/rate-limit.ts'
import { MAX_SUBJECT_LENGTH, type PlatformStore } from '../store/index.ts'
import type { TlsMaterial } from '../transport/tls-files.ts'
import { cardRoutes } from './cards/routes.ts'
import { ReleaseGate } from './release-gate.ts'
import { scoreRoutes } from './scores/routes.ts'
import { snapshotRoutes } from './snapshots/routes.ts'
import { whitelistRoutes } from './whitelists/routes.ts'

export interface PlatformAppOptions {
  readonly store: PlatformStore
  /** 32 secret bytes; cursors are good for as long as they stay the same. */
  readonly cursorKey: Uint8Array
  readonly version: VersionAnswer
  readonly rateLimit?: RateLimit
  /** What readiness asks for besides the store. */
  readonly checks?: readonly ReadinessCheck[]
  readonly logger?: FastifyBaseLogger
  /** Largest request body in bytes. */
  readonly bodyLimit?: number
  /** Listens with TLS; whoever has a certificate may show it, and the relay's routes demand one. */
  readonly tls?: TlsMaterial
  /** How the model that rates stands under watch. */
  readonly monitoring?: () => string
}

const RATE_LIMIT: RateLimit = { max: 600, windowSeconds: 60 }

/** Takes a new certificate into use for every connection from now on; those that are open go on. */
export function renewCertificate(app: FastifyInstance, material: TlsMaterial): void {
  ;(app.server as unknown as TlsServer).setSecureContext(material)
}

/**
 * Makes the app with /v1, /documentation, health, problems and rate limits. Further routes may be registered on it before it
 * listens; those outside /v1 do not pass the release gate and are left out of the documentation unless they are tagged.
 */
export async function createPlatformApp(options: PlatformAppOptions): Promise<FastifyInstance> {
  const { store, cursorKey, version, rateLimit = RATE_LIMIT, checks = [], logger, bodyLimit, tls } = options
  const { monitoring = () => 'unknown' } = options
  const app = Fastify({
    ...(logger && { loggerInstance: logger }),
    ...(bodyLimit !== undefined && { bodyLimit }),
    // Banks come to the same port with API keys and without certificates.
    ...(tls && { https: { ...tls, requestCert: true, rejectUnauthorized: false } }),
    // A text of n characters has up to 9n of them when it is percent-encoded.
    routerOptions: { maxParamLength: MAX_SUBJECT_LENGTH * 9 },
    frameworkErrors: (fault, request, reply) => void sendProblem(fault, request, reply),
    // Long polls and the operator's stream would hold an orderly end back.
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false } },
  })
  installApiKeys(app, store.access)
  await registerRateLimit(app, rateLimit)
  installProblems(app)
  await registerDocumentation(app, version.version)
  registerHealth(app, { version, checks: [{ name: 'store', check: () => store.ping() }, ...checks] })
  await app.register(
    async (v1) => {
      const gate = new ReleaseGate(store.access)
      gate.guard(v1)
      scoreRoutes(v1, store.ratings, gate)
      whitelistRoutes(v1, store.ratings, gate, cursorKey)
      snapshotRoutes(v1, store.ratings, gate, monitoring)
      cardRoutes(v1, store.ratings, gate)
    },
    { prefix: '/v1' },
  )
  return app
}
