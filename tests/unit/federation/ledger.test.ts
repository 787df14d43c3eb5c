/** The chain, its budget, and that the charges of a complete run are the formula of protocol.md section 8. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { international } from '../../../engine/index.ts'
import { bandsCharge, chargesOf, labelSumsCharge } from '../../../federation/charges.ts'
import { Ledger, type LedgerEntry, memoryLedger, type RunPlan } from '../../../federation/index.ts'
import { spentOn } from '../../../federation/ledger.ts'
import { parseEntries } from '../../../federation/ledger-entry.ts'
import { privacySpent } from '../../helpers/privacy-spent.ts'
import { past } from './kept.ts'

const about = { suite: international, consortium: 'c' }
const of = (snapshot: string, ...families: string[]) => ({
  ...{ snapshot, run: 'run-1', planHash: '' },
  ...(families.length > 0 && { families }),
})
const refused = (code: string) => expect.objectContaining({ code: `YX_FEDERATION_${code}` })

/** A plan as far as it is charged for. */
function planOf(
  occupancies: readonly { occupancy: number; auditedOccupancy?: number | null }[],
  rest: { rounds: number; sigma: number; banks: number },
): RunPlan {
  const providers = occupancies.map(({ occupancy, auditedOccupancy = null }, k) => ({
    ...{ name: `p${k}`, publicData: false, width: 4 * occupancy, occupancy, auditedOccupancy, bins: 4 },
    ...{ commitment: '', runSecret: '', columns: [] },
  }))
  const labelHolders = Array.from({ length: rest.banks }, (_, index) => `bank-${index}`)
  const plan = { providers, labelHolders, binned: providers.map(({ name }) => name), rows: 100, ...rest }
  return { ...plan, evaluations: 3 } as unknown as RunPlan
}

describe('the charges of a complete run', () => {
  const whole = (plan: RunPlan) => [labelSumsCharge(plan.labelHolders.length, plan.sigma), ...chargesOf(plan)]

  it('add up to the formula, for any plan', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 15 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (occupancies, rounds, sigma, banks) => {
          const plan = planOf(
            occupancies.map((occupancy) => ({ occupancy })),
            { rounds, sigma, banks },
          )
          const expected = privacySpent({
            ...{ sigma, sigmaBins: sigma, rounds, levels: 1, occupancy: occupancies, delta: 1e-6 },
            ...{ binOccupancy: occupancies, evaluations: [1, 1, 1], overlap: banks },
            ...{ openings: 1 + banks ** 2, sigmaOpenings: sigma },
          })!
          const { rho } = spentOn(whole(plan))
          expect(Math.abs(rho! / expected.rho - 1)).toBeLessThan(1e-12)
        },
      ),
    )
  })

  it('count 128 columns for a provider until an auditor has confirmed its occupancy, and not fewer than it has', () => {
    const counted = (auditedOccupancy: number | null) =>
      spentOn([...chargesOf(planOf([{ occupancy: 4, auditedOccupancy }], { rounds: 1, sigma: 1, banks: 1 }))])
    // one round and the fine bins, three evaluations of two units each, over 2 sigma^2
    const rho = (columns: number) => (2 * columns + 3 * 2) / 2
    expect(counted(null)).toEqual({ rho: rho(4), rhoCounted: rho(128) })
    expect(counted(4).rhoCounted).toBe(rho(4))
    expect(counted(9).rhoCounted).toBe(rho(9))
    expect(counted(3).rhoCounted).toBe(rho(128))
  })

  it('are unbounded without noise', () => {
    expect(spentOn(whole(planOf([{ occupancy: 1 }], { rounds: 1, sigma: 0, banks: 1 })))).toEqual({
      rho: null,
      rhoCounted: null,
    })
  })
})

describe('the budget', () => {
  // rho 1 at delta 1e-6 is epsilon 1 + 2*sqrt(ln 1e6) = 8.434
  it('refuses the charge that would pass it, names snapshot and entry, and stores nothing', async () => {
    const store = memoryLedger()
    const ledger = await Ledger.open(store, about, 8.435)
    await ledger.charge(of('labels-z', 'bank@', 'fund@'), [past(0.6)])
    await ledger.charge(of('labels-a', 'bank@', 'fund@'), [past(0.4, 'more')])
    const before = store.text
    await expect(
      ledger.charge(of('labels-a', 'bank@', 'fund@2027-01-01'), [past(0, 'nothing'), past(0.001, 'bands')]),
    ).rejects.toMatchObject({
      code: 'YX_FEDERATION_BUDGET_EXHAUSTED',
      message: expect.stringMatching(/entry 3 \(bands\) .* labels-a .* 8\.44, more than 8\.435/),
    })
    expect(store.text).toBe(before)
    expect(ledger.head.entries).toBe(2)
    // one label holder's new period does not make the other's budget whole; periods of their own have one of their own
    expect(ledger.spent(['fund@2027-01-01']).rho).toBe(0)
    expect(ledger.spent(['fund@2027-01-01', 'bank@']).rho).toBe(1)
    await ledger.charge(of('labels-b', 'fund@2027-01-01'), [past(0.9, 'other')])
  })

  it('is charged once for what a restarted server releases again', async () => {
    const ledger = await Ledger.open(memoryLedger(), about, null)
    await ledger.charge(of('a'), [past(1)])
    await ledger.charge(of('a'), [past(1), past(0.5, 'more')])
    await ledger.charge({ ...of('a'), run: 'run-2' }, [past(1)])
    expect(ledger.head.entries).toBe(3)
    expect(ledger.spent().rho).toBe(2.5)
  })

  it('is not charged less because the other server handed over an entry that calls the release cheap', async () => {
    const about1 = of('labels-a', 'bank@')
    const cheap = memoryLedger()
    await (await Ledger.open(cheap, about, null)).charge(about1, [
      { ...past(1, 'label sums'), rhoCounted: 0 },
    ])
    const ledger = await Ledger.open(memoryLedger(), about, 8.435)
    await ledger.adopt(parseEntries(cheap.text))
    await expect(ledger.charge(about1, [past(1, 'label sums')])).rejects.toThrow(refused('LEDGER_FORKED'))
    // control: what says the same is this release, done again
    const same = memoryLedger()
    await (await Ledger.open(same, about, null)).charge(about1, [past(1, 'label sums')])
    const honest = await Ledger.open(memoryLedger(), about, 8.435)
    await honest.adopt(parseEntries(same.text))
    await honest.charge(about1, [past(1, 'label sums')])
    expect(honest.head.entries).toBe(1)
  })

  it('is charged by every entry: one that names nobody is none', async () => {
    const store = memoryLedger()
    await (await Ledger.open(store, about, null)).charge({ ...of('labels-a'), families: [] }, [past(1)])
    await expect(Ledger.open(memoryLedger(store.text), about, null)).rejects.toThrow(
      refused('LEDGER_TAMPERED'),
    )
  })

  it('is charged by entries of an older ledger, whatever the period', async () => {
    const ledger = await Ledger.open(memoryLedger(), about, 8.435)
    await ledger.charge(of('labels-a'), [past(0.6)])
    expect(ledger.spent(['bank@2027-01-01']).rho).toBe(0.6)
  })

  it('refuses anything without noise', async () => {
    const ledger = await Ledger.open(memoryLedger(), about, 1000)
    const plan = planOf([{ occupancy: 1 }], { rounds: 1, sigma: 0, banks: 1 })
    await expect(ledger.charge(of('a'), [bandsCharge(plan, 0, 5)])).rejects.toThrow(
      refused('BUDGET_EXHAUSTED'),
    )
  })
})

describe('the chain', () => {
  async function chain(): Promise<string> {
    const store = memoryLedger()
    const ledger = await Ledger.open(store, about, null)
    for (const rho of [0.1, 0.2, 0.3]) await ledger.charge(of('labels-a'), [past(rho, `at ${rho}`)])
    return store.text
  }

  it('is read back as it was written', async () => {
    const ledger = await Ledger.open(memoryLedger(await chain()), about, null)
    expect(ledger.head.entries).toBe(3)
    expect(ledger.spentOnSnapshot('labels-a').rho).toBeCloseTo(0.6, 12)
    expect(ledger.spentOnSnapshot('labels-b').rho).toBe(0)
  })

  it.each<[string, number, (lines: string[]) => string[]]>([
    ['a smaller charge', 1, ([a, b, c]) => [a, b.replace('"rho":0.2', '"rho":0.1'), c]],
    ['a missing entry', 1, ([a, , c]) => [a, c]],
    ['a missing first entry', 0, ([, b, c]) => [b, c]],
    ['entries in another order', 0, ([a, b, c]) => [b, a, c]],
    ['an entry twice', 2, ([a, b]) => [a, b, b]],
    ['a line that is no entry', 2, ([a, b]) => [a, b, '{}']],
    ['a field more', 0, ([a, b]) => [a.replace('{', '{"x":1,'), b]],
  ])('with %s is refused', async (_, index, change) => {
    const lines = (await chain()).trim().split('\n')
    const text = change(lines).map((line) => `${line}\n`)
    await expect(Ledger.open(memoryLedger(text.join('')), about, null)).rejects.toMatchObject({
      code: 'YX_FEDERATION_LEDGER_TAMPERED',
      message: expect.stringContaining(`Entry ${index} `),
    })
  })

  it('of another consortium is refused', async () => {
    const store = memoryLedger(await chain())
    await expect(Ledger.open(store, { ...about, consortium: 'd' }, null)).rejects.toThrow(
      refused('LEDGER_TAMPERED'),
    )
  })

  it('that cannot be stored charges nothing and refuses the release', async () => {
    const store = memoryLedger()
    const ledger = await Ledger.open(
      {
        load: store.load,
        append: async (entries: readonly LedgerEntry[]) => {
          if (entries[0].index === 1) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
          await store.append(entries)
        },
      },
      about,
      null,
    )
    await ledger.charge(of('a'), [past(1)])
    await expect(ledger.charge(of('a'), [past(1, 'more')])).rejects.toMatchObject({
      code: 'YX_FEDERATION_LEDGER_UNWRITABLE',
      message: expect.stringContaining('entry 1 could not be stored (ENOSPC)'),
    })
    expect(ledger.head.entries).toBe(1)
    expect(ledger.spent().rho).toBe(1)
  })
})
