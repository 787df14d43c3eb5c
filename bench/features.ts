/**
 * `npm run bench:features`: what it takes one provider to make features of the bills of a million enterprises, of which 55 in 100 have a
 * water and 15 a gas account: twelve months, read from Parquet, checked, extracted and laid along the roster. JSON on stdout: seconds of each step by the clock and of
 * processor time (what else runs on the machine does not count there), peak memory of the process.
 * `--enterprises` changes the size; `--keep DIR` keeps the made-up bills there and takes them from there the next time.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  createRoster,
  extractFeatures,
  type FeatureTable,
  layFeatures,
  loadBuiltinSets,
  loadCatalogue,
  openWorkSession,
  stageSource,
  syntheticUscc,
  validateRecords,
} from '../features/index.ts'

const { values } = parseArgs({
  options: {
    enterprises: { type: 'string', default: '1000000' },
    keep: { type: 'string' },
    measure: { type: 'string' },
  },
})
const enterprises = Number(values.enterprises)
const AS_OF = '2025-06-30'
const UTILITIES = ['water', 'gas'] as const

const round = (value: number): number => Number(value.toFixed(2))

/** Bills of a utility for the enterprises whose place in the list is from `first` up to `last`. */
function billsSql(utility: string, first: number, last: number): string {
  return `SELECT uscc, '企业' || place AS enterprise_name, '企业' || place AS ${utility}_account_name,
    '${utility[0].toUpperCase()}' || lpad(place::VARCHAR, 9, '0') AS ${utility}_account_no,
    (DATE '2024-07-01' + to_months(m::INTEGER))::DATE AS bill_month,
    round(level * (0.8 + 0.4 * random()), 2)::DECIMAL(14,2) AS usage_m3,
    round(level * 4, 2)::DECIMAL(14,2) AS amount_due_yuan,
    CASE WHEN late < 0.99 THEN round(level * 4, 2)::DECIMAL(14,2) END AS amount_paid_yuan,
    (DATE '2024-08-20' + to_months(m::INTEGER))::DATE AS due_date,
    CASE WHEN late < 0.99 THEN (DATE '2024-08-05' + to_months(m::INTEGER))::DATE + (late * 18)::INTEGER END AS paid_date
    FROM (SELECT m, place, uscc, exp(3 + 5 * (hash(place) / 18446744073709551615.0)) AS level, random() AS late
      FROM range(12) months(m), enterprises WHERE place >= ${first} AND place < ${last})`
}

async function makeFiles(folder: string, enterprises: number): Promise<void> {
  const list = join(folder, 'enterprises.csv')
  const lines = Array.from(
    { length: enterprises },
    (_, place) => `${place},${syntheticUscc('130925', place)}\n`,
  )
  writeFileSync(list, `place,uscc\n${lines.join('')}`)
  const session = await openWorkSession()
  try {
    await session.run(`CREATE TABLE enterprises AS FROM read_csv('${list}', types = {'uscc': 'VARCHAR'})`)
    const parts = { water: [0, 0.55], gas: [0.45, 0.6] }
    for (const utility of UTILITIES) {
      const [first, last] = parts[utility].map((share) => Math.round(share * enterprises))
      const file = join(folder, `${utility}.parquet`)
      await session.run(`COPY (${billsSql(utility, first, last)}) TO '${file}' (FORMAT parquet)`)
    }
  } finally {
    session.close()
  }
}

/** One run in a process of its own, so that peak memory is its own. */
async function measure(folder: string, enterprises: number): Promise<void> {
  const { classes } = await loadCatalogue()
  const sets = await loadBuiltinSets(classes)
  const seconds: Record<string, { wall: number; processor: number }> = {}
  const timed = async <T>(step: string, work: () => T | Promise<T>): Promise<T> => {
    const [began, before] = [performance.now(), process.cpuUsage()]
    const result = await work()
    const { user, system } = process.cpuUsage(before)
    seconds[step] = {
      wall: round((performance.now() - began) / 1e3),
      processor: round((user + system) / 1e6),
    }
    return result
  }
  // In a run the platform sends it: everyone's enterprises, those of this provider among them.
  const roster = createRoster(
    Array.from({ length: enterprises }, (_, place) => syntheticUscc('130925', place)),
  )
  const session = await openWorkSession()
  const [began, before] = [performance.now(), process.cpuUsage()]
  let rows = 0
  let accepted = 0
  let features = 0
  try {
    const tables: FeatureTable[] = []
    for (const utility of UTILITIES) {
      const code = `${utility}_usage`
      const klass = classes.get(code)
      const set = sets.get(code)
      if (klass === undefined || set === undefined) throw new Error(`no class ${code}`)
      const file = join(folder, `${utility}.parquet`)
      const staged = await timed(`read ${utility}`, () => stageSource(session, { file }, `${code}_staged`))
      const request = { klass, staged, target: code, asOf: AS_OF, receivedOn: '2025-08-01', batch: utility }
      const report = await timed(`validate ${utility}`, () => validateRecords(session, request))
      await session.run(`DROP TABLE ${code}_staged`)
      const records = { [code]: code }
      const table = await timed(`extract ${utility}`, () =>
        extractFeatures(session, { set, records, asOf: AS_OF }),
      )
      tables.push(table)
      rows += staged.rows
      accepted += report.accepted
    }
    await timed('lay', () => {
      for (const [index, table] of tables.entries()) {
        features += layFeatures(table, roster, UTILITIES[index]).length
      }
    })
  } finally {
    session.close()
  }
  const { user, system } = process.cpuUsage(before)
  const all = { wall: round((performance.now() - began) / 1e3), processor: round((user + system) / 1e6) }
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024)
  const report = { enterprises, rows, accepted, features, seconds: { ...seconds, all }, peakMegabytes }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
}

if (values.measure !== undefined) {
  await measure(values.measure, enterprises)
} else {
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'yinxin-bench-features-'))
  mkdirSync(folder, { recursive: true })
  try {
    if (!existsSync(join(folder, 'gas.parquet'))) await makeFiles(folder, enterprises)
    const { status } = spawnSync(
      process.execPath,
      [import.meta.filename, '--enterprises', values.enterprises, '--measure', folder],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    )
    process.exitCode = status ?? 1
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true })
  }
}
