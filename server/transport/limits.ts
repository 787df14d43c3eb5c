/** Sizes and times of the way between a member and the platform. Gateways on it often allow 2 MB a body and 60 s of silence. */

/** Largest body of any request or answer, in bytes; below the 1 MiB that common gateways allow without a setting. */
export const PART_BYTES = 1_000_000
/** Largest envelope. A query over a million enterprises takes 130 MB. */
export const MOST_ENVELOPE_BYTES = 512 * 1024 * 1024
/** What unfinished uploads of one member, and of all members together, may take of the platform's memory. */
export const MOST_UPLOADING_BYTES = { member: 512 * 1024 * 1024, all: 2048 * 1024 * 1024 } as const
/** An unfinished upload that got no part for this long makes room for others, in milliseconds. */
export const STALE_UPLOAD_MS = 300_000
/**
 * What may wait for one member, what one member may leave for others, and what may wait altogether; beyond it members are asked
 * to come back later. A round over a million enterprises leaves a query of 130 MB from each server for each provider.
 */
export const MOST_WAITING_BYTES = {
  receiver: 512 * 1024 * 1024,
  sender: 2048 * 1024 * 1024,
  all: 4096 * 1024 * 1024,
} as const

/** Longest time that a poll stays open without news, in milliseconds. */
export const MOST_POLL_MS = 25_000
/** A post waits so long for the platform to make its envelope durable, then it is asked to come again. */
export const MOST_TAKING_MS = 20_000
/** A member that takes nothing of an answer for this long is cut off. */
export const STALLED_MS = 5_000
/** Furthest that the time of a request may lie from the platform's clock, in milliseconds. */
export const CLOCK_TOLERANCE = 60_000

/** Parts of one member on their way at the same time, in each direction: one is sent while the answer to another is awaited. */
export const PARTS_IN_FLIGHT = 3
/** A member fetches no further ahead of what it has made durable than this, but for the envelope that it is in. */
export const MOST_AHEAD_BYTES = 32 * 1024 * 1024

/** Headers of the platform's answers. */
export const SESSION_HEADER = 'yinxin-session'
/** Version of the newest member list that the platform holds. */
export const MEMBERS_HEADER = 'yinxin-members'
export const TIME_HEADER = 'yinxin-time'
export const PROTOCOL_HEADER = 'yinxin-protocol'
/** Code of a refusal: its body may be cut off on the way. */
export const CODE_HEADER = 'yinxin-code'
/** Of a poll's answer: position of its first byte, end of what waits, hash of its bytes. */
export const FROM_HEADER = 'yinxin-from'
export const END_HEADER = 'yinxin-end'
export const HASH_HEADER = 'yinxin-hash'
