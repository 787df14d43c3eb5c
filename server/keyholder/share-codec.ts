/** The content of a share file as bytes: small enough for one sheet of paper, in one form only. */
import { SUITE_NAMES, type SuiteName } from '../../federation/index.ts'

/** What all shares of a set have in common. */
export interface CommonPart {
  readonly consortium: string
  readonly member: string
  readonly suite: SuiteName
  readonly shares: number
  readonly threshold: number
  readonly date: string
  readonly fingerprint: Uint8Array
  /** One a share, in the order of their numbers. */
  readonly commitments: readonly Uint8Array[]
  readonly sealed: Uint8Array
}

/** What one custodian holds. */
export interface Share {
  readonly common: CommonPart
  /** From 1. */
  readonly index: number
  /** A point of the polynomials: 32 values and their place. */
  readonly point: Uint8Array
}

const VERSION = 1
const LENGTH_BYTES = 2

const field = (bytes: Uint8Array): Uint8Array => {
  const head = Buffer.alloc(LENGTH_BYTES)
  head.writeUInt16BE(bytes.length)
  return Buffer.concat([head, bytes])
}
const text = (value: string): Uint8Array => field(Buffer.from(value, 'utf8'))

export function encodeCommon(common: CommonPart): Uint8Array {
  return new Uint8Array(
    Buffer.concat([
      Uint8Array.of(VERSION, SUITE_NAMES.indexOf(common.suite), common.shares, common.threshold),
      text(common.consortium),
      text(common.member),
      text(common.date),
      field(common.fingerprint),
      field(Buffer.concat(common.commitments)),
      field(common.sealed),
    ]),
  )
}

export const encodeShare = ({ common, index, point }: Share): Uint8Array =>
  new Uint8Array(Buffer.concat([encodeCommon(common), Uint8Array.of(index), field(point)]))

/** Reads fields one behind the other. */
class Reader {
  #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new RangeError('cut off')
    this.#at += length
    return this.#bytes.slice(this.#at - length, this.#at)
  }

  field(): Uint8Array {
    const [high, low] = this.take(LENGTH_BYTES)
    return this.take(high * 256 + low)
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.field())
  }
}

/** Null for bytes that are no share, whatever is wrong with them. */
export function decodeShare(bytes: Uint8Array): Share | null {
  try {
    const reader = new Reader(bytes)
    const [version, suiteIndex, shares, threshold] = reader.take(4)
    if (version !== VERSION || SUITE_NAMES[suiteIndex] === undefined || shares === 0) return null
    const names = { consortium: reader.text(), member: reader.text(), date: reader.text() }
    const fingerprint = reader.field()
    const commitments = reader.field()
    const width = commitments.length / shares
    if (!Number.isInteger(width)) return null
    const common: CommonPart = {
      ...names,
      suite: SUITE_NAMES[suiteIndex],
      shares,
      threshold,
      fingerprint,
      commitments: Array.from({ length: shares }, (_, i) => commitments.slice(i * width, (i + 1) * width)),
      sealed: reader.field(),
    }
    const [index] = reader.take(1)
    const share = { common, index, point: reader.field() }
    // One form only: nothing behind it, nothing that is read in two ways.
    return Buffer.from(encodeShare(share)).equals(bytes) ? share : null
  } catch {
    return null
  }
}
