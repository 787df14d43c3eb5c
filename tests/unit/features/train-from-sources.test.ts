import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { prepareProviderData } from '../../../features/provider-data.ts'
import { trainFromSources } from '../../../features/train-from-sources.ts'
import { syntheticUscc } from '../../../features/uscc.ts'

const FIRMS = 240
const HEAD =
  'uscc,enterprise_name,water_account_name,water_account_no,bill_month,usage_m3,amount_due_yuan,amount_paid_yuan,due_date,paid_date'
const day = (month: number, date: number) => new Date(Date.UTC(2024, month, date)).toISOString().slice(0, 10)

/** Every third firm pays late for a year, and then not at all: what the network has to find out. */
const bills = (firm: number): string[] => {
  const uscc = syntheticUscc('130925', firm)
  const late = firm % 3 === 0
  return Array.from({ length: 18 }, (_, month) => {
    const due = day(month + 1, 20)
    const unpaid = late && month >= 12
    const paid = unpaid ? ',' : `500,${day(month + 1, late ? 28 : 12)}`
    const [amount, on] = paid.split(',')
    const use = 80 + ((firm * 7 + month * 3) % 40)
    return [
      uscc,
      '示例供水用户',
      '示例供水用户',
      `A${firm}`,
      day(month, 1).slice(0, 7),
      use,
      500,
      amount,
      due,
      on,
    ].join(',')
  })
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-train-'))
  const rows = Array.from({ length: FIRMS }, (_, firm) => bills(firm)).flat()
  await writeFile(join(folder, 'bills.csv'), `${HEAD}\n${rows.join('\n')}\n`)
})
afterAll(() => rm(folder, { recursive: true }))

const data = { asOf: '2024-12-31', sources: [{ class: 'water_usage', file: 'bills.csv' }] }
const target = {
  ...{ name: 'late_risk', class: 'water_usage', earlier: '2024-12-31', later: '2025-06-30', seed: 7 },
  event: { feature: 'arrears_days', op: '>' as const, value: 30 },
}

it("trains on the provider's own records and serves the model as a group of features", {
  timeout: 60_000,
}, async () => {
  const options = { folder, today: '2026-11-24', out: folder }
  const note = await trainFromSources(data, target, options)
  expect(note.enterprises).toMatchObject({ withTarget: FIRMS, withEvent: FIRMS / 3 })
  expect(note.validation.auc).toBeGreaterThan(0.95)
  const text = await readFile(join(folder, 'late_risk', 'training.json'), 'utf8')
  expect(text).not.toContain(syntheticUscc('130925', 0))

  const features = [{ neural: 'late_risk', class: 'water_usage', party: 'late_risk' }]
  const [group] = await prepareProviderData({ ...data, features }, options)
  expect(group.identity).toMatchObject({
    name: 'neural:late_risk',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  const [column] = group.table.columns
  const mean = (late: boolean) => {
    const of = group.table.ids
      .map((id, row) => [id, column.values[row]] as const)
      .filter(([id]) => {
        const firm = Array.from({ length: FIRMS }, (_, serial) => syntheticUscc('130925', serial)).indexOf(id)
        return (firm % 3 === 0) === late
      })
    return of.reduce((sum, [, value]) => sum + value, 0) / of.length
  }
  expect(mean(true)).toBeGreaterThan(mean(false) + 3000)

  await expect(trainFromSources(data, target, options)).rejects.toMatchObject({
    code: 'YX_FEATURES_NEURAL_MODEL_EXISTS',
  })
  const foreign = { ...target, class: 'gas_usage' }
  await expect(trainFromSources(data, foreign, options)).rejects.toMatchObject({
    code: 'YX_FEATURES_BUILTIN_MISSING',
  })
})
