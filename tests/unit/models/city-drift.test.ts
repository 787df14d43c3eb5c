/** The synthetic city a year after training: the alarm that is planted in it, and no other. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import {
  type DataSection,
  layGroups,
  prepareProviderData,
  readRoster,
  writeRawCity,
} from '../../../features/index.ts'
import { buildBasis, columnDrift, providerScorecard } from '../../../models/index.ts'
import { dataConfig, readConfig } from '../../../server/config.ts'

const dir = await mkdtemp(join(tmpdir(), 'yinxin-drift-'))
afterAll(() => rm(dir, { recursive: true, force: true }))

it('the gas company is warned of its change of usage, the housing fund of nothing', async () => {
  await writeRawCity({ size: 8000, seed: 7, dir })
  const roster = await readRoster(join(dir, 'roster.txt'))
  const rows = Int32Array.from({ length: roster.size }, (_, row) => row)
  const alarms: string[] = []
  for (const party of ['gas', 'housing_fund']) {
    const section = readConfig(dataConfig, join(dir, party, 'data.yaml')).config.data as DataSection
    const columnsOf = async (asOf: string) => {
      const options = { folder: join(dir, party), today: '2026-11-25' }
      return layGroups(await prepareProviderData({ ...section, asOf }, options), [], roster).columns
    }
    const trained = await columnsOf('2025-06-30')
    const basis = buildBasis(trained, { bins: 10, rows })
    const scorecard = providerScorecard({
      ...{
        provider: party,
        run: 'r',
        planHash: 'h',
        basis,
        part: { weights: new Float64Array(basis.width), trees: [] },
      },
      ...{ slope: 1, counts: [], authorisation: null },
    })
    const still = columnDrift(scorecard, trained, roster.size)
    expect(still.map(({ state }) => state)).toEqual(still.map(() => 'ok'))
    for (const { column, state } of columnDrift(scorecard, await columnsOf('2026-06-30'), roster.size))
      if (state !== 'ok') alarms.push(`${column} ${state}`)
  }
  expect(alarms).toEqual(['gas_usage.usage_change_seasonal_3m watch'])
}, 120_000)
