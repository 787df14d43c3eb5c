/** Opaque, signed places in a whitelist: a client can only go on where the platform sent it. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { serverErrors } from '../../errors.ts'
import type { WhitelistPlace } from '../../store/index.ts'

const PLACE_BYTES = 8
const TAG_BYTES = 16
const TEXT = /^[A-Za-z0-9_-]{32}$/

const tagOf = (place: Buffer, key: Uint8Array): Buffer =>
  createHmac('sha256', key).update('whitelist cursor').update(place).digest().subarray(0, TAG_BYTES)

/** base64url of snapshot and position (32 bits each) and 128 bits of their HMAC-SHA256. */
export function writeCursor({ snapshot, position }: WhitelistPlace, key: Uint8Array): string {
  const place = Buffer.alloc(PLACE_BYTES)
  place.writeUInt32BE(snapshot, 0)
  place.writeUInt32BE(position, 4)
  return Buffer.concat([place, tagOf(place, key)]).toString('base64url')
}

/** @throws CursorInvalid */
export function readCursor(cursor: string, key: Uint8Array): WhitelistPlace {
  if (!TEXT.test(cursor)) throw new serverErrors.CursorInvalid()
  const bytes = Buffer.from(cursor, 'base64url')
  const place = bytes.subarray(0, PLACE_BYTES)
  if (!timingSafeEqual(bytes.subarray(PLACE_BYTES), tagOf(place, key))) throw new serverErrors.CursorInvalid()
  return { snapshot: place.readUInt32BE(0), position: place.readUInt32BE(4) }
}
