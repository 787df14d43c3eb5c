/** Issues a list of authorised firms: the next version, signed, in the place where the platform reads it. */
import { mkdir, readFile } from 'node:fs/promises'
import { checkUscc, type Roster, USCC_RULES } from '../../features/index.ts'
import {
  type AuthorisationList,
  createList,
  type Membership,
  secureRandom,
  verifyList,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { replaceFile } from '../state/durable-file.ts'
import { acceptedListFile } from '../state/node-files.ts'
import { PURPOSE } from './purpose.ts'

const DAY_MS = 86_400_000
export const DEFAULT_DAYS = 31

export interface IssueOptions {
  /** The platform's own. */
  readonly membership: Membership
  /** Where the list goes; the one that is there is replaced by the next version. */
  readonly file: string
  /** The platform's state folder, where the newest version is remembered. */
  readonly state: string
  readonly codes: readonly string[]
  readonly now: Date
  readonly days?: number
  readonly purpose?: string
}

export interface IssuedList {
  readonly version: number
  readonly digest: string
  readonly purpose: string
  readonly validUntil: string
  readonly firms: number
  /** Against the list that was there before; all of them are new where there was none. */
  readonly added: number
  readonly withdrawn: number
}

/** The list that is in the place now; null for none, or one that is damaged and will be replaced. */
async function listBefore(membership: Membership, file: string): Promise<AuthorisationList | null> {
  try {
    return verifyList(membership, await readFile(file))
  } catch {
    return null
  }
}

/**
 * A process of the platform may be running: it takes the new list at its next run.
 * @throws AuthorisationSignature at any other member than the platform
 */
export async function issueList(options: IssueOptions): Promise<IssuedList> {
  const { membership, file, state, now, days = DEFAULT_DAYS, purpose = PURPOSE } = options
  await mkdir(state, { recursive: true, mode: 0o700 })
  const memory = acceptedListFile(state)
  const before = await listBefore(membership, file)
  const version = 1 + Math.max((await memory.load())?.version ?? 0, before?.version ?? 0)
  const validUntil = new Date(now.getTime() + days * DAY_MS)
  const bytes = createList(
    membership,
    { purpose, version, issued: now, validUntil, codes: options.codes },
    secureRandom,
  )
  const issued = verifyList(membership, bytes)
  await replaceFile(file, bytes)
  await memory.keep({ version, digest: issued.digest })
  const old = new Set(before?.codes())
  let kept = 0
  for (const code of issued.codes()) if (old.has(code)) kept++
  return {
    ...{ version, digest: issued.digest, purpose, validUntil: issued.validUntil, firms: issued.entries },
    ...{ added: issued.entries - kept, withdrawn: old.size - kept },
  }
}

/**
 * The codes of a text file, one a line; spaces around a code, empty lines and CRLF are let pass.
 * @param uscc true where codes are unified social credit codes: a mistyped one could be another firm's, so each is checked,
 * unless the roster has it as it stands
 * @throws AuthoriseCodes naming the first line that is refused, never the code
 */
export async function readCodes(file: string, roster: Roster, uscc: boolean): Promise<string[]> {
  const bytes = await readFile(file).catch(() => {
    throw new serverErrors.AuthoriseUnreadable('it is not there, or may not be read')
  })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new serverErrors.AuthoriseUnreadable('it is not UTF-8')
  }
  const codes: string[] = []
  let refused = 0
  let first = ''
  text.split('\n').forEach((line, at) => {
    const code = line.trim()
    if (code === '') return
    const broken = uscc && roster.index(code) < 0 ? checkUscc(code) : null
    if (broken && refused++ === 0) first = `line ${at + 1}: ${USCC_RULES[broken]}`
    codes.push(code)
  })
  if (refused > 0) throw new serverErrors.AuthoriseCodes(refused, first)
  return codes
}
