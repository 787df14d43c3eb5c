/**
 * The platform's part in enrolment: it carries requests to the office and answers back, and passes the signed member list on.
 * Whoever calls has no certificate yet, so everything is bounded, limited in rate, and proven by those it is for.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import {
  admitRotation,
  federationErrors,
  type MemberRequest,
  type PinnedRoot,
  parseRequest,
  ROTATION_FORMAT,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import type { EnrolmentBox } from './enrolment-box.ts'
import type { KnownLists } from './known-lists.ts'
import { isOffice, OFFICE_HEADER } from './office-signature.ts'

const MOST_BODY = 16_384
/** Answers hold the whole member list. */
const MOST_ANSWER = 2 * 1024 * 1024

/** Requests of one address a minute. */
const CALLS_A_MINUTE = 60

export interface EnrolmentDesk {
  readonly root: PinnedRoot
  readonly lists: KnownLists
  readonly box: EnrolmentBox
  /** PEM of the authority's certificate; undefined without TLS. */
  readonly authority: () => string | undefined
  readonly now: () => number
  /** Called with a newer list once it is durable. */
  readonly onList: () => void
}

/**
 * Keys that are to be replaced stand in the list for everybody to see; only who has them may leave a request under them.
 * @throws EnrolmentProof, EnrolmentDiffers, EnrolmentUnknown
 */
function assertRotation({ root, lists, now }: EnrolmentDesk, asked: MemberRequest): void {
  const member = lists.newest.list.members.find(({ name }) => name === asked.request.name)
  if (!member) throw new federationErrors.EnrolmentUnknown('a stranger')
  admitRotation(root.suite, member, asked, new Date(now()), new Date(now()))
}

/** Adds the routes to the platform's app. */
export function registerEnrolment(app: FastifyInstance, desk: EnrolmentDesk): void {
  const limited = (bodyLimit: number) => ({
    schema: { hide: true } as FastifySchema,
    bodyLimit,
    config: { rateLimit: { max: CALLS_A_MINUTE, timeWindow: 60_000 } },
  })

  /** @throws OfficeRefused */
  const requireOffice = ({ method, url, body, headers }: FastifyRequest): void => {
    const request = { method, path: url, body: body === undefined ? '' : JSON.stringify(body) }
    if (!isOffice(desk.root, request, headers[OFFICE_HEADER], new Date(desk.now())))
      throw new serverErrors.OfficeRefused()
  }

  app.get('/enrolment/authority', limited(MOST_BODY), async (_request, reply) => {
    const authority = desk.authority()
    if (authority === undefined) throw new serverErrors.RouteUnknown()
    return reply.type('application/x-pem-file').send(authority)
  })

  app.post('/enrolment/requests', limited(MOST_BODY), async (request, reply) => {
    const asked = parseRequest(request.body, desk.root.consortium)
    if (asked.request.format === ROTATION_FORMAT) assertRotation(desk, asked)
    await desk.box.put(asked, request.ip)
    return reply.code(202).send()
  })

  app.get('/enrolment/requests', limited(MOST_BODY), async (request) => {
    requireOffice(request)
    return { requests: await desk.box.waiting() }
  })

  app.get<{ Params: { by: string } }>(
    '/enrolment/answers/:by',
    limited(MOST_BODY),
    async (request, reply) => {
      const answer = await desk.box.answerTo(request.params.by)
      if (answer === undefined) throw new serverErrors.RouteUnknown()
      return answer === null ? reply.code(202).send() : answer
    },
  )

  app.post<{ Params: { by: string } }>(
    '/enrolment/answers/:by',
    limited(MOST_ANSWER),
    async (request, reply) => {
      requireOffice(request)
      await desk.box.answer(request.params.by, request.body)
      return reply.code(204).send()
    },
  )

  app.post('/enrolment/members', limited(MOST_ANSWER), async (request, reply) => {
    // The list proves itself, whoever brings it.
    if (await desk.lists.accept(request.body)) desk.onList()
    return reply.code(204).send()
  })

  const members = async (_request: FastifyRequest, reply: FastifyReply) => reply.send(desk.lists.newest)
  app.get('/federation/members', limited(MOST_BODY), members)
}
