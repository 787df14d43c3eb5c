/**
 * Envelopes on their way from members to the relay, part by part. Parts lie on a fixed grid, so they cannot overlap; each
 * receiver has one envelope at a time, so a member cannot open many. What is announced must fit the bounds, so that what was
 * let in can be finished; memory is taken by what arrives, never by an announcement.
 */
import type { Membership } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { MOST_ENVELOPE_BYTES, PART_BYTES, STALE_UPLOAD_MS } from './limits.ts'
import type { PartClaim } from './signed-request.ts'

/** Most announced bytes of unfinished uploads of one member, and of all members together. */
export interface UploadLimits {
  readonly member: number
  readonly all: number
}

/** Resolves when a whole envelope is taken for good; a fault of status 503 says that it may be asked again. */
export type Take = (envelope: Uint8Array, hash: Uint8Array) => Promise<void>

interface Upload {
  readonly total: number
  readonly whole: string
  readonly parts: Map<number, Uint8Array>
  /** When its last part came. */
  touched: number
  /** The whole, once all parts are there, and its handing over while that goes on. */
  envelope?: Uint8Array
  taking?: Promise<void>
}

/** What one session of a member has sent. */
interface Sender {
  readonly session: string
  /** Number of the envelope that comes next, by receiver. */
  readonly next: Map<string, number>
  readonly open: Map<string, Upload>
}

const NOTHING = new Uint8Array(0)

/** Number of parts of an envelope. */
export const partCount = (total: number): number => Math.ceil(total / PART_BYTES)

export class Uploads {
  #hash: Membership['suite']['hash']
  #limits: UploadLimits
  #now: () => number
  #senders = new Map<string, Sender>()

  constructor(hash: Membership['suite']['hash'], limits: UploadLimits, now: () => number) {
    this.#hash = hash
    this.#limits = limits
    this.#now = now
  }

  /**
   * Takes a part; with the last one hands the whole envelope over and waits for that. A part that is there already is no
   * fault: its answer was lost, or it was sent twice.
   * @returns the first part that is missing, null when the envelope is taken
   * @throws PartMisplaced, PartDamaged, EnvelopeTooLarge, UploadsFull, and what `take` rejects with
   */
  async add(claim: PartClaim, body: Uint8Array, take: Take): Promise<number | null> {
    const sender = this.#sender(claim)
    const next = sender.next.get(claim.to) ?? 1
    if (claim.number < next) return null
    if (claim.number > next) throw new serverErrors.PartMisplaced(`envelope ${next} comes next`)
    this.#check(claim, body)
    const upload = this.#upload(sender, claim)
    upload.touched = this.#now()
    if (!upload.parts.has(claim.index)) upload.parts.set(claim.index, body)
    const count = partCount(claim.total)
    if (upload.parts.size < count) return firstMissing(upload, count)
    upload.taking ??= this.#finish(sender, claim, upload, take)
    await upload.taking
    return null
  }

  #sender({ member, session }: PartClaim): Sender {
    let sender = this.#senders.get(member)
    // What a former life had begun to send, it will never finish.
    if (sender?.session !== session) {
      sender = { session, next: new Map(), open: new Map() }
      this.#senders.set(member, sender)
    }
    return sender
  }

  /** @throws EnvelopeTooLarge, PartMisplaced, PartDamaged */
  #check({ total, index, hash }: PartClaim, body: Uint8Array): void {
    if (total > MOST_ENVELOPE_BYTES) throw new serverErrors.EnvelopeTooLarge(MOST_ENVELOPE_BYTES)
    if (index >= partCount(total)) throw new serverErrors.PartMisplaced('the envelope has no such part')
    const expected = Math.min(PART_BYTES, total - index * PART_BYTES)
    if (body.length !== expected || this.#hexHash(body) !== hash) throw new serverErrors.PartDamaged()
  }

  /** @throws PartMisplaced, UploadsFull */
  #upload(sender: Sender, { to, total, whole }: PartClaim): Upload {
    const open = sender.open.get(to)
    if (open) {
      if (open.total !== total || open.whole !== whole)
        throw new serverErrors.PartMisplaced('it is of another envelope than the parts before it')
      return open
    }
    const fits = () =>
      announced([sender]) + total <= this.#limits.member &&
      announced(this.#senders.values()) + total <= this.#limits.all
    if (!fits()) this.#forgetStale()
    if (!fits()) throw new serverErrors.UploadsFull()
    const upload = { total, whole, parts: new Map<number, Uint8Array>(), touched: this.#now() }
    sender.open.set(to, upload)
    return upload
  }

  /** Makes room; a sender that comes back after all hears which parts are missing. */
  #forgetStale(): void {
    for (const { open } of this.#senders.values()) {
      for (const [to, { touched, taking }] of open) {
        if (!taking && this.#now() - touched > STALE_UPLOAD_MS) open.delete(to)
      }
    }
  }

  async #finish(sender: Sender, { to, number }: PartClaim, upload: Upload, take: Take): Promise<void> {
    try {
      upload.envelope ??= this.#joined(upload)
      await take(upload.envelope, Buffer.from(upload.whole, 'hex'))
    } catch (fault) {
      delete upload.taking
      // Nothing makes a refused envelope acceptable; the sender may use its number again.
      if ((fault as { statusCode?: number }).statusCode !== 503) sender.open.delete(to)
      throw fault
    }
    sender.open.delete(to)
    sender.next.set(to, number + 1)
  }

  /** @throws PartMisplaced, when the whole is not what was announced */
  #joined(upload: Upload): Uint8Array {
    const parts = Array.from({ length: upload.parts.size }, (_, index) => upload.parts.get(index)!)
    const envelope = parts.length === 1 ? parts[0] : Buffer.concat(parts)
    if (this.#hexHash(envelope) !== upload.whole)
      throw new serverErrors.PartMisplaced('the parts together are not the envelope that was announced')
    // Held once only; the numbers still say that nothing is missing.
    for (const index of upload.parts.keys()) upload.parts.set(index, NOTHING)
    return envelope
  }

  #hexHash(bytes: Uint8Array): string {
    return Buffer.from(this.#hash(bytes)).toString('hex')
  }
}

function announced(senders: Iterable<Sender>): number {
  let bytes = 0
  for (const { open } of senders) for (const { total } of open.values()) bytes += total
  return bytes
}

function firstMissing({ parts }: Upload, count: number): number {
  for (let index = 0; index < count; index++) if (!parts.has(index)) return index
  return count
}
