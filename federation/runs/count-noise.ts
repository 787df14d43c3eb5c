/** Noise of packed counts: one draw for the rows and one for the bads, the latter in its own unit (protocol.md 5B). */
import { BAD_UNIT, gaussianNoise, type RandomBytes } from '../../engine/index.ts'

export function countNoise(random: RandomBytes, sigma: number, count: number): Float64Array {
  const rows = gaussianNoise(random, sigma, count)
  const bads = gaussianNoise(random, sigma, count)
  return rows.map((value, j) => value + BAD_UNIT * bads[j])
}
