/**
 * protocol.md section 8, "Replay": what a provider answers cannot be checked from outside, but an auditor at its site computes
 * it again from its committed columns and secret. A deviating provider would not write its deviation into its own journal, so
 * the auditor compares with what the servers received; the control is the audit without that.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import {
  always,
  createEngine,
  type JournalRecord,
  KEY_HOLDER,
  MADE_UP_DATA,
  memoryFineBins,
  memoryJournals,
  PLATFORM,
  ProviderRole,
  type ReplayReport,
  readTranscript,
  replayRun,
  secureRandom,
  signTranscript,
  type TranscriptEntry,
} from '../../federation/index.ts'
import { type TestConsortium, testConsortium } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'

const DEVIATING = 'provider-1'
const RUN = 'run-1'
const input = syntheticInput({ rows: 700, providers: 3, banks: 1, seed: 5, rounds: 2, columns: 2 })
const data = input.providers.find(({ name }) => name === DEVIATING)!
const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null }

type Engine = ReturnType<typeof createEngine>
type Responder = Awaited<ReturnType<Engine['linearResponder']>>

/** An engine whose answers come from `deviate` instead; everything else of the provider is honest. */
function deviatingEngine(
  deviate: (
    make: Engine['linearResponder'],
    ...args: Parameters<Engine['linearResponder']>
  ) => Promise<Responder>,
): Engine {
  const engine = createEngine(0)
  return { ...engine, linearResponder: (...args) => deviate(engine.linearResponder, ...args) }
}

interface Recorded {
  readonly consortium: TestConsortium
  readonly journals: ReturnType<typeof memoryJournals>
  readonly transcripts: ReadonlyMap<string, TranscriptEntry[]>
}

/** A run in which one provider works with another engine. */
async function runWithEngine(engine: Engine | null): Promise<Recorded> {
  const journals = memoryJournals()
  const transcripts = new Map<string, TranscriptEntry[]>()
  const consortium = await testConsortium({
    ...input,
    journals: (name) => (name === DEVIATING ? journals : memoryJournals()),
    transcripts: (server) => {
      const entries: TranscriptEntry[] = []
      transcripts.set(server, entries)
      return { append: async (_, entry) => void entries.push(entry) }
    },
  })
  if (engine) {
    const node = consortium.nodes.get(DEVIATING)!
    const services = { engine, random: secureRandom, clock: { now: () => new Date() } }
    const sink = { keep: async () => {} }
    const fineBins = memoryFineBins()
    const source = always({ roster: consortium.roster, data, authorisation: MADE_UP_DATA })
    node.attach(new ProviderRole(node, services, source, policy, sink, fineBins))
  }
  // Whoever takes its own wrong gradients may have to clip and stop; what it sent until then is audited all the same.
  await consortium
    .run()
    .catch((fault) => expect([engine !== null, fault.cause]).toEqual([true, 'YX_FEDERATION_CLIPPING']))
  await consortium.close()
  return { consortium, journals, transcripts }
}

function replay(
  { consortium, transcripts }: Recorded,
  journals: ReturnType<typeof memoryJournals>,
  received: boolean,
): Promise<ReplayReport> {
  const membership = consortium.nodes.get(DEVIATING)!.membership
  const exported = [PLATFORM, KEY_HOLDER].map((server) => {
    const text = signTranscript(consortium.nodes.get(server)!.membership, RUN, transcripts.get(server)!)
    return readTranscript(membership, text)
  })
  const engine = createEngine(0)
  const { roster } = consortium
  const options = { membership, engine, roster, data, policy, journals, run: RUN }
  return replayRun({ ...options, received: received ? exported : [] })
}

/** Of a message in a stream; a replay does not compare it. */
const NO_PLACE = { step: 0, detail: '', counter: 0, previous: '' }

/** The journal with the hashes of an honest provider's messages in place of its own. */
async function forged(recorded: Recorded): Promise<ReturnType<typeof memoryJournals>> {
  const records = recorded.journals.runs.get(RUN)!
  const kept = memoryJournals()
  kept.runs.set(
    RUN,
    records.filter(({ kind }) => kind !== 'sent'),
  )
  const honest: JournalRecord[] = []
  const membership = recorded.consortium.nodes.get(DEVIATING)!.membership
  const { roster } = recorded.consortium
  await replayRun({
    membership,
    engine: createEngine(0),
    roster,
    data,
    policy,
    journals: kept,
    run: RUN,
    received: [],
    onComputed: (message) => honest.push({ kind: 'sent', message: { ...NO_PLACE, ...message } }),
  })
  let at = 0
  // A replay does not sign again.
  const made = records.map((record) =>
    record.kind === 'sent' && record.message.type !== 'plan.approve' ? honest[at++] : record,
  )
  const result = memoryJournals()
  result.runs.set(RUN, made)
  return result
}

/** Answers with the columns scaled, for singling out rows through the noise. */
const scaled = () =>
  deviatingEngine((make, packing, columns, budget) => {
    const { rows, width, codes } = columns
    const dense = Array.from({ length: width }, (_, j) =>
      Int16Array.from({ length: rows }, (_row, i) => (codes.some((code) => code[i] === j) ? 200 : 0)),
    )
    return make(packing, { rows, width: 0, codes: [], dense }, budget)
  })

/** Answers from a column that was not committed to: one firm stands alone in it. */
const otherColumn = () =>
  deviatingEngine((make, packing, columns, budget) => {
    const codes = columns.codes.map((code) => code.slice())
    codes[0].fill(codes[0][0])
    codes[0][3] = columns.codes[0].find((code) => code !== codes[0][0])!
    return make(packing, { ...columns, codes }, budget)
  })

/** Honest up to the first round, then another column. */
const swapped = () =>
  deviatingEngine(async (make, packing, columns, budget) => {
    const honest = await make(packing, columns, budget)
    const codes = columns.codes.map((code) => code.slice().reverse())
    const other = await make(packing, { ...columns, codes }, budget)
    let answers = 0
    return {
      // Two answers to the fine bins and two to the first round come first.
      answer: (...args) => (answers++ < 4 ? honest : other).answer(...args),
      close: async () => {
        await honest.close()
        await other.close()
      },
    }
  })

/** Uses the first answer's mask again and again. */
const reusedMask = () =>
  deviatingEngine(async (make, ...args) => {
    const honest = await make(...args)
    let first: Float64Array | undefined
    return {
      answer: (query, from, to, masks, seed) => {
        first ??= masks
        return honest.answer(query, from, to, first, seed)
      },
      close: honest.close,
    }
  })

describe('replaying a run at a provider', () => {
  let honest: Recorded
  beforeAll(async () => {
    honest = await runWithEngine(null)
  })

  it('an honest run replays clean, against its journal and against what the servers received', async () => {
    const recorded = honest
    const report = await replay(recorded, recorded.journals, true)
    const sent = [...recorded.transcripts.values()]
      .flat()
      .filter(({ from, type }) => from === DEVIATING && type !== 'plan.approve')
    expect(report).toEqual({ messages: sent.length, difference: null })
    expect(sent.length).toBeGreaterThan(10)
  })

  it.each([
    ['scaled columns', scaled, 'bins.answer', 0],
    ['a column that was not committed to', otherColumn, 'bins.answer', 0],
    ['a column swapped between rounds', swapped, 'round.answer', 2],
    ['a mask used again', reusedMask, 'bins.answer', 0],
  ] as const)('names %s; its own forged journal does not', async (_, engine, type, round) => {
    const recorded = await runWithEngine(engine())
    const own = await replay(recorded, recorded.journals, false)
    expect(own.difference).toMatchObject({ type, round, against: 'the journal' })
    const journals = await forged(recorded)
    // Control: a provider that writes what an honest one would have sent passes an audit of its own word.
    expect((await replay(recorded, journals, false)).difference).toBeNull()
    const { difference } = await replay(recorded, journals, true)
    expect(difference).toMatchObject({ type, round })
    expect([PLATFORM, KEY_HOLDER]).toContain(difference?.against)
  })

  it('names columns that are not those of the commitment', async () => {
    const recorded = honest
    const [first, ...others] = data.columns
    if (first.kind !== 'numeric') throw new Error('a numeric column first')
    const changed = { ...data, columns: [{ ...first, values: first.values.map((v) => -v) }, ...others] }
    const { consortium, journals } = recorded
    const report = await replayRun({
      membership: consortium.nodes.get(DEVIATING)!.membership,
      engine: createEngine(0),
      roster: consortium.roster,
      data: changed,
      policy,
      journals,
      run: RUN,
      received: [],
    })
    expect(report.difference).toMatchObject({ message: 1, type: 'basis.ready' })
    expect(report.difference?.what).toContain('columns')
  })

  it('refuses a transcript that was changed, and a journal whose envelopes were', async () => {
    const recorded = honest
    const { consortium, transcripts, journals } = recorded
    const membership = consortium.nodes.get(DEVIATING)!.membership
    const text = signTranscript(consortium.nodes.get(PLATFORM)!.membership, RUN, transcripts.get(PLATFORM)!)
    const lines = text.split('\n')
    const changes = [
      text.replace('"round":2', '"round":1'),
      lines.slice(1).join('\n'),
      [...lines.slice(0, 3), ...lines.slice(4)].join('\n'),
      lines.slice(0, -2).join('\n'),
      `${lines.slice(0, -3).join('\n')}\n${lines.at(-2)}\n`,
    ]
    for (const changed of changes) {
      expect(() => readTranscript(membership, changed)).toThrow(
        expect.objectContaining({ code: 'YX_FEDERATION_TRANSCRIPT_REFUSED' }),
      )
    }
    const tampered = memoryJournals()
    tampered.runs.set(
      RUN,
      journals.runs.get(RUN)!.map((record) => {
        if (record.kind !== 'received' || record.envelope.length < 100_000) return record
        const envelope = record.envelope.slice()
        envelope[envelope.length - 1000] ^= 1
        return { ...record, envelope }
      }),
    )
    const { difference } = await replay(recorded, tampered, false)
    expect(difference?.what).toContain('YX_FEDERATION_MESSAGE_REFUSED')
  })
})
