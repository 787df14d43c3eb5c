import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRoster, syntheticUscc } from '../../../features/index.ts'
import type { ProviderConfig } from '../../../server/config.ts'
import { fileJournals } from '../../../server/node/file-journals.ts'
import { freezingJournals, providerDataOfRun, readProviderData } from '../../../server/node/provider-data.ts'

const ids = [0, 1].map((serial) => syntheticUscc('130925', serial))
const roster = createRoster(ids)
const HEAD =
  'uscc,enterprise_name,water_account_name,water_account_no,bill_month,usage_m3,amount_due_yuan,amount_paid_yuan,due_date,paid_date'

let folder: string
let config: ProviderConfig
const state = () => join(folder, 'state')
const frozenFiles = async () => (await readdir(join(state(), 'features'))).sort()

/** One unpaid bill, so that other `usage` makes other features. */
const writeBills = (usage: number) =>
  writeFile(
    join(folder, 'bills.csv'),
    `${HEAD}\n${ids.map((id, n) => `${id},示例供水用户,示例供水用户,A${n},2025-06,${usage},500,,2025-07-20,`).join('\n')}\n`,
  )

/** A start of the node, and one run. */
async function runOnce(run: string, keep = 2) {
  const { frozen } = await readProviderData(config, { folder, state: state() }, roster)
  const runs = join(folder, 'runs')
  const journal = await freezingJournals(fileJournals(runs, { keep, whole: true }), runs, () => frozen).begin(
    run,
  )
  await journal.close()
  return frozen!.digest
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-frozen-'))
  await mkdir(state(), { mode: 0o700 })
  const features = [{ builtin: 'water_usage', only: ['log_usage_12m'] }]
  config = {
    ...{ tables: [], exclusions: [], runs: 'runs', state: 'state' },
    data: { asOf: '2025-06-30', sources: [{ class: 'water_usage', file: 'bills.csv' }], features },
  } as unknown as ProviderConfig
})
afterEach(() => rm(folder, { recursive: true }))

describe('frozen features', () => {
  it('stay as long as the journal of a run on them, and no longer', async () => {
    const digests: string[] = []
    for (const [index, run] of ['run-1', 'run-2', 'run-3', 'run-4'].entries()) {
      await writeBills(100 + 50 * index)
      digests.push(await runOnce(run))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(new Set(digests).size).toBe(4)
    await readProviderData(config, { folder, state: state() }, roster)
    // Journals of the last two runs are kept.
    expect(await frozenFiles()).toEqual([digests[2], digests[3]].map((digest) => `${digest}.features`).sort())
    const replayed = await providerDataOfRun(config, folder, roster, 'run-3')
    expect(replayed.columns[0]).toMatchObject({ name: 'water_usage.log_usage_12m' })
  })

  it('do not keep the node from starting where the note of a run is damaged', async () => {
    await writeBills(100)
    await runOnce('run-1')
    const note = join(folder, 'runs', 'run-1', 'features.json')
    expect(JSON.parse(await readFile(note, 'utf8'))).toEqual({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    await writeFile(note, '')
    await runOnce('run-2')
    await expect(providerDataOfRun(config, folder, roster, 'run-1')).rejects.toMatchObject({
      code: 'YX_FEDERATION_RUN_UNRECORDED',
    })
  })

  it('are made without the records that a killed process left in the state folder', async () => {
    await writeBills(100)
    await mkdir(join(state(), 'yinxin-work-a1B2c3'))
    await writeFile(join(state(), 'yinxin-work-a1B2c3', 'work.duckdb'), 'records')
    await writeFile(join(state(), 'memory.json'), '{}')
    await runOnce('run-1')
    expect((await readdir(state())).sort()).toEqual(['features', 'memory.json'])
  })
})
