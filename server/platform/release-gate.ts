/**
 * The one way out. Every answer of /v1 passes `ReleaseGate.release`, which asks for an institution with the product's scope,
 * writes the access log, and copies only the fields of the product's allow list. Routes that try another way are stopped.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { serverErrors } from '../errors.ts'
import type { Institution } from '../plugins/api-key.ts'
import { isProblem } from '../plugins/problem.ts'
import type { AccessStore } from '../store/index.ts'
import { type AllowList, type ProductName, products } from './products.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The product that a /v1 route hands out. */
    product?: ProductName
  }
  interface FastifyReply {
    /** Set once the payload is known to be released or a problem. */
    mayLeave: boolean
  }
}

export interface Release<Payload extends object> {
  readonly product: ProductName
  readonly institution: Institution | null
  /** Subjects that the answer is about; empty for the platform as a whole. */
  readonly subjects: readonly string[]
  /** Null where the subject asked for is unknown: that too is logged. */
  readonly payload: Payload | null
}

type Scalar = string | number | boolean | null
const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)

/**
 * Copies what the list allows. Default deny: a field that is not named, or whose value has another shape than the list says,
 * is left out.
 */
export function allowedPart(value: unknown, allow: AllowList): unknown {
  if (allow === true) return isScalar(value) ? value : undefined
  if (Array.isArray(allow)) {
    if (!Array.isArray(value)) return undefined
    return value.map((item) => allowedPart(item, allow[0])).filter((item) => item !== undefined)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const fields: Record<string, unknown> = {}
  for (const [field, rule] of Object.entries(allow)) {
    if (!Object.hasOwn(value, field)) continue
    const part = allowedPart((value as Record<string, unknown>)[field], rule)
    if (part !== undefined) fields[field] = part
  }
  return fields
}

/** @throws Unauthenticated, ScopeMissing, RouteWithoutProduct */
export function admit(product: string | undefined, institution: Institution | null): Institution {
  if (!institution) throw new serverErrors.Unauthenticated()
  if (product === undefined || !Object.hasOwn(products, product))
    throw new serverErrors.RouteWithoutProduct(String(product))
  const { scope } = products[product as ProductName]
  if (!institution.scopes.includes(scope)) throw new serverErrors.ScopeMissing(scope)
  return institution
}

export class ReleaseGate {
  #access: AccessStore
  #released = new WeakSet<object>()

  constructor(access: AccessStore) {
    this.#access = access
  }

  /**
   * Logs a query and returns what of its answer may leave. The log is written first: no log, no answer.
   * @throws Unauthenticated, ScopeMissing, UnknownSubject
   */
  async release<Payload extends object>({
    product,
    institution,
    subjects,
    payload,
  }: Release<Payload>): Promise<Payload> {
    const { name, keyPrefix } = admit(product, institution)
    const outcome = payload === null ? 'unknown-subject' : 'released'
    const asked: readonly (string | null)[] = subjects.length > 0 ? subjects : [null]
    await this.#access.recordAccess(
      asked.map((subject) => ({ institution: name, keyPrefix, product, subject, outcome })),
    )
    if (payload === null) throw new serverErrors.UnknownSubject()
    const part = allowedPart(payload, products[product].fields) as Payload
    this.#released.add(part)
    return part
  }

  /**
   * Sends a page that is made of what may leave, and of nothing else.
   * @throws Unauthenticated, ScopeMissing, UnknownSubject
   */
  async releasePage(
    release: Release<object>,
    reply: FastifyReply,
    pageOf: (part: object) => string,
  ): Promise<FastifyReply> {
    const page = pageOf(await this.release(release))
    reply.mayLeave = true
    return reply.send(page)
  }

  /**
   * Puts the gate in front of every route that is registered in this context afterwards: no institution with the scope, no
   * handler; no release, no answer. A route that names no product is refused at start.
   */
  guard(app: FastifyInstance): void {
    app.decorateReply('mayLeave', false)
    app.addHook('onRoute', ({ url, config }) => {
      if (config?.product === undefined) throw new serverErrors.RouteWithoutProduct(url)
    })
    app.addHook('preValidation', async ({ institution, routeOptions }) => {
      admit(routeOptions.config.product, institution)
    })
    app.addHook('preSerialization', async (_request, reply, payload) => {
      reply.mayLeave = (payload instanceof Object && this.#released.has(payload)) || isProblem(payload)
      if (!reply.mayLeave) throw new serverErrors.EgressRefused()
      return payload
    })
    // Texts, buffers and streams are not serialised: they come straight here.
    app.addHook('onSend', async (_request, reply, payload) => {
      if (!reply.mayLeave) throw new serverErrors.EgressRefused()
      return payload
    })
  }
}
