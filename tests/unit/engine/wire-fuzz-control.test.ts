/** The fuzzer against two weakened parsers: what they let through to SEAL must be seen. */
import { expect, test, vi } from 'vitest'
import type { BfvContext } from '../../../engine/bfv/context.ts'
import { fuzzDoors, insidesHere, wireDoors } from './wire-doors.ts'

type Parse = (context: BfvContext, bytes: Uint8Array, words: number) => Uint8Array
type Weakness = (parse: Parse) => Parse
const weak = vi.hoisted(() => ({ by: (parse: unknown) => parse }))

vi.mock('../../../engine/bfv/wire.ts', async (original) => {
  const strict = await original<typeof import('../../../engine/bfv/wire.ts')>()
  const { parseQuery, parsePublicKey, parseAnswer, parseShortAnswer } = strict
  const weakened = Object.entries({ parseQuery, parsePublicKey, parseAnswer, parseShortAnswer }).map(
    ([name, parse]) => [name, (...args: Parameters<Parse>) => (weak.by(parse) as Parse)(...args)],
  )
  return { ...strict, ...Object.fromEntries(weakened) }
})

const doors = await wireDoors()

async function complaintsAbout(weakness: Weakness): Promise<string[]> {
  using insides = await insidesHere()
  weak.by = weakness as (parse: unknown) => unknown
  try {
    const { complaints } = await fuzzDoors(doors, insides, { runs: 300, seed: 1, each: 1000 })
    return [...complaints.keys()]
  } finally {
    weak.by = (parse) => parse
  }
}

test('the strict parser lets nothing through', async () => {
  expect(await complaintsAbout((parse) => parse)).toEqual([])
})

test.each<[string, Weakness, number, boolean]>([
  [
    'a parser that does not compare residues with their primes',
    (parse) => (context, bytes, words) =>
      parse({ ...context, primes: context.primes.map(() => 2n ** 64n) }, bytes, words),
    // short answers are decrypted without SEAL: theirs are accepted
    doors.length - 1,
    // SEAL refuses such residues itself
    false,
  ],
  [
    'a parser that takes every form that SEAL may load',
    // A short answer is no form of SEAL's: it must be brought into one.
    (parse) => (context, bytes, words) =>
      words === undefined ? new Uint8Array(bytes) : parse(context, bytes, words),
    doors.length - 1,
    true,
  ],
])('control: %s', async (name, weakness, open, keyUsed) => {
  const complaints = await complaintsAbout(weakness)
  if (name.includes('residues')) expect(complaints).toContain('short answer: accepted')
  expect(complaints.filter((text) => text.endsWith('reached SEAL'))).toHaveLength(open)
  expect(complaints.some((text) => text.endsWith('the secret key was used'))).toBe(keyUsed)
})
