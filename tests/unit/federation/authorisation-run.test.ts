/** What a list of authorised firms does to a run: who contributes to whose row, and when no run comes about at all. */
import { describe, expect, it } from 'vitest'
import { KEY_HOLDER, PLATFORM, type RunPlan, type RunResult } from '../../../federation/index.ts'
import type { Column, ProviderScorecard } from '../../../models/index.ts'
import { type ConsortiumInput, type TestConsortium, testConsortium } from '../../helpers/consortium.ts'
import { referenceModel, referenceTotals } from '../../reference/reference.ts'
import { changed, expectStopped, intercept, onFirst, runWith, smallInput } from './interception.ts'

const FIRST = 'provider-1'
const PUBLIC = 'provider-3'
/** Every fourth firm has not authorised the use of its non-public data. */
const authorised = smallInput().folds.map((_, row) => (row % 4 === 1 ? 0 : 1))
const listed = (changes: Partial<ConsortiumInput> = {}): ConsortiumInput =>
  smallInput({ authorised, publicProviders: [PUBLIC], ...changes })
const withFirst = (input: ConsortiumInput, change: object): ConsortiumInput => {
  const [first, ...others] = input.providers
  return { ...input, providers: [{ ...first, ...change }, ...others] }
}

async function finished(input: ConsortiumInput): Promise<{ result: RunResult; consortium: TestConsortium }> {
  const consortium = await testConsortium(input)
  const result = await consortium.run()
  await consortium.close()
  return { result, consortium }
}

/** Points of the public provider alone, and of all, for every row; the offset included. */
function referencePoints(input: ConsortiumInput, result: RunResult) {
  const { slope, offset } = result.assessment.calibration
  const model = referenceModel(input)
  const pointsOf = (of: ConsortiumInput) => referenceTotals(of, model, slope).map((total) => total + offset)
  const none = new Uint8Array(input.folds.length)
  return { all: pointsOf(input), publicOnly: pointsOf({ ...input, authorised: none }) }
}

/** The same column with the cells of some rows replaced by those of other rows. */
const scrambled = (column: Column, rows: readonly number[]): Column => {
  const other = (row: number) => rows[(rows.indexOf(row) + 1) % rows.length]
  const moved = <A extends Float64Array | Int32Array | Uint8Array>(cells: A): A => {
    const copy = cells.slice() as A
    for (const row of rows) copy[row] = cells[other(row)]
    return copy
  }
  const state = moved(column.state)
  return column.kind === 'numeric'
    ? { ...column, state, values: moved(column.values) }
    : { ...column, state, codes: moved(column.codes) }
}

describe('a firm that has not authorised the use of its non-public data', () => {
  it('has a total of exactly its public points, is marked, and is excluded by public rules only', async () => {
    const [out, other] = [1, 5]
    const fires = (rows: readonly number[]) => smallInput().folds.map((_, row) => Number(rows.includes(row)))
    const [first, second, third] = listed().providers
    const input = listed({
      providers: [
        { ...first, exclusions: fires([out, 2]), trainedOn: 'all' },
        { ...second, exclusions: fires([]) },
        { ...third, exclusions: fires([other]) },
      ],
    })
    const { result, consortium } = await finished(input)
    const { all, publicOnly } = referencePoints(input, result)
    const { totals, publicOnly: marks, excluded } = result.assessment
    authorised.forEach((may, row) => {
      expect(totals[row]).toBe(may ? all[row] : publicOnly[row])
      expect(marks[row]).toBe(1 - may)
    })
    // The two differ, so that one is not taken for the other.
    expect([...authorised.keys()].filter((row) => all[row] !== publicOnly[row]).length).toBeGreaterThan(100)
    expect([...excluded.keys()].filter((row) => excluded[row])).toEqual([2, other])
    // What is signed and kept: the list, whose rows train whom, and by which right.
    const { authorisation, providers } = result.plan
    expect(authorisation).toEqual({ version: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(providers.map(({ trainedOn }) => trainedOn)).toEqual(['all', 'authorised', 'all'])
    const legalBasis = { training: 'contract 1', inference: 'authorisation of each firm' }
    const records = ['provider-2', PUBLIC].map(
      (name) => (consortium.scorecards.get(name) as ProviderScorecard).authorisation,
    )
    expect(records).toEqual([{ list: authorisation, trainedOn: 'authorised', legalBasis }, null])
  })

  it('leaves no trace in the model: whatever its non-public cells are, all points are the same', async () => {
    const out = [...authorised.keys()].filter((row) => authorised[row] === 0)
    const changedCells = (of: ConsortiumInput): ConsortiumInput => ({
      ...of,
      providers: of.providers.map((provider) =>
        provider.name === PUBLIC
          ? provider
          : { ...provider, columns: provider.columns.map((column) => scrambled(column, out)) },
      ),
    })
    const points = async (of: ConsortiumInput) => (await finished(of)).result.assessment.totals
    expect(await points(changedCells(listed()))).toEqual(await points(listed()))
    // Control: where the first provider may train on it, its cells count.
    const allowed = withFirst(listed(), { trainedOn: 'all' })
    expect(await points(changedCells(allowed))).not.toEqual(await points(allowed))
  })

  it('loses its non-public points in the run after it withdrew, and gets them back with its authorisation', async () => {
    const input = listed()
    const consortium = await testConsortium(input)
    const desk = consortium.desk!
    const withdrawn = authorised.map((may, row) => (row === 2 ? 0 : may))
    const totals: number[] = []
    const marks: number[] = []
    for (const [at, list] of [authorised, withdrawn, authorised].entries()) {
      const of = { ...input, authorised: list }
      if (at > 0) desk.handOut(desk.issue(at + 1, list))
      const result = await consortium.run({ run: `run-${at + 1}` })
      const { all, publicOnly } = referencePoints(of, result)
      expect(result.plan.authorisation?.version).toBe(at + 1)
      expect(result.assessment.totals[2]).toBe(list[2] ? all[2] : publicOnly[2])
      totals.push(result.assessment.totals[2] - publicOnly[2])
      marks.push(result.assessment.publicOnly[2])
    }
    await consortium.close()
    expect(totals.map((own) => own !== 0)).toEqual([true, false, true])
    expect(marks).toEqual([0, 1, 0])
  })
})

describe('the plan', () => {
  it.each<[string, string, (plan: RunPlan) => object]>([
    ['another list', FIRST, () => ({ authorisation: { version: 1, digest: '0'.repeat(64) } })],
    ['another version', 'bank-1', (plan) => ({ authorisation: { ...plan.authorisation, version: 2 } })],
    ['no list', KEY_HOLDER, () => ({ authorisation: null })],
    [
      'another rule of training',
      FIRST,
      ({ providers: [first, ...others] }) => ({ providers: [{ ...first, trainedOn: 'all' }, ...others] }),
    ],
    [
      'a rule for public data',
      'bank-1',
      ({ providers: [a, b, c] }) => ({ providers: [a, b, { ...c, trainedOn: 'authorised' }] }),
    ],
  ])('with %s is refused by %s', async (_, party, change) => {
    const outcome = await runWith(listed(), (message) => {
      if (message.type !== 'plan.propose' || message.to !== party) return undefined
      const plan = JSON.parse(message.body.plan as string) as RunPlan
      return [changed(message, { plan: JSON.stringify({ ...plan, ...change(plan) }) })]
    })
    expectStopped(outcome, 'PLAN_REFUSED', party)
  })
})

describe('a provider refuses a run', () => {
  /** Runs with other files than those handed out. */
  async function outcomeWith(prepare: (consortium: TestConsortium) => void, input = listed()) {
    const consortium = await testConsortium(input)
    const recorded = intercept(consortium)
    prepare(consortium)
    const fault = await consortium.run().then(
      () => ({ code: 'none', message: '' }),
      ({ code, cause, message }: { code: string; cause?: string; message: string }) => ({
        code: cause ?? code,
        message,
      }),
    )
    await consortium.close()
    const sent = recorded.filter(({ from }) => from === FIRST).map(({ type }) => type)
    return { ...fault, sent, scorecards: consortium.scorecards.size }
  }
  const other = authorised.map((may) => 1 - may)

  it.each<[string, number | null, string]>([
    ['an older list', 1, 'provider-1 fetches version 2'],
    ['a newer list', 3, 'take version 3'],
    ['a second list of the same version', 2, 'two lists of version 2'],
  ])('with %s, and says who must fetch what', async (_, version, mend) => {
    const outcome = await outcomeWith(({ desk }) => {
      desk!.handOut(desk!.issue(2, authorised))
      desk!.files.set(FIRST, desk!.issue(version!, other))
    })
    expect(outcome).toMatchObject({
      code: 'YX_FEDERATION_AUTHORISATION_DIFFERS',
      message: expect.stringContaining(mend),
      sent: ['party.hello'],
      scorecards: 0,
    })
  })

  it('of a platform without a list, where its own rules need one', async () => {
    const { desk, ...rest } = await testConsortium(listed())
    await rest.close()
    const rules = desk!.rules(600)[FIRST]
    for (const training of [true, false]) {
      for (const needed of [true, false]) {
        const own = {
          training: { ...rules.training, allowed: training },
          inference: { ...rules.inference, needed },
          source: rules.source,
        }
        const outcome = await runWith(smallInput({ kept: { authorisations: { [FIRST]: own } } }))
        if (needed || !training) expectStopped(outcome, 'AUTHORISATION_NEEDED', FIRST)
        else expect(outcome.code).toBeNull()
      }
    }
  })

  it('about a list that it has none of, though its own rules need none', async () => {
    const input = listed()
    const { desk, ...rest } = await testConsortium(input)
    await rest.close()
    const rules = desk!.rules(600)
    const none = { ...rules[FIRST], source: { current: async () => null } }
    const lax = {
      ...none,
      training: { ...none.training, allowed: true },
      inference: { ...none.inference, needed: false },
    }
    desk!.handOut(desk!.issue(1, authorised))
    const kept = {
      enrolled: desk!.enrolled,
      authorisation: desk!.source(PLATFORM, 600),
      authorisations: { ...rules, [FIRST]: lax },
    }
    const outcome = await runWith({ ...input, kept })
    expectStopped(outcome, 'AUTHORISATION_DIFFERS', FIRST)
    expect(outcome.text).toContain('no version')
  })

  it('that is opened to it with another list than the plan has', async () => {
    const deviation = onFirst({ type: 'run.open', to: 'bank-1' }, (message) => [
      changed(message, { authorisation: { version: 9, digest: '0'.repeat(64) } }),
    ])
    expectStopped(await runWith(listed(), deviation), 'PLAN_REFUSED', 'bank-1')
  })

  it('for another purpose, as the platform does before', async () => {
    const { code, sent } = await outcomeWith(({ desk }) => desk!.handOut(desk!.issue(2, authorised, 'other')))
    expect([code, sent]).toEqual(['YX_FEDERATION_AUTHORISATION_PURPOSE', ['party.hello']])
    const outcome = await runWith(listed(), (message) => {
      if (message.type !== 'plan.propose' || message.to !== FIRST) return undefined
      const plan = JSON.parse(message.body.plan as string) as RunPlan
      return [changed(message, { plan: JSON.stringify({ ...plan, purpose: 'marketing' }) })]
    })
    expectStopped(outcome, 'AUTHORISATION_PURPOSE', '"marketing"')
  })

  it('once the list has run out: at its opening, and at the scores if it runs out meanwhile', async () => {
    let late = 0
    const services = { clock: { now: () => new Date(Date.now() + late) } }
    const outcome = await runWith(listed({ services }), ({ type }) => {
      if (type === 'score.request') late = 7_200_000
      return undefined
    })
    expectStopped(outcome, 'AUTHORISATION_EXPIRED', 'version 1')
    const shared = outcome.recorded.filter(({ type }) => type === 'score.share').map(({ from }) => from)
    expect(shared).toEqual([PUBLIC])
    expectStopped(await runWith(listed({ services })), 'AUTHORISATION_EXPIRED', 'version 1')
  })
})
