/**
 * security.md T23, T24: who banks where, and what a column looks like, must not show in how many messages there are and how
 * long they are. The attacker is the relay: it sees sealed envelopes of whole runs over different random inputs.
 */
import { describe, expect, it } from 'vitest'
import { freshResidues, NO_COLUMN, packingFor, systemRandom } from '../../engine/index.ts'
import { createEngine } from '../../federation/index.ts'
import { CELL } from '../../models/index.ts'
import { type ConsortiumInput, testConsortium } from '../helpers/consortium.ts'
import { generator, syntheticInput } from '../helpers/synthetic.ts'
import { changed, intercept, type Posted } from '../unit/federation/interception.ts'
import { type Sealed, tap } from './wire-tap.ts'

const full = process.env.YINXIN_FULL === '1'
const INPUTS = full ? 20 : 4
const ROWS = 1500
const RESIDUE_BYTES = 6
const WIDTH = 8

/** One numeric column a provider, in bins of one number whatever its values; a bank labels a share of the roster. */
function inputOf(seed: number, labelled: number): ConsortiumInput {
  const random = generator(seed)
  const made = syntheticInput({ rows: ROWS, providers: 3, banks: 2, seed: 1, rounds: 1, columns: 1 })
  const state = new Uint8Array(ROWS).fill(CELL.held)
  const providers = made.providers.map((provider) => ({
    ...provider,
    columns: [{ kind: 'numeric' as const, name: 'x', state, values: Float64Array.from(state, random) }],
    exclusions: Uint8Array.from(state, () => (random() < 0.1 ? 1 : 0)),
  }))
  const known = Uint8Array.from(state, () => (random() < labelled ? 1 : 0))
  const bad = known.map((m) => (random() < 0.3 ? m : 0))
  return { ...made, providers, labelHolders: [made.labelHolders[0], { labelled: known, bad }] }
}

/** Messages that carry opened numbers as text differ in the digits of these; bands follow the totals. */
const OPENED = /^(labels\.opened|bins\.counts|plan\.propose|evaluation\.|score\.request|run\.)/

const sizesOf = (sent: readonly Sealed[]): string[] =>
  sent
    .filter(({ header }) => !OPENED.test(header.type))
    .map(
      ({ header: { from, to, type, round }, envelope }) =>
        `${from} ${to} ${type} ${round} ${envelope.length}`,
    )
    .sort()

async function wireOf(
  input: ConsortiumInput,
  deviate?: (message: Posted) => Posted[] | undefined,
): Promise<string[]> {
  const consortium = await testConsortium(input)
  intercept(consortium, deviate)
  const sent = tap(consortium)
  await consortium.run().catch((fault) => {
    if (!deviate) throw fault
  })
  await consortium.close()
  return sizesOf(sent)
}

describe('messages on the wire', () => {
  it(`are the same in number and size over ${INPUTS} random inputs, with no label and with all`, async () => {
    const first = await wireOf(inputOf(1, 0.5))
    expect(first.length).toBeGreaterThan(60)
    for (let seed = 2; seed <= INPUTS; seed++) {
      const labelled = [0, 1, 0.05][seed % 3]
      expect([seed, await wireOf(inputOf(seed, labelled))]).toEqual([seed, first])
    }
  })

  it('control: a bank that shares only the rows it knows shows how many they are', async () => {
    let known = 0
    const sparse = (message: Posted) =>
      message.type === 'labels.share' && message.from === 'bank-2'
        ? [changed(message, { labelled: new Uint8Array(RESIDUE_BYTES * known) })]
        : undefined
    const sizes: string[] = []
    for (const labelled of [0, 0.5]) {
      const input = inputOf(1, labelled)
      known = input.labelHolders[1].labelled.reduce((sum, m) => sum + m, 0)
      sizes.push(
        ...(await wireOf(input, sparse)).filter((line) => line.startsWith('bank-2') && /share/.test(line)),
      )
    }
    expect(new Set(sizes).size).toBe(2)
  })
})

describe('answers to a query', () => {
  it('are as long for columns of zeros as for dense ones', async () => {
    const rows = 3000
    const packing = packingFor(rows, [WIDTH])
    const engine = createEngine(0)
    const owner = await engine.linearOwner(packing)
    const query = await owner.encrypt(freshResidues(systemRandom, rows))
    const lengths = new Set<number>()
    for (const fill of [NO_COLUMN, 0, WIDTH - 1]) {
      const columns = { rows, width: WIDTH, codes: [new Uint8Array(rows).fill(fill)] }
      const responder = await engine.linearResponder(packing, columns, 0)
      const masks = freshResidues(systemRandom, WIDTH)
      const { bytes } = await responder.answer(query, 0, WIDTH, masks, systemRandom(32))
      lengths.add(bytes.length)
      await responder.close()
    }
    await owner.close()
    await engine.close()
    expect(lengths.size).toBe(1)
  })
})
