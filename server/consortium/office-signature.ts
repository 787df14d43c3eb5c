/** Requests of the office to the platform are signed with the root key: the office is no member and has no certificate. */
import { createHash } from 'node:crypto'
import { type PinnedRoot, suiteNamed } from '../../federation/index.ts'

export const OFFICE_HEADER = 'yinxin-office'
const TOLERANCE_MS = 60_000

export interface OfficeRequest {
  readonly method: string
  readonly path: string
  readonly body: string
}

const bytesOf = ({ method, path, body }: OfficeRequest, time: number): Uint8Array => {
  const digest = createHash('sha256').update(body, 'utf8').digest('hex')
  return Buffer.from(`yinxin office 1\n${method} ${path}\n${time}\n${digest}`, 'utf8')
}

/** The header of a request. */
export const signOffice = (
  sign: (message: Uint8Array) => Uint8Array,
  request: OfficeRequest,
  now: Date,
): string => `${now.getTime()}.${Buffer.from(sign(bytesOf(request, now.getTime()))).toString('hex')}`

/** Whether the office asked this, within a minute. A request that is repeated within it does the same again. */
export function isOffice(root: PinnedRoot, request: OfficeRequest, header: unknown, now: Date): boolean {
  const [, time, signature] = /^(\d{1,15})\.([0-9a-f]{128})$/.exec(String(header)) ?? []
  if (signature === undefined || Math.abs(now.getTime() - Number(time)) > TOLERANCE_MS) return false
  const key = Buffer.from(root.rootKey, 'hex')
  return suiteNamed(root.suite).verify(key, bytesOf(request, Number(time)), Buffer.from(signature, 'hex'))
}
