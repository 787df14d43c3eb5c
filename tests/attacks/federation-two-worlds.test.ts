/**
 * The two-world test of security.md 2.4, small: two runs in which the labels of two like firms are swapped, so that every
 * permitted output is the same. Simple statistics of what a coalition received must not tell the worlds apart.
 */
import { describe, expect, it } from 'vitest'
import { addInto, keyHolderShare, T, unpackResidues } from '../../engine/index.ts'
import { KEY_HOLDER, PLATFORM } from '../../federation/index.ts'
import { streamLabel } from '../../federation/runs/stream-label.ts'
import { type ConsortiumInput, testConsortium } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import { type Deviation, intercept, type Posted } from '../unit/federation/interception.ts'

const RESIDUE_BYTES = 6
const bytesOf = ({ body }: Posted): Uint8Array[] => {
  const found: Uint8Array[] = []
  const walk = (value: unknown): void => {
    if (value instanceof Uint8Array) found.push(value)
    else if (typeof value === 'object' && value) Object.values(value).forEach(walk)
  }
  walk(body)
  return found
}

/** The first two training rows, alike in every column and known to the same bank; world 1 swaps their outcomes. */
const PAIR = [0, 1] as const
const ROWS = 700
const TRAIN = 560

function world(number: 0 | 1): ConsortiumInput {
  const input = syntheticInput({ rows: ROWS, providers: 3, banks: 2, seed: 1, rounds: 1, columns: 1 })
  const [good, worse] = PAIR
  for (const { columns, exclusions } of input.providers) {
    for (const column of columns) {
      column.state[worse] = column.state[good]
      const cells = column.kind === 'numeric' ? column.values : column.codes
      cells[worse] = cells[good]
    }
    exclusions[good] = exclusions[worse] = 0
  }
  const [first, second] = input.labelHolders
  for (const row of PAIR) {
    first.labelled[row] = 1
    first.bad[row] = second.labelled[row] = second.bad[row] = 0
  }
  first.bad[PAIR[number]] = 1
  // One provider's columns are enough to look at, and quicker.
  const [one, ...others] = input.providers
  return { ...input, providers: [one, ...others.map((other) => ({ ...other, columns: [] }))] }
}

type Coalition = 'platform' | 'key holder' | 'provider' | 'platform with key holder'

/** Numbers drawn from what a party received: means, low bits and high bits of every array, and the two rows of every vector. */
function statistics(recorded: readonly Posted[], party: string): number[] {
  return recorded
    .filter(({ to }) => to === party)
    .sort((a, b) => `${a.from}${a.type}${a.round}`.localeCompare(`${b.from}${b.type}${b.round}`))
    .flatMap((message) => bytesOf(message))
    .filter(({ length }) => length > 0)
    .flatMap((bytes) => {
      let sum = 0
      let low = 0
      let high = 0
      for (const byte of bytes) {
        sum += byte
        low += byte & 1
        high += byte >> 7
      }
      const rows =
        bytes.length === ROWS * RESIDUE_BYTES || bytes.length === TRAIN * RESIDUE_BYTES
          ? unpackResidues(bytes, bytes.length / RESIDUE_BYTES)
          : null
      const atPair = rows ? PAIR.map((row) => rows[row] / T) : []
      return [sum / bytes.length, low / bytes.length, high / bytes.length, ...atPair]
    })
}

/** Runs one world until all points are in and returns what each coalition can compute. */
async function views(number: 0 | 1): Promise<Record<Coalition, number[]>> {
  const consortium = await testConsortium(world(number))
  const stop: Deviation = ({ type }) => {
    if (type === 'score.commit') consortium.platform.cancel(new Error('seen enough'))
    return undefined
  }
  const recorded = intercept(consortium, stop)
  await consortium.run().catch(() => {})
  await consortium.close()
  const { membership } = consortium.nodes.get(KEY_HOLDER)!
  const names = ['bank-1', 'bank-2']
  const snapshot = recorded.find(({ type }) => type === 'run.open')!.body.snapshot as string
  const about = { snapshot, run: 'run-1', opening: 'labels', phase: 'bad' }
  const secrets = names.map((name) => membership.pairSecret(name, 'mask'))
  const joint = keyHolderShare(membership.suite, secrets, streamLabel(membership.consortium, about), ROWS)
  for (const { type, body } of recorded) {
    if (type === 'labels.share') addInto(joint, unpackResidues(body.bad as Uint8Array, ROWS))
  }
  return {
    platform: statistics(recorded, PLATFORM),
    'key holder': statistics(recorded, KEY_HOLDER),
    provider: statistics(recorded, 'provider-1'),
    'platform with key holder': PAIR.map((row) => joint[row]),
  }
}

/** Share of runs that the nearest standardised centroid of the other half puts into the right world. */
function accuracy(samples: readonly { world: number; view: readonly number[] }[]): number {
  const parity = (half: number) => samples.filter((_, index) => (index >> 1) % 2 === half)
  let right = 0
  for (const half of [0, 1]) {
    const known = parity(1 - half)
    const width = known[0].view.length
    const mean = (rows: typeof known, j: number) =>
      rows.reduce((sum, { view }) => sum + view[j], 0) / rows.length
    const columns = Array.from({ length: width }, (_, j) => {
      const centre = mean(known, j)
      const sd = Math.sqrt(known.reduce((sum, { view }) => sum + (view[j] - centre) ** 2, 0) / known.length)
      const of = (number: number) =>
        mean(
          known.filter(({ world }) => world === number),
          j,
        )
      return { zero: of(0), one: of(1), sd: sd || 1 }
    })
    for (const { world: truth, view } of parity(half)) {
      const score = columns.reduce(
        (sum, { zero, one, sd }, j) => sum + ((view[j] - zero) ** 2 - (view[j] - one) ** 2) / sd ** 2,
        0,
      )
      if ((score > 0 ? 1 : 0) === truth) right++
    }
  }
  return right / samples.length
}

describe('two worlds that differ in the labels of two like firms', () => {
  it('look the same to platform, key holder and provider, and not to platform and key holder together', async () => {
    const RUNS = 60
    const seen: Record<Coalition, { world: number; view: number[] }[]> = {
      platform: [],
      'key holder': [],
      provider: [],
      'platform with key holder': [],
    }
    for (let run = 0; run < RUNS; run++) {
      for (const number of [0, 1] as const) {
        const found = await views(number)
        for (const [name, view] of Object.entries(found)) {
          seen[name as Coalition].push({ world: number, view })
        }
      }
    }
    const samples = 2 * RUNS
    const tolerance = 4 * Math.sqrt(0.25 / samples)
    for (const name of ['platform', 'key holder', 'provider'] as const) {
      expect(new Set(seen[name].map(({ view }) => view.length)).size).toBe(1)
      expect(seen[name][0].view.length).toBeGreaterThan(10)
      expect([name, Math.abs(accuracy(seen[name]) - 0.5) < tolerance]).toEqual([name, true])
    }
    expect(accuracy(seen['platform with key holder'])).toBe(1)
  }, 180_000)
})
