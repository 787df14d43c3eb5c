import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CatalogueClass, loadCatalogue, openWorkSession, stageSource } from '../../../features/index.ts'
import { temporaryFolder } from './fixtures.ts'
import { type Cells, PLANS, plant } from './planted-defects.ts'
import { name, readTable, validate } from './validation-fixture.ts'

const RECORDS = 100_000
const TIMES = 5
const RECEIVED = '2026-11-24'

const catalogue = await loadCatalogue()
const dir = temporaryFolder()

function csv(klass: CatalogueClass, rows: readonly Cells[], generation: number, file: string): string {
  const fields = Object.keys(rows[0])
  const header = fields.map((field) => {
    const codes = klass.fields.find((one) => one.name === field)?.codes ?? []
    return codes[Math.min(generation, codes.length - 1)] ?? field
  })
  const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
  const lines = rows.map((row) => fields.map((field) => quoted(row[field])).join(','))
  const path = join(dir, file)
  writeFileSync(path, `${header.join(',')}\n${lines.join('\n')}\n`)
  return path
}

describe(`${RECORDS.toLocaleString('en-US')} records with 37 kinds of planted defects`, () => {
  test('are 37 kinds, each with a rule of its own', () => {
    const rules = PLANS.flatMap(({ code, defects }) => defects.map(({ rule }) => `${code}.${rule}`))
    expect(new Set(rules).size).toBe(37)
    expect(rules).toHaveLength(37)
  })

  test.each(PLANS.map((plan) => [plan.code, plan] as const))(
    '%s: each defect is reported once, with its rule, and nothing else is',
    async (code, plan) => {
      const klass = catalogue.classes.get(code) as CatalogueClass
      const { rows, quarantine, duplicates, warnings } = plant(plan, Math.round(RECORDS * plan.share), TIMES)
      const session = await openWorkSession()
      try {
        const staged = await stageSource(session, { file: csv(klass, rows, 0, `${code}.csv`) }, 'staged')
        const outcome = await validate(session, klass, staged, {
          receivedOn: RECEIVED,
          target: 'accepted',
          readBack: false,
        })
        const { report } = outcome
        const late = warnings.get(`${code}.${klass.lateAfter?.field}.late`)?.length ?? 0
        expect(report).toMatchObject({
          received: rows.length,
          accepted: rows.length - quarantine.size - duplicates.size,
          quarantined: quarantine.size,
          duplicates: duplicates.size,
          late,
          warned: [...warnings.values()].flat().length - late,
          hints: [],
        })
        expect(outcome.quarantine).toEqual(
          new Map([...quarantine].sort(([a], [b]) => a - b).map(([row, rule]) => [row, [rule]])),
        )
        expect(outcome.duplicates).toEqual(duplicates)
        const counts = new Map<string, number>()
        for (const rule of quarantine.values()) counts.set(rule, (counts.get(rule) ?? 0) + 1)
        for (const [rule, at] of warnings) counts.set(rule, at.length)
        if (duplicates.size > 0) counts.set(`${code}.record.repeated`, duplicates.size)
        expect(new Map(report.byRule.map(({ rule, count }) => [rule, count]))).toEqual(counts)
        for (const [rule, at] of warnings) {
          const places = at.slice(0, 5).map((row) => `${code}.csv line ${row + 1}`)
          expect(report.byRule.find((one) => one.rule === rule)?.firstPlaces).toEqual(places)
        }
        // Every row of the source is in exactly one of the three tables.
        const { rows: whole } = await readTable(
          session,
          `SELECT count(*), count(DISTINCT source_row) FROM (
        SELECT source_row FROM accepted UNION ALL SELECT DISTINCT source_row FROM accepted_quarantine UNION ALL SELECT source_row FROM accepted_duplicates)`,
        )
        expect(whole).toEqual([[rows.length, rows.length]])
      } finally {
        session.close()
      }
    },
  )
})

describe('both generations of the national forms', () => {
  test.each(['admin_license', 'admin_penalty'])('%s: the same records are accepted', async (code) => {
    const klass = catalogue.classes.get(code) as CatalogueClass
    const plan = PLANS.find((one) => one.code === code)
    const { rows } = plant(plan ?? PLANS[0], 300, 1)
    const session = await openWorkSession()
    try {
      for (const generation of [0, 1]) {
        const staged = await stageSource(
          session,
          { file: csv(klass, rows, generation, `${code}-${generation}.csv`) },
          `staged ${generation}`,
        )
        const { report } = await validate(session, klass, staged, {
          receivedOn: RECEIVED,
          target: `form ${generation}`,
        })
        expect(report.ignoredColumns).toEqual([])
        expect(report.accepted).toBeGreaterThan(250)
      }
      const header = async (generation: number) =>
        (
          await readTable(session, `SELECT column_name FROM (DESCRIBE ${name(`staged ${generation}`)})`)
        ).rows.flat()
      expect(await header(0)).not.toEqual(await header(1))
      for (const table of ['', '_quarantine']) {
        const [one, two] = [0, 1].map((generation) => `SELECT * FROM ${name(`form ${generation}${table}`)}`)
        const { rows: differing } = await readTable(
          session,
          `(${one} EXCEPT ${two}) UNION ALL (${two} EXCEPT ${one})`,
        )
        expect(differing).toEqual([])
      }
    } finally {
      session.close()
    }
  })
})
