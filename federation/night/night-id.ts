/**
 * The name of a night: masks are drawn under it, so it is used once. Names grow with time, and a node takes part only in a
 * night later than every one before: one number on its disk instead of a list of all names.
 */
import type { RandomBytes } from '../../engine/index.ts'
import type { MessageType } from '../messages/schema.ts'

const FORM = /^night-\d{8}-\d{6}-\d{2}-[0-9a-f]{8}$/

/** Messages of nights; a party that stops one says so by `run.abort` under its name. */
export const isOfNight = (type: MessageType): boolean => type.startsWith('night.')

export const isNightId = (text: string): boolean => FORM.test(text)

/** @param attempt 0 to 99; the same night started again within one second */
export function nightId(now: Date, attempt: number, random: RandomBytes): string {
  const [day, time] = now.toISOString().slice(0, 19).replace(/[-:]/g, '').split('T')
  const number = String(attempt).padStart(2, '0')
  return `night-${day}-${time}-${number}-${Buffer.from(random(4)).toString('hex')}`
}

/** True where a night begins after another; every night does after none (''). */
export const isLater = (night: string, than: string): boolean => isNightId(night) && night > than
