/** What a check of `yinxin doctor` found, in both languages, and how it is mended. */

export type Verdict =
  | 'ok'
  /** Works, and will not for long. */
  | 'warn'
  | 'fail'
  /** Could not be found out here; another finding says why. */
  | 'unknown'

export interface Words {
  readonly zh: string
  readonly en: string
}

/** In the order in which they are printed. */
export const CHECKS = [
  'configuration',
  'identity',
  'members',
  'state',
  'certificates',
  'versions',
  'disk',
  'memory',
  'port',
  'platform',
  'clock',
  'parameters',
  'parties',
  'data',
] as const
export type CheckName = (typeof CHECKS)[number]

export interface Finding {
  readonly check: CheckName
  readonly verdict: Verdict
  readonly says: Words
  /** Given with `warn` and `fail`. */
  readonly mend?: Words
}

/** What a check may say; never a key, a token or a record. */
export interface Sayer {
  ok(zh: string, en: string): Finding
  unknown(zh: string, en: string): Finding
  warn(says: Words, mend: Words): Finding
  fail(says: Words, mend: Words): Finding
}

export const words = (zh: string, en: string): Words => ({ zh, en })

export const sayer = (check: CheckName): Sayer => ({
  ok: (zh, en) => ({ check, verdict: 'ok', says: { zh, en } }),
  unknown: (zh, en) => ({ check, verdict: 'unknown', says: { zh, en } }),
  warn: (says, mend) => ({ check, verdict: 'warn', says, mend }),
  fail: (says, mend) => ({ check, verdict: 'fail', says, mend }),
})
