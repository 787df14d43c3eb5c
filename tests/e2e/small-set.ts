/** A small made-up data set on disk: four departments or more, every second one with a category, and banks with overlapping customers. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generator } from '../helpers/synthetic.ts'

/** A table of one party: header and rows of cells, written as CSV. */
export interface Table {
  header: string[]
  rows: (string | number)[][]
}

/** Everything of the set in the hands of a test, which may spoil it before it is written. */
export interface SmallSet {
  manifest: {
    name: string
    parties: { party: string; file: string; features: { name: string; type: string }[] }[]
    labelHolders: { party: string; file: string; label: string }[]
    [more: string]: unknown
  }
  readonly tables: Record<string, Table>
}

const DEPARTMENTS = [
  ...['tax', 'water', 'gas', 'housing', 'power'],
  ...['heating', 'land', 'customs', 'labour', 'transport'],
] as const
const BANKS = ['bank-east', 'bank-west', 'bank-north', 'bank-south', 'guarantee-fund'] as const
/** Share of the roster that a party holds or a bank labels. */
const HELD = 0.9
const LABELLED = 0.7

/**
 * @param rows enterprises, at least about 1,000 for bins of 100 rows and more
 * @param departments how many of the ten take part
 * @param banks how many of the five label holders
 */
export function smallSet(rows = 1200, departments = 4, banks = 2): SmallSet {
  const random = generator(20_260_101)
  const health = Float64Array.from({ length: rows }, () => random() + random() + random() - 1.5)
  const bad = health.map((value) => (random() < 1 / (1 + Math.exp(1 + 3 * value)) ? 1 : 0))
  const id = (row: number) => `firm-${String(row).padStart(6, '0')}`
  const tables: Record<string, Table> = {}
  const parties: SmallSet['manifest']['parties'] = []
  DEPARTMENTS.slice(0, departments).forEach((party, index) => {
    const categorical = index % 2 === 0
    tables[party] = { header: ['id', 'amount', 'level'], rows: [] }
    for (let row = 0; row < rows; row++) {
      if (random() > HELD) continue
      const amount = (100 * (health[row] + 1.5 * random())).toFixed(2)
      const level = Math.max(0, Math.min(2, Math.floor(1.5 + health[row] + random())))
      tables[party].rows.push([id(row), amount, categorical ? 'ABC'[level] : level])
    }
    const features = [
      { name: 'amount', type: 'numeric' },
      { name: 'level', type: categorical ? 'categorical' : 'numeric' },
    ]
    parties.push({ party, file: `${party}.csv`, features })
  })
  const labelHolders = BANKS.slice(0, banks).map((party) => {
    tables[party] = { header: ['id', 'y'], rows: [] }
    for (let row = 0; row < rows; row++) {
      if (random() < LABELLED) tables[party].rows.push([id(row), bad[row]])
    }
    return { party, file: `${party}.csv`, label: 'y' }
  })
  return { manifest: { name: 'small', parties, labelHolders }, tables }
}

/** Writes a set as `manifest.json` and one CSV a party into a folder, which is made. */
export async function writeSet(set: SmallSet, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(set.manifest, null, 2))
  for (const [party, { header, rows }] of Object.entries(set.tables)) {
    const text = [header, ...rows].map((cells) => cells.join(',')).join('\n')
    await writeFile(join(folder, `${party}.csv`), `${text}\n`)
  }
  return folder
}
