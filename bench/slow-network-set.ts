/** A made-up data set on disk for a benchmark of real processes: continuous columns that every firm has, and two banks. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generator, healthOf } from './portfolio.ts'

export interface SetSize {
  readonly rows: number
  readonly providers: number
  /** Over all providers. */
  readonly columns: number
}

export async function writeBenchSet({ rows, providers, columns }: SetSize, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const health = healthOf(rows)
  const id = (row: number) => `firm-${String(row).padStart(7, '0')}`
  const table = async (file: string, header: string, line: (row: number) => string | null) => {
    const lines = [header]
    for (let row = 0; row < rows; row++) {
      const text = line(row)
      if (text !== null) lines.push(`${id(row)},${text}`)
    }
    await writeFile(join(folder, file), `${lines.join('\n')}\n`)
  }
  const parties = []
  for (let k = 0; k < providers; k++) {
    const party = `department-${k + 1}`
    const count = Math.floor(columns / providers) + (k < columns % providers ? 1 : 0)
    const names = Array.from({ length: count }, (_, j) => `c${j + 1}`)
    const random = generator(7919 * (k + 1))
    await table(`${party}.csv`, ['id', ...names].join(','), (row) =>
      names.map(() => (health[row] + 3 * random()).toFixed(4)).join(','),
    )
    parties.push({ party, file: `${party}.csv`, features: names.map((name) => ({ name, type: 'numeric' })) })
  }
  const random = generator(104_729)
  const bad = Uint8Array.from(health, (value) => (random() < 1 / (1 + Math.exp(1.5 + 3 * value)) ? 1 : 0))
  const labelHolders = []
  for (const [k, party] of ['bank-east', 'bank-west'].entries()) {
    await table(`${party}.csv`, 'id,y', (row) => (row % 2 === k ? String(bad[row]) : null))
    labelHolders.push({ party, file: `${party}.csv`, label: 'y' })
  }
  const manifest = { name: 'slow-network', parties, labelHolders }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2))
  return folder
}
