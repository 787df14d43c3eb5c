/**
 * Firms that have not authorised the use of their non-public data (protocol.md section 7): who could use them all the same,
 * or pull one provider's points out of a difference? A provider that ignores the list, a platform that gives out two lists,
 * a node that is given an old one. Each attack succeeds against a build without the one check that it meets.
 */
import { describe, expect, it, vi } from 'vitest'
import {
  createEngine,
  KEY_HOLDER,
  memoryJournals,
  PLATFORM,
  type ProviderAuthorisation,
  type RunResult,
  readTranscript,
  replayRun,
  signTranscript,
  type TranscriptEntry,
} from '../../federation/index.ts'
import { additivePoints, encodeBasis, pointsPerBin } from '../../models/index.ts'
import { ListDesk } from '../helpers/authorisation.ts'
import { type ConsortiumInput, testConsortium } from '../helpers/consortium.ts'
import { type ReferenceModel, referenceModel, referenceTotals } from '../reference/reference.ts'
import { intercept, smallInput } from '../unit/federation/interception.ts'

const weak = vi.hoisted(() => ({ lists: false, memory: false }))
/** The weak builds: a provider that takes whatever list it has for that of the run, a node that forgets what it accepted. */
vi.mock('../../federation/authorisation/data-use.ts', async (original) => {
  const real = await original<typeof import('../../federation/authorisation/data-use.ts')>()
  const settle: typeof real.DataUse.settle = async (membership, authorisation, opened, now) =>
    strict(membership, authorisation, weak.lists ? await authorisation.source.current() : opened, now)
  const strict = real.DataUse.settle.bind(real.DataUse)
  real.DataUse.settle = settle
  return real
})
vi.mock('../../federation/authorisation/authorised-rows.ts', async (original) => {
  const real = await original<typeof import('../../federation/authorisation/authorised-rows.ts')>()
  const memoryOfList = () => {
    const memory = real.memoryOfList()
    return { keep: memory.keep, load: async () => (weak.memory ? null : memory.load()) }
  }
  return { ...real, memoryOfList }
})

const FIRST = 'provider-1'
const PUBLIC = 'provider-3'
const RUN = 'run-1'
/** The firm that the attacker is after; it is in a fold that trains. */
const VICTIM = 8
const rows = smallInput().folds.length
const without = new Uint8Array(rows).fill(1)
without[VICTIM] = 0
const withVictim = new Uint8Array(rows).fill(1)
const input = smallInput({ authorised: without, publicProviders: [PUBLIC] })

/** A desk with a list on which the victim is not, in everybody's hands. */
function deskOf(): ListDesk {
  const desk = new ListDesk({
    providers: input.providers,
    labelHolders: ['bank-1', 'bank-2'],
    publicProviders: [PUBLIC],
    suite: 'international',
  })
  desk.handOut(desk.issue(1, without))
  return desk
}

/** A run of the real roles; the first provider's source may be another than its desk's. */
async function runOf(
  desk: ListDesk,
  change: (own: ProviderAuthorisation) => ProviderAuthorisation = (own) => own,
  more: Partial<ConsortiumInput> = {},
) {
  const { authorised: _, ...rest } = input
  const rules = desk.rules(rows)
  const kept = {
    enrolled: desk.enrolled,
    authorisation: desk.source(PLATFORM, rows),
    authorisations: { ...rules, [FIRST]: change(rules[FIRST]) },
  }
  const consortium = await testConsortium({ ...rest, ...more, kept })
  const recorded = intercept(consortium)
  const outcome = await consortium.run().then(
    (result) => ({ result, code: null }),
    ({ code, cause }: { code: string; cause?: string }) => ({ result: undefined, code: cause ?? code }),
  )
  await consortium.close()
  const sent = recorded.filter(({ from }) => from === FIRST).map(({ type }) => type)
  return { ...outcome, rules, consortium, sent }
}

const modelOf = (authorised: Uint8Array): ReferenceModel => referenceModel({ ...input, authorised })
/** The victim's points at one provider, in hundredths. */
function pointsAt(k: number, model: ReferenceModel, slope: number): number {
  const codes = encodeBasis(model.bases[k], input.providers[k].columns, Int32Array.of(VICTIM))
  return additivePoints(codes, pointsPerBin(model.weights[k], slope))[0]
}
/** What of the victim's total is not its public points. */
function notPublic({ assessment }: RunResult, model: ReferenceModel): number {
  const { slope, offset } = assessment.calibration
  return assessment.totals[VICTIM] - offset - referenceTotals(input, model, slope)[VICTIM]
}

describe('a provider that ignores the list', () => {
  const ignores = (own: ProviderAuthorisation): ProviderAuthorisation => ({
    ...own,
    source: {
      async current() {
        const list = await own.source.current()
        return list && { ...list, rows: withVictim }
      },
    },
  })

  /** The run, and what a replay at the provider's site finds with the list that everybody has. */
  async function audited(change?: typeof ignores) {
    const journals = memoryJournals()
    const entries = new Map<string, TranscriptEntry[]>()
    const transcripts = (server: string) => {
      const own: TranscriptEntry[] = []
      entries.set(server, own)
      return { append: async (_: string, entry: TranscriptEntry) => void own.push(entry) }
    }
    const { result, rules, consortium } = await runOf(deskOf(), change, {
      journals: (name) => (name === FIRST ? journals : memoryJournals()),
      transcripts,
    })
    const { membership } = consortium.nodes.get(FIRST)!
    const received = [PLATFORM, KEY_HOLDER].map((server) => {
      const signed = signTranscript(consortium.nodes.get(server)!.membership, RUN, entries.get(server)!)
      return readTranscript(membership, signed)
    })
    const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null }
    const data = input.providers[0]
    const { roster } = consortium
    const options = {
      membership,
      engine: createEngine(0),
      roster,
      data,
      policy,
      journals,
      run: RUN,
      received,
    }
    return { result: result!, report: await replayRun({ ...options, authorisation: rules[FIRST] }) }
  }

  it('adds its points to the total unseen, and is found by a replay at its site', async () => {
    const { result, report } = await audited(ignores)
    expect(result.assessment.publicOnly[VICTIM]).toBe(1)
    expect(notPublic(result, modelOf(without))).not.toBe(0)
    // Its columns were cut and committed to with the victim's row among them.
    expect(report.difference).toMatchObject({ type: 'basis.ready', against: 'the journal' })
  })

  it('in the scores alone is found at the scores', async () => {
    let asked = 0
    const { result, report } = await audited((own) => ({
      ...own,
      source: {
        async current() {
          const list = await own.source.current()
          // Shows the true list to the columns that train and to the first opening, another one to the published points.
          return (
            list && {
              ...list,
              get rows() {
                return ++asked <= 2 ? list.rows : withVictim
              },
            }
          )
        },
      },
    }))
    const { slope } = result.assessment.calibration
    expect(notPublic(result, modelOf(without))).toBe(pointsAt(0, modelOf(without), slope))
    expect(report.difference).toMatchObject({ type: 'score.share', what: expect.stringContaining('points') })
  })

  it('control: one that applies it adds nothing, and the replay finds nothing', async () => {
    const { result, report } = await audited()
    expect(notPublic(result, modelOf(without))).toBe(0)
    expect(report.difference).toBeNull()
  })
})

describe('a platform that gives one provider a list with the victim and all others one without', () => {
  const twoLists = () => {
    const desk = deskOf()
    desk.files.set(FIRST, desk.issue(1, withVictim))
    return desk
  }

  it('is refused before that provider sends anything of its data', async () => {
    const { code, sent } = await runOf(twoLists())
    expect([code, sent]).toEqual(['YX_FEDERATION_AUTHORISATION_DIFFERS', ['party.hello']])
  })

  it('control: with providers that do not compare, it reads that one provider’s points of the victim', async () => {
    weak.lists = true
    try {
      const { result } = await runOf(twoLists())
      const { slope, offset } = result!.assessment.calibration
      // Provider 1 has trained on the victim too, the others not.
      const providers = input.providers.map((of, k) => (k === 0 ? { ...of, trainedOn: 'all' as const } : of))
      const model = referenceModel({ ...input, providers })
      const publicPoints = referenceTotals(input, model, slope)[VICTIM]
      const read = result!.assessment.totals[VICTIM] - offset - publicPoints
      expect(read).toBe(pointsAt(0, model, slope))
      expect(read).not.toBe(0)
    } finally {
      weak.lists = false
    }
  })
})

describe('a node that is given the list from before the victim withdrew', () => {
  /** Platform and providers take the list with the victim, then the one without it, then the first one again. */
  async function rolledBack() {
    const desk = deskOf()
    const old = desk.issue(2, withVictim)
    desk.handOut(old)
    const { authorised: _, ...rest } = input
    const kept = {
      enrolled: desk.enrolled,
      authorisation: desk.source(PLATFORM, rows),
      authorisations: desk.rules(rows),
    }
    const consortium = await testConsortium({ ...rest, kept })
    const outcomes: string[] = []
    for (const [at, file] of [old, desk.issue(3, without), old].entries()) {
      desk.handOut(file)
      const outcome = await consortium.run({ run: `run-${at}` }).then(
        ({ assessment }) => (assessment.publicOnly[VICTIM] ? 'public' : 'used'),
        ({ code, cause }: { code: string; cause?: string }) => cause ?? code,
      )
      outcomes.push(outcome)
    }
    await consortium.close()
    return outcomes
  }

  it('refuses it', async () => {
    expect(await rolledBack()).toEqual(['used', 'public', 'YX_FEDERATION_AUTHORISATION_ROLLED_BACK'])
  })

  it('control: nodes that forget use the victim’s data again', async () => {
    weak.memory = true
    try {
      expect(await rolledBack()).toEqual(['used', 'public', 'used'])
    } finally {
      weak.memory = false
    }
  })
})
