/** One change of a roster as a line of text: what happened to which code, on which day. */
import { isDay } from '../day.ts'

/** `from` are the codes that leave, `to` the code that the enterprise has afterwards. */
export type RosterChange =
  | { readonly kind: 'new'; readonly to: string; readonly day: string }
  | { readonly kind: 'closed'; readonly from: readonly [string]; readonly day: string }
  | { readonly kind: 'merged'; readonly from: readonly string[]; readonly to: string; readonly day: string }
  | { readonly kind: 'renamed'; readonly from: readonly [string]; readonly to: string; readonly day: string }

/** Longest code in bytes. */
export const MOST_CODE = 128
const FORM =
  'it is none of "new CODE DAY", "closed CODE DAY", "merged CODE.. -> CODE DAY", "renamed CODE -> CODE DAY"'

/** What is wrong with a code as such; null for nothing. */
export function codeFault(code: string): string | null {
  if (code === '' || /[\s\p{Cc}]/u.test(code))
    return 'a code is empty, or has white space or a control character in it'
  if (!code.isWellFormed()) return 'a code is not UTF-8'
  if (Buffer.byteLength(code, 'utf8') > MOST_CODE) return `a code is longer than ${MOST_CODE} bytes`
  return code === '->' ? 'a code is missing' : null
}

/** Codes that a change takes off the roster. */
export const leaving = (change: RosterChange): readonly string[] => (change.kind === 'new' ? [] : change.from)

/** The code that a change puts onto the roster, if it does: what merges goes into a code that is there for other reasons. */
export const arriving = (change: RosterChange): string | null =>
  change.kind === 'new' || change.kind === 'renamed' ? change.to : null

export function changeText(change: RosterChange): string {
  const { kind, day } = change
  if (kind === 'new') return `new ${change.to} ${day}`
  if (kind === 'closed') return `closed ${change.from[0]} ${day}`
  return `${kind} ${change.from.join(' ')} -> ${change.to} ${day}`
}

/** A change, or what is wrong with its line. */
export function parseChange(line: string): RosterChange | string {
  const words = line.split(' ')
  const [kind, ...rest] = words
  const day = rest.pop() ?? ''
  if (rest.length === 0) return FORM
  if (!isDay(day)) return `"${day}" is no day YYYY-MM-DD`
  const fault = rest
    .filter((word) => word !== '->')
    .map(codeFault)
    .find((found) => found !== null)
  if (fault) return fault
  const arrow = rest.indexOf('->')
  if (arrow < 0 && rest.length === 1) {
    if (kind === 'new') return { kind, to: rest[0], day }
    if (kind === 'closed') return { kind, from: [rest[0]], day }
  }
  const from = rest.slice(0, arrow)
  const ofTwo = arrow > 0 && arrow === rest.length - 2
  if (kind === 'renamed' && ofTwo && arrow === 1) return { kind, from: [from[0]], to: rest[2], day }
  if (kind === 'merged' && ofTwo) return { kind, from, to: rest[arrow + 1], day }
  return FORM
}
