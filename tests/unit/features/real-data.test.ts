import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadLabels, openDataset } from '../../../features/index.ts'

const data = resolve(process.env.YINXIN_DATA ?? '../shared/data')
const sets = ['default_credit', 'ccf_enterprise', 'jinan_enterprise', 'msme_2020c', 'german_credit']

describe('the real data sets agree with their manifests', () => {
  test.for(sets)('%s', async (name, { skip }) => {
    const dir = join(data, name)
    skip(!existsSync(dir), `no data set at ${dir}; set YINXIN_DATA to the folder that holds it`)
    const dataset = await openDataset(dir)
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'))
    expect(dataset.parties.map(({ name: party, rows }) => [party, rows])).toEqual(
      manifest.parties.map(({ party, rows }: { party: string; rows: number }) => [party, rows]),
    )
    const [holder] = dataset.labelHolders
    const { roster } = dataset
    const { labelled, bad } = await loadLabels(holder.file, roster, { dir, column: holder.column })
    const folds = { rows: [0, 0, 0, 0, 0], positives: [0, 0, 0, 0, 0] }
    for (let row = 0; row < roster.size; row++) {
      folds.rows[roster.folds[row]] += labelled[row]
      folds.positives[roster.folds[row]] += bad[row]
    }
    expect(folds).toEqual({ rows: manifest.foldRows, positives: manifest.foldPositives })
  })
})
