/** One question to the platform, asked the way that this node's process would ask it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import type { Membership } from '../../federation/index.ts'
import { signedStatus } from '../platform/status-claim.ts'
import type { PlatformStatus } from '../platform/status-route.ts'
import { type Patient, platformAddress } from './patient.ts'
import type { Surroundings } from './surroundings.ts'

/** What /version says. */
export interface PlatformVersion {
  readonly version: string
  readonly protocol: number
  readonly parameters: string
}

export type PlatformAnswer =
  | { readonly reached: false; readonly fault: Error & { code?: string } }
  | {
      readonly reached: true
      /** Null where something else than a platform answered. */
      readonly version: PlatformVersion | null
      readonly httpStatus: number
      /** A header that a proxy on the way leaves. */
      readonly proxy: string | null
      /** Milliseconds by the platform's clock when it answered, and here by this one's; null without a Date header. */
      readonly clock: { readonly there: number; readonly here: number } | null
      /** Null where the platform did not take this node for a member. */
      readonly status: PlatformStatus | null
      /** Code with which the platform refused to say it, or the HTTP status; null where it was not asked. */
      readonly refused: string | null
    }

const PATIENCE_MS = 8_000
const MOST_BYTES = 1_000_000
const PROXY_HEADERS = ['via', 'x-squid-error', 'proxy-authenticate', 'x-cache'] as const

/** Never throws. */
export async function askPlatform(
  patient: Patient,
  membership: Membership | null,
  surroundings: Surroundings,
): Promise<PlatformAnswer> {
  const base = platformAddress(patient)
  const agent = new Agent({
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
    connect: { timeout: PATIENCE_MS, ...tlsOf(patient) },
  })
  try {
    const asked = surroundings.now()
    const answer = await request(`${base}/version`, { dispatcher: agent })
    const here = (asked + surroundings.now()) / 2
    const text = await limited(answer.body)
    const date = Date.parse(String(answer.headers.date))
    const about = {
      version: answer.statusCode === 200 ? versionOf(text) : null,
      httpStatus: answer.statusCode,
      proxy: PROXY_HEADERS.find((name) => answer.headers[name] !== undefined) ?? null,
      // The header has whole seconds; the middle of that second is nearest.
      clock: Number.isNaN(date) ? null : { there: date + 500, here },
    }
    if (about.version === null || membership === null)
      return { reached: true, ...about, status: null, refused: null }
    const status = await request(
      `${base}/federation/status?${signedStatus(membership, surroundings.now())}`,
      {
        dispatcher: agent,
      },
    )
    const body = await limited(status.body)
    const taken = status.statusCode === 200
    return {
      reached: true,
      ...about,
      status: taken ? (JSON.parse(body) as PlatformStatus) : null,
      refused: taken ? null : codeOf(status.statusCode, body),
    }
  } catch (fault) {
    return { reached: false, fault: fault as Error }
  } finally {
    await agent.destroy()
  }
}

function codeOf(status: number, body: string): string {
  try {
    const { code } = JSON.parse(body) as { code?: unknown }
    return typeof code === 'string' ? code : `HTTP ${status}`
  } catch {
    return `HTTP ${status}`
  }
}

/** The files of the configuration, as far as they can be read; another finding says what is wrong with them. */
function tlsOf({ folder, role, config: { tls } }: Patient): object {
  if (!tls) return {}
  // The platform asks itself by an address that its certificate need not name.
  const itself = role === 'platform' ? { checkServerIdentity: () => undefined } : {}
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
  try {
    return { ...itself, cert: read(tls.certificate), key: read(tls.key), ca: read(tls.authority) }
  } catch {
    return {}
  }
}

async function limited(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function versionOf(text: string): PlatformVersion | null {
  try {
    const { version, protocol, parameters } = JSON.parse(text) as PlatformVersion
    const known =
      typeof version === 'string' && typeof protocol === 'number' && typeof parameters === 'string'
    return known ? { version, protocol, parameters } : null
  } catch {
    return null
  }
}
