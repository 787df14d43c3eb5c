import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExclusionRule } from '../exclusion.ts'
import { MANIFEST } from '../manifest.ts'
import { makeFirms } from './firms.ts'
import { checkSize, makeOutcomes } from './outcomes.ts'
import { makePermitsAndPenalties } from './registry.ts'
import { Risk } from './risk.ts'
import { makeHousingFund, makeSocialInsurance } from './staff.ts'
import type { CityTable } from './table.ts'
import { makeTax } from './tax.ts'
import { makeGas, makeWater } from './utilities.ts'

export interface CityOptions {
  /** Number of enterprises, 500 to 1,000,000; default 20,000. */
  readonly size?: number
  /** Whole number from 0 to 2^53 - 1; the same size and seed give the same files, byte for byte. */
  readonly seed: number
  /** Folder to write into, made if absent. */
  readonly dir: string
}

const EXCLUSIONS: readonly ExclusionRule[] = [
  {
    party: 'water',
    column: 'arrears_days',
    op: '>',
    value: 90,
    reason: 'water bill unpaid for more than 90 days',
  },
  {
    party: 'gas',
    column: 'arrears_days',
    op: '>',
    value: 90,
    reason: 'gas bill unpaid for more than 90 days',
  },
  {
    party: 'permits_and_penalties',
    column: 'severity',
    op: '==',
    value: 'serious',
    reason: 'serious penalty within its term',
  },
  { party: 'tax', column: 'credit_level', op: '==', value: 'D', reason: 'tax credit level D' },
]

/**
 * Writes a made-up city as a data set folder that `openDataset` reads: six departments, three lenders, a manifest. No row
 * stands for a real enterprise; the codes lie in a block that no register uses.
 *
 * @throws YX_FEATURES_CITY_INVALID
 */
export async function writeCity({ size = 20_000, seed, dir }: CityOptions): Promise<void> {
  checkSize(size)
  const firms = makeFirms(size, seed)
  const risk = new Risk(size)
  const departments = [
    makePermitsAndPenalties(firms, seed, risk),
    makeWater(firms, seed, risk),
    makeGas(firms, seed, risk),
    makeHousingFund(firms, seed, risk),
    makeTax(firms, seed, risk),
    makeSocialInsurance(firms, seed, risk),
  ]
  const lenders = makeOutcomes(firms, seed, risk)
  await mkdir(dir, { recursive: true })
  for (const table of [...departments, ...lenders]) await writeFile(join(dir, fileOf(table)), table.toCsvGz())
  const manifest = {
    name: 'synthetic_city',
    title: `Made-up city of ${size} enterprises, seed ${seed}`,
    synthetic: true,
    id: 'id',
    idScheme: 'uscc',
    production: true,
    parties: departments.map((table) => ({
      party: table.party,
      plays: table.plays,
      file: fileOf(table),
      rows: table.rows,
      ...(table.party === 'permits_and_penalties' ? { public: true } : {}),
      features: table.columns,
    })),
    labelHolders: lenders.map((table) => ({
      party: table.party,
      file: fileOf(table),
      label: 'y',
      rows: table.rows,
    })),
    labelMeaning: '1 = 90 or more days past due within 12 months',
    leakyColumns: [],
    exclusions: EXCLUSIONS,
  }
  await writeFile(join(dir, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`)
}

function fileOf(table: CityTable): string {
  return `${table.party}.csv.gz`
}
