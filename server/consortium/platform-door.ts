/** How the office and members to be speak to the platform: over TLS that ends at the authority that they know. */
import { Agent, type Dispatcher, request } from 'undici'
import { serverErrors } from '../errors.ts'
import { fingerprintOfCertificate } from './certificate-checks.ts'
import { OFFICE_HEADER, signOffice } from './office-signature.ts'

const TIMEOUT_MS = 30_000
const MOST_AUTHORITY_BYTES = 16_384

export interface DoorAnswer {
  readonly status: number
  readonly body: unknown
}

export class PlatformDoor {
  #platform: string
  #agent: Agent

  /** @param authority PEM; undefined for plain http on one machine */
  constructor(platform: string, authority: string | undefined) {
    this.#platform = platform
    this.#agent = new Agent({
      ...{ headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS },
      connect: { timeout: TIMEOUT_MS, ...(authority !== undefined && { ca: authority }) },
    })
  }

  /**
   * The way to a platform of which the certificate of its authority is not known yet, only its fingerprint: the certificate is
   * fetched from whoever answers, and believed if it is the one.
   * @throws PlatformUnreachable, AuthorityDiffers
   */
  static async byFingerprint(platform: string, fingerprint: string): Promise<PlatformDoor> {
    if (new URL(platform).protocol === 'http:') return new PlatformDoor(platform, undefined)
    const agent = new Agent({ connect: { timeout: TIMEOUT_MS, rejectUnauthorized: false } })
    try {
      const { statusCode, body } = await request(`${platform}/enrolment/authority`, { dispatcher: agent })
      const pem = statusCode === 200 ? await bounded(body, MOST_AUTHORITY_BYTES) : ''
      if (fingerprintOfCertificate(pem) !== fingerprint) throw new serverErrors.AuthorityDiffers()
      return new PlatformDoor(platform, pem)
    } catch (fault) {
      throw asUnreachable(fault)
    } finally {
      await agent.destroy()
    }
  }

  /** @throws PlatformUnreachable */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    options: { body?: object; office?: (message: Uint8Array) => Uint8Array } = {},
  ): Promise<DoorAnswer> {
    const body = options.body === undefined ? '' : JSON.stringify(options.body)
    try {
      const answer = await request(`${this.#platform}${path}`, {
        ...{ method, dispatcher: this.#agent },
        headers: {
          ...(options.body && { 'content-type': 'application/json' }),
          ...(options.office && {
            [OFFICE_HEADER]: signOffice(options.office, { method, path, body }, new Date()),
          }),
        },
        ...(options.body && { body }),
      })
      const text = await answer.body.text()
      return { status: answer.statusCode, body: parsed(text) }
    } catch (fault) {
      throw asUnreachable(fault)
    }
  }

  /** The same, for what is to succeed. @throws EnrolmentRefused, PlatformUnreachable */
  async get(...[method, path, options]: Parameters<PlatformDoor['ask']>): Promise<unknown> {
    const { status, body } = await this.ask(method, path, options)
    if (status >= 300)
      throw new serverErrors.EnrolmentRefused(status, String((body as { code?: string })?.code))
    return body
  }

  close(): Promise<void> {
    return this.#agent.close()
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const asUnreachable = (fault: unknown): unknown =>
  (fault as { code?: string }).code?.startsWith('YX_')
    ? fault
    : new serverErrors.PlatformUnreachable(`, ${(fault as { code?: string }).code ?? 'no answer'}`)

/** @throws AuthorityDiffers for more bytes than a certificate has */
async function bounded(body: Dispatcher.ResponseData['body'], most: number): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > most) throw new serverErrors.AuthorityDiffers()
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
