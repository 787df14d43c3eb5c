/** Every error as application/problem+json (RFC 9457): no stack, no value that was sent in. */
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { serverErrors } from '../errors.ts'
import type { Problem } from './problem-schema.ts'

interface CodedError {
  readonly code: string
  readonly message: string
  readonly statusCode?: number | undefined
}

/** Ours as they are; the framework's, and everything unexpected, as the one of ours that says enough to the caller. */
function asOurs(fault: FastifyError): CodedError {
  if (typeof fault.code === 'string' && fault.code.startsWith('YX_')) return fault
  if (fault.validation) return new serverErrors.RequestInvalid()
  const status = fault.statusCode ?? 500
  if (status === 404) return new serverErrors.RouteUnknown()
  if (status < 400 || status >= 500) return new serverErrors.Internal()
  return Object.assign(new serverErrors.RequestUnreadable(), { statusCode: status })
}

const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1')

/** Places that break the schema. Ajv's texts quote the schema, never the value. */
function placesOf({ validation, validationContext }: FastifyError): Problem['errors'] {
  return validation?.map(({ instancePath, params, keyword, message }) => {
    const missing = keyword === 'required' ? `/${escapePointer(String(params.missingProperty))}` : ''
    return { pointer: `/${validationContext ?? 'body'}${instancePath}${missing}`, detail: message ?? keyword }
  })
}

const problems = new WeakSet<object>()

/** Whether a payload was made here; the release gate lets these pass. */
export const isProblem = (payload: unknown): boolean =>
  typeof payload === 'object' && payload !== null && problems.has(payload)

function problemOf(fault: FastifyError, request: FastifyRequest): Problem {
  const { code, message, statusCode: status = 500 } = asOurs(fault)
  const errors = placesOf(fault)
  const room = code.split('_')[1].toLowerCase()
  const problem: Problem = {
    type: `/docs/reference/errors/${room}.md#${code.toLowerCase()}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    // What went wrong inside stays in the log.
    detail: status >= 500 && !code.startsWith('YX_SERVER_') ? new serverErrors.Internal().message : message,
    instance: `urn:yinxin:request:${request.id}`,
    code,
    ...(errors && { errors }),
  }
  problems.add(problem)
  return problem
}

/** Answers with the problem of a fault. */
export async function sendProblem(
  fault: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const problem = problemOf(fault, request)
  if (problem.status >= 500) request.log.error({ err: fault }, 'request failed')
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(problem.status).type('application/problem+json').send(problem)
}

/** Installs the error and not-found handlers for the whole app; after the rate limiter, which covers unknown routes too. */
export function installProblems(app: FastifyInstance): void {
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) =>
    sendProblem(new serverErrors.RouteUnknown(), request, reply),
  )
}
