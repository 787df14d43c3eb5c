import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openStream } from '../../../features/city/random.ts'
import {
  CELL,
  type Column,
  checkUscc,
  type Dataset,
  dealProviders,
  loadColumns,
  loadExclusions,
  loadLabels,
  nameLabelHolders,
  openDataset,
  writeCity,
} from '../../../features/index.ts'
import { expectFault, temporaryFolder } from './fixtures.ts'

const base = temporaryFolder()

async function city(name: string, seed: number, size?: number): Promise<Dataset> {
  const dir = join(base, name)
  await writeCity({ seed, dir, ...(size === undefined ? {} : { size }) })
  return openDataset(dir)
}

const digests = (dir: string): string[] =>
  readdirSync(dir).map((file) =>
    createHash('sha256')
      .update(readFileSync(join(dir, file)))
      .digest('hex'),
  )

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

async function labelsOf(dataset: Dataset) {
  const { roster, dir } = dataset
  const each = await Promise.all(
    dataset.labelHolders.map((holder) => loadLabels(holder.file, roster, { dir })),
  )
  const known = roster.ids.map((_, row) => each.filter((labels) => labels.labelled[row] === 1))
  const bad = known.map((holders, row) => holders.some((labels) => labels.bad[row] === 1))
  const agree = known.map((holders, row) => new Set(holders.map((labels) => labels.bad[row])).size === 1)
  return { each, known, bad, agree }
}

describe('writeCity', () => {
  test('writes the same bytes for the same seed and others for another', async () => {
    await city('same-1', 5, 800)
    await city('same-2', 5, 800)
    await city('other', 6, 800)
    expect(digests(join(base, 'same-1'))).toEqual(digests(join(base, 'same-2')))
    expect(digests(join(base, 'same-1'))).not.toEqual(digests(join(base, 'other')))
  })

  test('is the city that the demonstration needs', async () => {
    const dataset = await city('whole', 1)
    const providers = dealProviders(dataset)
    expect(dataset.roster.size).toBe(20_000)
    expect(dataset.roster.ids.filter((id) => checkUscc(id) !== null)).toEqual([])
    expect(dataset.benchmark).toBe(false)
    expect(providers.map((provider) => provider.name)).toEqual([
      'permits_and_penalties',
      'water',
      'gas',
      'housing_fund',
      'tax',
      'social_insurance',
    ])
    expect(providers.map((provider) => provider.public)).toEqual([true, false, false, false, false, false])
    for (const { columns } of dataset.parties) {
      expect(columns.length).toBeGreaterThanOrEqual(5)
      expect(columns.length).toBeLessThanOrEqual(10)
      expect(new Set(columns.map((column) => column.type)).size).toBe(2)
    }
    expect(dataset.parties[0].rows).toBe(20_000)
    for (const party of dataset.parties.slice(1)) expect(party.rows).toBeLessThan(17_000)
    expect(nameLabelHolders(dataset, providers).map(({ name }) => name)).toEqual([
      'city_commercial_bank',
      'rural_credit_union',
      'guarantee_fund',
    ])

    const { known, bad, agree } = await labelsOf(dataset)
    const labelled = known.filter((holders) => holders.length > 0).length
    expect(labelled).toBe(8_000)
    const bads = bad.filter(Boolean).length
    expect(bads).toBeGreaterThan(320)
    expect(bads).toBeLessThan(480)
    const shared = known.flatMap((holders, row) => (holders.length > 1 ? [row] : []))
    expect(shared.length).toBeGreaterThan(800)
    expect(known.some((holders) => holders.length === 3)).toBe(true)
    const agreeing = shared.filter((row) => agree[row]).length
    expect(agreeing / shared.length).toBeGreaterThan(0.95)
    expect(agreeing).toBeLessThan(shared.length)
  })

  test('hides enterprises from departments, and customers from banks, not at random', async () => {
    const dataset = await city('bias', 3, 6000)
    const { roster, dir } = dataset
    const columns = new Map<string, Column>()
    for (const { tables } of dealProviders(dataset)) {
      for (const column of await loadColumns(tables, roster, { dir })) columns.set(column.name, column)
    }
    const values = (name: string): Column & { kind: 'numeric' } =>
      columns.get(name) as Column & { kind: 'numeric' }
    const tax = values('tax.log_tax_12m')
    const fund = values('housing_fund.gap_months_12m')
    const taxOf = (state: number): number =>
      mean(Array.from(tax.values).filter((value, row) => !Number.isNaN(value) && fund.state[row] === state))
    expect(taxOf(CELL.held)).toBeGreaterThan(taxOf(CELL.notHeld) + 0.5)

    const { known, bad } = await labelsOf(dataset)
    const staff = values('social_insurance.log_headcount')
    const staffOf = (borrows: boolean): number =>
      mean(
        Array.from(staff.values).filter(
          (value, row) => !Number.isNaN(value) && known[row].length > 0 === borrows,
        ),
      )
    expect(staffOf(true)).toBeGreaterThan(staffOf(false) + 0.2)

    const arrears = values('water.arrears_days')
    const badRate = (inArrears: boolean): number => {
      const rows = roster.ids.flatMap((_, row) =>
        known[row].length > 0 && arrears.state[row] === CELL.held && arrears.values[row] > 0 === inArrears
          ? [row]
          : [],
      )
      return mean(rows.map((row) => (bad[row] ? 1 : 0)))
    }
    expect(badRate(true)).toBeGreaterThan(2 * badRate(false))
  })

  test('its exclusion rules fire for a few enterprises at each department that has one', async () => {
    const dataset = await city('rules', 4, 6000)
    const { roster, dir } = dataset
    for (const { name, tables, exclusions } of dealProviders(dataset)) {
      const excluded = (await loadExclusions(tables, exclusions, roster, { dir })).reduce(
        (sum, one) => sum + one,
        0,
      )
      expect(excluded > 0, name).toBe(exclusions.length > 0)
      expect(excluded).toBeLessThan(0.05 * roster.size)
    }
  })

  test.each([
    [{ size: 10, seed: 1 }, 'the size is 10'],
    [{ size: 1000.5, seed: 1 }, 'the size is 1000.5'],
    [{ size: 1000, seed: -1 }, 'the seed is -1'],
    [{ size: 1000, seed: Number.NaN }, 'the seed is NaN'],
  ])('refuses %j', async (options, part) => {
    await expectFault(writeCity({ ...options, dir: base }), 'YX_FEATURES_CITY_INVALID', part)
  })
})

describe('openStream', () => {
  const draw = (count: number, one: () => number): number[] => Array.from({ length: count }, one)

  test('has the moments of its distributions', () => {
    const stream = openStream(11, 'moments')
    const uniform = draw(50_000, stream.uniform)
    expect(mean(uniform)).toBeCloseTo(0.5, 2)
    expect(Math.min(...uniform.slice(0, 9999))).toBeGreaterThanOrEqual(0)
    const normal = draw(50_000, stream.normal)
    expect(Math.abs(mean(normal))).toBeLessThan(0.02)
    expect(mean(normal.map((value) => value * value))).toBeCloseTo(1, 1)
    const poisson = draw(50_000, () => stream.poisson(3))
    expect(Math.abs(mean(poisson) - 3)).toBeLessThan(0.05)
    expect(Math.abs(mean(poisson.map((value) => (value - 3) ** 2)) - 3)).toBeLessThan(0.15)
    const picks = draw(40_000, () => stream.pick([1, 0, 3]))
    expect(picks.filter((pick) => pick === 1).length).toBe(0)
    expect(picks.filter((pick) => pick === 2).length / 40_000).toBeCloseTo(0.75, 1)
  })

  test('streams of one seed with different labels, and of different seeds, are unrelated', () => {
    const first = draw(8, openStream(1, 'a').uniform)
    expect(draw(8, openStream(1, 'a').uniform)).toEqual(first)
    expect(draw(8, openStream(1, 'b').uniform)).not.toEqual(first)
    expect(draw(8, openStream(2, 'a').uniform)).not.toEqual(first)
  })
})
