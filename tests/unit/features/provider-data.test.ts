import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CELL } from '../../../features/columns.ts'
import type { FeatureCard } from '../../../features/extract/card-types.ts'
import { readFeatureFile, writeFeatureFile } from '../../../features/feature-file.ts'
import { layGroups } from '../../../features/lay-groups.ts'
import { inspectProviderData, prepareProviderData } from '../../../features/provider-data.ts'
import { createRoster } from '../../../features/roster.ts'
import { syntheticUscc } from '../../../features/uscc.ts'

const [one, two, three, four] = [0, 1, 2, 3].map((serial) => syntheticUscc('130925', serial))
const HEAD =
  'uscc,enterprise_name,water_account_name,water_account_no,bill_month,usage_m3,amount_due_yuan,amount_paid_yuan,due_date,paid_date'

/** Twelve paid bills of 100 cubic metres; `from` is the account. */
const bills = (uscc: string, account: string, unpaid: readonly string[] = []): string[] =>
  Array.from({ length: 12 }, (_, index) => {
    const month = new Date(Date.UTC(2024, 6 + index, 1)).toISOString().slice(0, 7)
    const next = new Date(Date.UTC(2024, 7 + index, 20)).toISOString().slice(0, 10)
    const paid = unpaid.includes(month) ? ',' : `500,${next}`
    const [amount, day] = paid.split(',')
    return [uscc, '示例供水用户', '示例供水用户', account, month, '100', '500', amount, next, day].join(',')
  })

let folder: string
const write = (name: string, lines: readonly string[]) =>
  writeFile(join(folder, name), [HEAD, ...lines, ''].join('\n'))
const source = (file: string) => ({ class: 'water_usage', file })
const options = () => ({ folder, today: '2026-11-24' })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-provider-'))
  await write('city.csv', [...bills(one, 'A1'), ...bills(two, 'A2', ['2025-03'])])
  await write('county.csv', [...bills(three, 'A3'), ...bills(one, 'A1')])
  await write('other.csv', [...bills(four, 'A4'), ...bills(two, 'A2')])
})
afterAll(() => rm(folder, { recursive: true }))

describe('from a provider its tables to its features', () => {
  it('makes the built-in features of every class without a word, one row an enterprise', async () => {
    const groups = await prepareProviderData({ asOf: '2025-06-30', sources: [source('city.csv')] }, options())
    expect(groups.map(({ party, identity }) => [party, identity.name])).toEqual([
      ['water_usage', 'builtin:water_usage'],
    ])
    const { table } = groups[0]
    expect(table.ids).toEqual([one, two].sort())
    const arrears = table.columns.find(({ card }) => card.name === 'arrears_days')!
    // Due on 20 April, unpaid at the end of June.
    expect(arrears.values[table.ids.indexOf(two)]).toBe(71 * 10 ** arrears.card.decimals)
    expect(arrears.values[table.ids.indexOf(one)]).toBe(0)
  })

  it('counts a record once that two sources hold alike, and uses neither of two that contradict each other', async () => {
    const alike = await inspectProviderData(
      { asOf: '2025-06-30', sources: [source('city.csv'), source('county.csv')] },
      options(),
    )
    expect(alike.conflicts).toEqual({ water_usage: 0 })
    const bound = alike.groups[0].table.columns.find(({ card }) => card.name === 'billed_months_12m')!
    expect([...bound.values]).toEqual([12, 12, 12])

    const differ = await inspectProviderData(
      { asOf: '2025-06-30', sources: [source('city.csv'), source('other.csv')] },
      options(),
    )
    expect(differ.conflicts).toEqual({ water_usage: 2 })
    const { ids, columns } = differ.groups[0].table
    const months = columns.find(({ card }) => card.name === 'billed_months_12m')!
    expect(months.values[ids.indexOf(two)]).toBe(11)
  })

  it('tells every fault of a check at once, and stops a run at the first', async () => {
    await writeFile(
      join(folder, 'renamed.csv'),
      `${HEAD.replace('bill_month', 'billing_month')}\n${bills(one, 'A1')[0]}\n`,
    )
    const data = {
      asOf: '2025-06-30',
      sources: [source('absent.csv'), source('renamed.csv'), source('city.csv')],
      features: [{ builtin: 'water_usage', only: ['arrears_days', 'no_such_feature'] }],
    }
    const { batches, faults, groups } = await inspectProviderData(data, options())
    expect(
      batches.map((batch) => ('fault' in batch ? (batch.fault as { code?: string }).code : 'read')),
    ).toEqual(['YX_FEATURES_FILE_MISSING', expect.stringMatching(/^YX_FEATURES_/), 'read'])
    expect(faults).toHaveLength(1)
    expect(groups).toHaveLength(0)
    await expect(prepareProviderData(data, options())).rejects.toMatchObject({
      code: 'YX_FEATURES_FILE_MISSING',
    })
  })

  it('stops where all records of a source are refused, and goes on with a source that has none', async () => {
    const refused = bills('91350211M0000XUF46', 'A9')
    await write('refused.csv', refused)
    await write('none.csv', [])
    const data = { asOf: '2025-06-30', sources: [source('city.csv'), source('refused.csv')] }
    const { faults, batches } = await inspectProviderData(data, options())
    expect(batches[1]).toMatchObject({ report: { received: refused.length, accepted: 0 } })
    expect(faults).toMatchObject([{ code: 'YX_FEATURES_NOTHING_ACCEPTED' }])
    await expect(prepareProviderData(data, options())).rejects.toMatchObject({
      code: 'YX_FEATURES_NOTHING_ACCEPTED',
    })
    const alone = await prepareProviderData({ asOf: '2025-06-30', sources: [source('none.csv')] }, options())
    expect(alone[0].table.ids).toEqual([])
  })

  it('writes the list of refused records where the section says so', async () => {
    await write('faulty.csv', [...bills(one, 'A1'), bills('91350211M0000XUF46', 'A9')[0]])
    const data = { asOf: '2025-06-30', quarantine: '.', sources: [source('faulty.csv')] }
    const { batches } = await inspectProviderData(data, options())
    expect(batches[0]).toMatchObject({ report: { received: 13, accepted: 12, quarantined: 1 } })
    const list = await readFile(join(folder, 'water_usage-records_0.csv'), 'utf8')
    expect(list).toContain('uscc')
    expect(list).not.toContain('M0000XUF46')
    await writeFile(join(folder, 'reviewed.txt'), '91350211M0000XUF46 # seen on the licence\n')
    const reviewed = { ...data, sources: [{ ...data.sources[0], exceptions: 'reviewed.txt' }] }
    expect((await stat(join(folder, 'water_usage-records_0.csv'))).mode & 0o777).toBe(0o600)
    const again = await inspectProviderData(reviewed, options())
    expect(again.batches[0]).toMatchObject({ report: { accepted: 13, quarantined: 0 } })
    // Nothing is refused any more, and no list says otherwise.
    await expect(stat(join(folder, 'water_usage-records_0.csv'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('features on their way to a run', () => {
  it('are frozen in a file and come back equal, or not at all', async () => {
    const groups = await prepareProviderData({ asOf: '2025-06-30', sources: [source('city.csv')] }, options())
    const file = join(folder, 'frozen')
    const digest = await writeFeatureFile(groups, file)
    expect(await readFeatureFile(file, digest)).toEqual(groups)
    const bytes = await readFile(file)
    bytes[bytes.length - 1] ^= 1
    await writeFile(file, bytes)
    await expect(readFeatureFile(file, digest)).rejects.toMatchObject({
      code: 'YX_FEATURES_FEATURE_FILE_DAMAGED',
    })
  })

  it('are laid along the roster, and exclusions speak in the units of the cards', async () => {
    const groups = await prepareProviderData({ asOf: '2025-06-30', sources: [source('city.csv')] }, options())
    const roster = createRoster([one, two, three])
    const rule = { party: 'water_usage', op: '>', reason: 'unpaid for long' } as const
    const days = layGroups(groups, [{ ...rule, column: 'arrears_days', value: 70 }], roster)
    const column = days.columns.find(({ name }) => name === 'water_usage.arrears_days')!
    expect(column.state[roster.index(three)]).toBe(CELL.notHeld)
    expect([...days.exclusions].map((hit, row) => hit === 1 && roster.ids[row])).toEqual(
      roster.ids.map((id) => id === two && id),
    )
    // Kept with decimals: 500 yuan are 500 * 10^decimals.
    const due = layGroups(groups, [{ ...rule, column: 'arrears_yuan', value: 499 }], roster)
    expect(due.exclusions).toEqual(days.exclusions)
    const none = layGroups(groups, [{ ...rule, column: 'arrears_yuan', value: 501 }], roster)
    expect(none.exclusions.every((hit) => hit === 0)).toBe(true)
  })

  it('exclude at a bound exactly as it is written', () => {
    // In binary 1.1 * 100 is above 110, and 0.57 * 100 below 57.
    const roster = createRoster([one, two])
    const card: FeatureCard = {
      ...{
        name: 'ratio',
        title: { zh: '比', en: 'ratio' },
        meaning: { zh: '比', en: 'ratio' },
        window: 'now',
      },
      unit: 'ratio',
      direction: 'free',
      kind: 'numeric',
      decimals: 2,
    }
    const ids = [one, two].sort()
    const column = { card, values: Int32Array.of(110, 57), present: Uint8Array.of(1, 1) }
    const identity = { name: 'sql:own.sql', hash: '0'.repeat(64) } as never
    const group = { party: 'own', identity, reads: [], table: { ids, columns: [column] } }
    const hit = (op: '>=' | '<=' | '==', value: number) => {
      const rule = { party: 'own', column: 'ratio', op, value, reason: 'at the bound' }
      const { exclusions } = layGroups([group], [rule], roster)
      return ids.filter((id) => exclusions[roster.index(id)] === 1)
    }
    expect(hit('>=', 1.1)).toEqual([ids[0]])
    expect(hit('<=', 0.57)).toEqual([ids[1]])
    expect(hit('==', 1.1)).toEqual([ids[0]])
  })
})
