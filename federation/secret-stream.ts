/** How a party's secret becomes seeds and streams for one purpose each. */
import type { RandomBytes, Suite } from '../engine/index.ts'

/** What a stream is about: place and time in a run, and hashes of what it is used on. */
export type About = readonly (string | number)[]

/** Least bytes drawn at once from a stream. */
const DRAWN_BYTES = 4096

/** The text of a label. Every part takes part in it, length-prefixed, so that no two labels have one text. */
export const labelOf = (title: string, purpose: string, about: About): string =>
  `${title}\n${[purpose, ...about]
    .map(String)
    .map((part) => `${part.length}:${part}`)
    .join('')}`

/** An endless stream out of a 32-byte seed that serves nothing else: the same draws give the same bytes. */
export function seededStream(suite: Suite, seed: Uint8Array): RandomBytes {
  let drawn: Uint8Array = new Uint8Array(0)
  let draws = 0
  return (length) => {
    if (drawn.length < length) {
      // A suite's stream starts at its beginning each time, so every draw has a key of its own.
      const key = suite.derive(seed, `draw ${draws++}`)
      const fresh = suite.stream(key, Math.max(DRAWN_BYTES, length - drawn.length))
      drawn = Buffer.concat([drawn, fresh])
    }
    const taken = drawn.subarray(0, length)
    drawn = drawn.subarray(length)
    return taken
  }
}
