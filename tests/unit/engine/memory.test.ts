import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const ROUNDS = process.env.YINXIN_FULL === '1' ? 1500 : 300
const ALLOWED = 16 * 2 ** 20

const probe = fileURLToPath(new URL('./memory-probe.ts', import.meta.url))

/** Steady growth between the first third of the repetitions and their end, in bytes. */
async function growth(kind: string, repetitions: number): Promise<{ resident: number; external: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [probe, kind, String(repetitions)])
  return JSON.parse(stdout)
}

test.each([
  ['rounds', ROUNDS, ALLOWED],
  ['refused', 90, ALLOWED],
  ['cross', 45, ALLOWED],
  // Twenty mutated queries, keys and answers each: 100 MB of them and more, of 15 MB of which the allocator keeps the places.
  ['fuzzed', process.env.YINXIN_FULL === '1' ? 1500 : 45, 3 * ALLOWED],
])('memory stays level: %s, %d times', { timeout: 600_000 }, async (kind, repetitions, allowed) => {
  const { resident, external } = await growth(kind, repetitions)
  expect(external).toBeLessThan(ALLOWED)
  expect(resident).toBeLessThan(allowed)
})

test('control: the same measure sees 100 rounds of which nothing is closed', async () => {
  const { resident, external } = await growth('unclosed', 150)
  expect(external).toBeGreaterThan(ALLOWED)
  expect(resident).toBeGreaterThan(ALLOWED)
})
