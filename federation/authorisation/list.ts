/**
 * Which firms have authorised the joint use of their non-public data: a list that the platform issues and signs. One switch a
 * firm, over all providers of non-public data (protocol.md section 7).
 */
import type { RandomBytes, Suite } from '../../engine/index.ts'
import { type Membership, PLATFORM } from '../members.ts'
import { headerBytesOf, putTogether } from '../messages/signed-lines.ts'
import { authorisationErrors } from './errors.ts'
import { codeLines, LIST_FORMAT, type ListHeader, partsOfList, scanCodes } from './list-file.ts'

const SALT_BYTES = 32

/** What names one list among all of a consortium. */
export interface ListIdentity {
  readonly version: number
  /** Hash of the salted head, in hex: the same for the same list only. */
  readonly digest: string
}

/** What a platform states of a new list. */
export interface NewList {
  readonly purpose: string
  readonly version: number
  readonly issued: Date
  readonly validUntil: Date
  /** Any order; codes that come several times count once. */
  readonly codes: Iterable<string>
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const digestOf = (suite: Suite, head: Uint8Array): Uint8Array =>
  suite.hash(Buffer.from('yinxin authorisation list 1\n'), head)
const isAscii = (text: string): boolean => Buffer.byteLength(text, 'utf8') === text.length

/** Sorted by UTF-8 bytes, each once. */
function sortedCodes(codes: Iterable<string>): string[] {
  const unique = [...new Set(codes)]
  return unique.every(isAscii) ? unique.sort() : unique.sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)))
}
const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8')

/**
 * Makes and signs the file of a list.
 * @param membership the platform's own
 * @throws AuthorisationSignature at any other member; AuthorisationMalformed for a code that cannot stand on a line
 */
export function createList(membership: Membership, list: NewList, random: RandomBytes): Uint8Array {
  const { suite, consortium, name } = membership
  if (name !== PLATFORM) throw new authorisationErrors.AuthorisationSignature(`${name} would issue it`)
  const sorted = sortedCodes(list.codes)
  const codes = codeLines(sorted)
  scanCodes(codes, sorted.length)
  const header: ListHeader = {
    format: LIST_FORMAT,
    consortium,
    issuer: name,
    purpose: list.purpose,
    version: list.version,
    issued: list.issued.toISOString(),
    validUntil: list.validUntil.toISOString(),
    salt: hex(random(SALT_BYTES)),
    entries: sorted.length,
    codes: hex(suite.hash(codes)),
  }
  return putTogether(header, codes, membership.sign(digestOf(suite, headerBytesOf(header))))
}

/** A list whose signature and form hold; whether it is in time and not behind another is for who uses it to check. */
export class AuthorisationList implements ListIdentity {
  readonly purpose: string
  readonly version: number
  readonly digest: string
  readonly issued: string
  readonly validUntil: string
  /** Number of firms on the list. */
  readonly entries: number
  #codes: Buffer
  #starts: Uint32Array

  constructor(header: ListHeader, digest: string, codes: Uint8Array, starts: Uint32Array) {
    this.purpose = header.purpose
    this.version = header.version
    this.digest = digest
    this.issued = header.issued
    this.validUntil = header.validUntil
    this.entries = header.entries
    this.#codes = Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength)
    this.#starts = starts
  }

  /** The codes in their order. */
  *codes(): Iterable<string> {
    for (let at = 0; at < this.entries; at++)
      yield this.#codes.toString('utf8', this.#starts[at], this.#starts[at + 1] - 1)
  }

  /** @throws AuthorisationExpired outside of its time */
  checkTime(now: Date): void {
    const at = now.getTime()
    if (at < Date.parse(this.issued) || at > Date.parse(this.validUntil))
      throw new authorisationErrors.AuthorisationExpired(this.version, this.issued, this.validUntil)
  }

  /**
   * The list laid along a roster.
   * @param roster `index` gives the row of a code, below 0 for one that is not on the roster
   * @returns 1 for every row whose firm is on the list
   */
  rowsOf(roster: { readonly size: number; index(code: string): number }): Uint8Array {
    const rows = new Uint8Array(roster.size)
    for (const code of this.codes()) {
      const row = roster.index(code)
      if (row >= 0) rows[row] = 1
    }
    return rows
  }
}

/**
 * Reads a list file and proves it, the signature first.
 * @throws AuthorisationMalformed, AuthorisationConsortium, AuthorisationSignature, AuthorisationChanged, AuthorisationOrder
 */
export function verifyList(membership: Membership, file: Uint8Array): AuthorisationList {
  const { suite, consortium } = membership
  const { header, headerBytes, lines: codes, signature } = partsOfList(file)
  if (header.consortium !== consortium)
    throw new authorisationErrors.AuthorisationConsortium(header.consortium, consortium)
  if (header.issuer !== PLATFORM)
    throw new authorisationErrors.AuthorisationSignature('another member issued it')
  const digest = digestOf(suite, headerBytes)
  if (!membership.verify(PLATFORM, digest, signature))
    throw new authorisationErrors.AuthorisationSignature('the signature does not hold')
  if (hex(suite.hash(codes)) !== header.codes)
    throw new authorisationErrors.AuthorisationChanged(header.version)
  return new AuthorisationList(header, hex(digest), codes, scanCodes(codes, header.entries))
}
