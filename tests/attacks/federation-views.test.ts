/**
 * What each party receives in a run, against protocol.md section 9 (security.md T23 to T25): shares are uniform, no planted
 * value travels, sizes and numbers of messages say nothing.
 */
import { describe, expect, it } from 'vitest'
import { T, unpackResidues } from '../../engine/index.ts'
import { PLATFORM } from '../../federation/index.ts'
import { encodeBody } from '../../federation/messages/codec.ts'
import { CELL, type Column } from '../../models/index.ts'
import { type ConsortiumInput, testConsortium } from '../helpers/consortium.ts'
import { generator, syntheticInput } from '../helpers/synthetic.ts'
import { intercept, type Posted, runWith, smallInput } from '../unit/federation/interception.ts'

const RESIDUE_BYTES = 6
/** Chi-square of the four high bits of values in [0, limit): 15 degrees of freedom, above 80 once in 10^10. */
function chiSquare(values: ArrayLike<number>, limit: number): number {
  const counts = new Float64Array(16)
  for (let i = 0; i < values.length; i++) counts[Math.floor((values[i] / limit) * 16)]++
  const expected = values.length / 16
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

describe("the platform's shares are uniform", () => {
  it('labels, totals, points and exclusions of every single sender, and their sums', async () => {
    const { recorded } = await runWith(smallInput({ rounds: 2 }))
    const vectors = recorded.flatMap((message): [string, number][] => {
      if (message.to !== PLATFORM || !/^(labels|round|score)\.share$/.test(message.type)) return []
      const { points, ...residues } = message.body as Record<string, Uint8Array>
      const name = `${message.from} ${message.type} ${message.round}`
      const parts = Object.values(residues).filter((bytes) => bytes instanceof Uint8Array && bytes.length > 0)
      const uniform = parts.map((bytes): [string, number] => [
        name,
        chiSquare(unpackResidues(bytes, bytes.length / RESIDUE_BYTES), T),
      ])
      if (!points) return uniform
      const words = new Uint32Array(Uint8Array.from(points).buffer)
      return [...uniform, [name, chiSquare(words, 2 ** 32)]]
    })
    // 2 banks * 2 vectors, 3 providers * 2 rounds, 3 providers * (2 points + 1 exclusions)
    expect(vectors).toHaveLength(19)
    for (const [name, value] of vectors) expect([name, value < 80]).toEqual([name, true])
  })

  it('what is under them is far from uniform', () => {
    const { labelHolders } = smallInput()
    expect(chiSquare(labelHolders[0].labelled, T)).toBeGreaterThan(1000)
  })
})

/** All forms in which a planted value could travel. */
function formsOf(value: number): Uint8Array[] {
  const raw = new Uint8Array(new Float64Array([value]).buffer)
  const integer = Buffer.alloc(8)
  integer.writeBigInt64LE(BigInt(Math.round(value)))
  return [
    raw,
    Uint8Array.from(raw).reverse(),
    integer,
    Uint8Array.from(integer).reverse(),
    Buffer.from(String(value)),
    Buffer.from(Buffer.from(raw).toString('hex')),
    Buffer.from(Buffer.from(raw).toString('base64').slice(0, 10)),
  ]
}

describe('planted values', () => {
  const CATEGORY = 'canary-7f3a9c51e2d8'
  const NUMBER = 7262501473829.123
  /** Half of the rows of provider 1 hold the canary, in numbers and in a category. */
  const planted = (): ConsortiumInput => {
    const input = smallInput({ rounds: 2 })
    const rows = input.folds.length
    const state = new Uint8Array(rows).fill(CELL.held)
    const columns: Column[] = [
      { kind: 'numeric', name: 'n', state, values: Float64Array.from(state, (_, i) => (i % 2 ? NUMBER : 1)) },
      {
        kind: 'categorical',
        name: 'c',
        state,
        codes: Int32Array.from(state, (_, i) => i % 2),
        categories: ['plain', CATEGORY],
      },
    ]
    return { ...input, providers: [{ ...input.providers[0], columns }, ...input.providers.slice(1)] }
  }

  it("reach nobody else, neither sealed nor opened; the owner's own scorecard holds them", async () => {
    const consortium = await testConsortium({ ...planted(), record: true })
    const recorded = intercept(consortium)
    await consortium.run()
    await new Promise((resolve) => setTimeout(resolve, 30))
    await consortium.close()
    const forms = [
      ...formsOf(NUMBER),
      Buffer.from(CATEGORY),
      Buffer.from(Buffer.from(CATEGORY).toString('hex')),
    ]
    const holds = (bytes: Uint8Array) => forms.some((form) => Buffer.from(bytes).includes(Buffer.from(form)))
    const bodies = recorded.map(({ body }) => encodeBody(body))
    expect(bodies.length).toBeGreaterThan(50)
    expect(bodies.filter(holds)).toHaveLength(0)
    expect(consortium.transport.recorded.filter(({ envelope }) => holds(envelope))).toHaveLength(0)
    const own = JSON.stringify(consortium.scorecards.get('provider-1'))
    expect(holds(Buffer.from(own))).toBe(true)
    for (const other of ['provider-2', 'provider-3']) {
      expect(holds(Buffer.from(JSON.stringify(consortium.scorecards.get(other))))).toBe(false)
    }
  })
})

/** Who sends how much to whom, in order for each pair. */
const traffic = (recorded: readonly Posted[], counts: (message: Posted) => boolean): string[] =>
  recorded
    .filter(counts)
    .map((message) => {
      const { from, to, type, round, body } = message
      return `${from} ${to} ${type} ${round} ${encodeBody(body).length}`
    })
    .sort()

describe('sizes and numbers of messages', () => {
  it('of a label holder are the same for no label and for thousands', async () => {
    const input = smallInput()
    const empty = { labelled: new Uint8Array(600), bad: new Uint8Array(600) }
    const [one] = input.labelHolders
    const sizes: string[][] = []
    for (const second of [empty, input.labelHolders[1]]) {
      const outcome = await runWith({ ...input, labelHolders: [one, second] })
      expect(outcome.code).toBeNull()
      const plan = (message: Posted) => message.type === 'plan.propose'
      sizes.push(traffic(outcome.recorded, (message) => message.from === 'bank-2' && !plan(message)))
    }
    expect(sizes[0].length).toBe(3)
    expect(sizes[0]).toEqual(sizes[1])
  })

  it('of all parties are the same for other features in bins of the same number', async () => {
    const sizes: string[][] = []
    for (const seed of [5, 6]) {
      const random = generator(seed)
      const input = syntheticInput({ rows: 1500, providers: 3, banks: 2, seed: 1, rounds: 1, columns: 1 })
      const state = new Uint8Array(1500).fill(CELL.held)
      const providers = input.providers.map((provider) => ({
        ...provider,
        columns: [{ kind: 'numeric' as const, name: 'x', state, values: Float64Array.from(state, random) }],
      }))
      const { recorded, code } = await runWith({ ...input, providers })
      expect(code).toBeNull()
      // Messages that carry an opened number as text differ in its digits, and how many bands there are follows the totals.
      const opened = /^(bins\.counts|evaluation\.|score\.request|run\.finish)/
      sizes.push(traffic(recorded, ({ type }) => !opened.test(type)))
    }
    expect(sizes[0].length).toBeGreaterThan(50)
    expect(sizes[0]).toEqual(sizes[1])
  })
})
