import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, describe, expect, it } from 'vitest'
import { filesBelow, freePort, runToEnd, temporaryFolder } from './launched.ts'
import { formsIn, formsInFiles, needles, PLANTED, plantedNumbers } from './planted.ts'
import { smallSet, writeSet } from './small-set.ts'

/** Ids of firms that only one bank knows; the roster names them, but nothing may tell that they are its customers. */
const CUSTOMER = 'id-7394028156'

const ROWS = 1200
const set = smallSet(ROWS)
const [owner] = set.manifest.parties
plantedNumbers.forEach((value, index) => {
  // A number in one column, a text in the other, spread over the file.
  const row = set.tables[owner.party].rows[index * 25]
  row[1] = value
  row[2] = `level-${value}`
})
const customers = Array.from({ length: PLANTED }, (_, index) => `${CUSTOMER}${10 + index}`)
set.tables['bank-east'].rows.push(...customers.map((id, index) => [id, index % 4 === 0 ? 1 : 0]))

let state = ''
let stdout = ''
let stderr = ''
let code: number | null = null
let reportText = ''
// biome-ignore lint/suspicious/noExplicitAny: the report is looked at field by field
let report: any

beforeAll(async () => {
  const folder = await temporaryFolder()
  state = await temporaryFolder()
  const data = await writeSet(set, join(folder, 'small'))
  const file = join(folder, 'report.json')
  const port = String(await freePort())
  const run = await runToEnd(['start', '--data', data, '--once', '--report', file, '--port', port], { state })
  ;({ stdout, stderr } = run)
  code = run.exit.code
  reportText = await readFile(file, 'utf8').catch(() => 'null')
  report = JSON.parse(reportText)
})

describe('a run on a small data set with --once --report', () => {
  it('ends with code 0 and leaves no warning of its own', () => {
    expect(code, stderr).toBe(0)
    expect(report.warnings).toEqual([])
    expect(stderr).not.toMatch(/yinxin:|\n\s+at /)
  })

  it('counts what went in', () => {
    expect(report).toMatchObject({
      dataset: 'small',
      rows: ROWS + PLANTED,
      providers: 4,
      columns: 8,
      rounds: 4,
      noise: 4,
      flags: [],
      snapshot: '1',
    })
    // Labels of both banks in folds 1 to 4, with noise of two servers of sd 4: six sd are 34.
    const given = set.tables['bank-east'].rows.length + set.tables['bank-west'].rows.length
    // Opened with noise of sd 4 from each of two servers.
    expect(Math.abs(report.labelled - given)).toBeLessThan(60)
    expect(report.basisColumns).toBeGreaterThanOrEqual(2 * report.columns)
    expect(report.basisColumns).toBeLessThanOrEqual(report.providers * 128)
  })

  it('learns what the columns show', () => {
    // The health behind all columns is visible enough for 0.75; chance is 0.5.
    for (const auc of [report.auc.train, report.auc.test, report.pooled.aucTest]) {
      expect(auc).toBeGreaterThan(0.65)
      expect(auc).toBeLessThan(0.95)
    }
    expect(report.auc.testNoisy).toBeGreaterThan(0.5)
    expect(report.auc.testNoisy).toBeLessThanOrEqual(1)
    expect(report.auc.test).toBeGreaterThan(report.pooled.aucTest - 0.05)
    expect(report.ks.test).toBeGreaterThan(0.2)
    expect(report.ks.test).toBeLessThan(1)
    const single = report.singleProvider as { provider: string; aucTest: number }[]
    expect(single.map(({ provider }) => provider)).toEqual(set.manifest.parties.map(({ party }) => party))
    for (const { aucTest } of single) expect(aucTest).toBeLessThan(report.pooled.aucTest + 0.05)
  })

  it('measures seconds, bytes and memory', () => {
    const { setup, binning, training, evaluation, scoring, total } = report.seconds
    const phases = [setup, binning, training, evaluation, scoring]
    for (const seconds of phases) expect(seconds).toBeGreaterThan(0)
    expect(phases.reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(total, 6)
    const byPhase = Object.values(report.bytes.byPhase) as number[]
    expect(byPhase.reduce((sum, bytes) => sum + bytes, 0)).toBe(report.bytes.total)
    const perProvider = report.bytes.perRoundPerProvider * report.rounds * report.providers
    expect(perProvider).toBeGreaterThan(0)
    expect(perProvider).toBeLessThanOrEqual(report.bytes.byPhase.training)
    expect(report.versions.node).toBe(process.version)
    expect(report.versions.yinxin).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('states privacy, grades and whitelist', () => {
    expect(report.privacy.epsilon).toBeGreaterThan(0)
    expect(report.privacy.epsilon).toBeLessThan(200)
    expect(report.privacy.delta).toBe(1e-6)
    const grades = report.grades as { from: number; to: number; firms: number; labelled: number }[]
    expect(grades.reduce((sum, { firms }) => sum + firms, 0)).toBe(report.rows)
    expect(grades[0].to).toBe(1000)
    expect(grades.at(-1)?.from).toBe(0)
    grades.slice(1).forEach(({ to }, index) => {
      expect(to, 'grades join without a gap').toBe(grades[index].from - 1)
    })
    expect(report.whitelist.size).toBeGreaterThanOrEqual(0)
    expect(report.whitelist.size).toBeLessThanOrEqual(report.rows)
    expect(report.whitelist.meanPd).toBeLessThanOrEqual(0.03)
  })

  it('writes the model card as JSON and as a page, and names it', async () => {
    const card = JSON.parse(await readFile(report.card.json, 'utf8'))
    expect(card.metrics.test.auc).toBe(report.auc.testNoisy)
    expect(card.observed.map(({ firms }: { firms: number }) => firms)).toEqual(
      report.grades.map(({ firms }: { firms: number }) => firms),
    )
    expect(card.scores.firms.reduce((sum: number, firms: number) => sum + firms, 0)).toBe(report.rows)
    expect(card.stability.restAgainstTraining).toBeLessThan(0.1)
    expect(stdout).toContain(report.card.page)
    const page = await readFile(report.card.page, 'utf8')
    expect(page).toContain(card.run)
    expect(page).not.toMatch(/NaN|undefined|\[object|<script/)
  })

  it('prints the same for people on stdout, and talks on stderr', () => {
    for (const part of [
      `small: ${ROWS + PLANTED} enterprises, 4 providers, `,
      'Test AUC',
      'Grades',
      'Whitelist:',
      'Privacy: epsilon',
      'the platform and the key holder do not collude',
      'Seconds and bytes',
    ]) {
      expect(stdout).toContain(part)
      expect(stderr).not.toContain(part)
    }
    expect(stdout).toContain(report.auc.test.toFixed(4))
    expect(stdout).not.toMatch(/NaN|undefined|\[object/)
    expect(stdout, 'no colours outside a terminal').not.toContain('\u001b')
    expect(stderr).toMatch(/training\s+█+/)
  })
})

describe('what one party holds stays with it', () => {
  const ownFolder = () => join(state, 'sets', 'small', 'nodes', owner.party) + sep

  it('is found by the search where it is, in every form', async () => {
    const number = Buffer.alloc(16)
    number.writeDoubleLE(Number(plantedNumbers[7]), 3)
    const integer = Buffer.alloc(16)
    integer.writeBigInt64LE(BigInt(plantedNumbers[39]), 5)
    const forms = new Set(
      [
        Buffer.from(`{"amount":${plantedNumbers[0]}}`),
        ...['', 'x', 'xy'].map((before) =>
          Buffer.from(Buffer.from(`${before}${plantedNumbers[20]},17`).toString('base64')),
        ),
        number,
        integer,
      ].flatMap(formsIn),
    )
    expect([...forms].sort()).toEqual(needles.map(({ form }) => form).sort())

    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const table = `${ownFolder()}${owner.party}.parquet`
    const answer = await connection.runAndReadAll(
      `select count(*) filter (amount >= 582736194010 and amount <= 582736194049)::int,
              count(*) filter (level like 'level-5827361940%')::int from '${table.replaceAll("'", "''")}'`,
    )
    expect(answer.getRows()).toEqual([[PLANTED, PLANTED]])
    connection.closeSync()
    instance.closeSync()
  })

  it('is in nobody else’s folder, no log, no database, no report and on no screen', async () => {
    const files = (await filesBelow(state)).filter((file) => !file.startsWith(ownFolder()))
    const within = (folder: string) => files.filter((file) => file.includes(`${sep}${folder}${sep}`)).length
    for (const folder of ['database', 'platform', 'keyholder', 'water', 'bank-east']) {
      expect(within(folder), folder).toBeGreaterThan(0)
    }
    expect(await formsInFiles(files)).toEqual([])
    for (const text of [stdout, stderr, reportText]) expect(formsIn(Buffer.from(text))).toEqual([])
  })

  it('is in no log of its own either', async () => {
    const logs = (await filesBelow(state)).filter((file) => file.endsWith('.log'))
    expect(logs).toHaveLength(8)
    expect(await formsInFiles(logs)).toEqual([])
  })

  it('holds for a bank’s customers: beside roster and ratings, nothing names one', async () => {
    const names = async (file: string) => (await readFile(file)).includes(CUSTOMER)
    expect(await names(join(state, 'sets', 'small', 'nodes', 'roster.txt'))).toBe(true)
    const files = (await filesBelow(join(state, 'sets', 'small', 'nodes'))).filter(
      (file) => !file.endsWith('roster.txt') && !file.endsWith('labels.parquet'),
    )
    for (const file of files) expect(await names(file), file).toBe(false)
    for (const text of [stdout, stderr, reportText]) expect(text).not.toContain(CUSTOMER)
  })
})

describe('an audit after the run', () => {
  const nodes = () => join(state, 'sets', 'small', 'nodes')
  const provider = () => join(nodes(), owner.party)
  const audit = (...args: string[]) => runToEnd(['audit', ...args], { state })

  it('computes again what a provider sent, against what both servers received, and names other columns', async () => {
    const [run] = await readdir(join(provider(), 'runs'))
    const received = await Promise.all(
      ['platform', 'keyholder'].map(async (server) => {
        const exported = await audit('transcript', run, join(nodes(), server, `${server}.json`))
        const file = join(state, `${server}.jsonl`)
        await writeFile(file, exported.stdout)
        return file
      }),
    )
    const honest = await audit('replay', run, join(provider(), 'provider.json'), '--received', ...received)
    expect(honest.exit.code, honest.stderr).toBe(0)
    expect(honest.stdout).toMatch(/computed again, equal to its own journal and what platform/)

    const config = JSON.parse(await readFile(join(provider(), 'provider.json'), 'utf8'))
    config.tables[0].columns.pop()
    const other = join(provider(), 'other.json')
    await writeFile(other, JSON.stringify(config))
    const changed = await audit('replay', run, other, '--received', ...received)
    expect(changed.exit.code).toBe(24)
    expect(changed.stderr).toContain('YX_FEDERATION_REPLAY_DIFFERS')
    expect(changed.stderr).toContain('the columns or the commitment')
    expect((await audit('replay', 'run-0', join(provider(), 'provider.json'))).exit.code).toBe(32)
  })
})
