import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Value from 'typebox/value'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  checkResidentId,
  checkUscc,
  type DataSection,
  dataSection,
  extractFeatures,
  loadBuiltinSets,
  loadCatalogue,
  openSession,
  type RawCity,
  readRoster,
  type Session,
  stageSource,
  validateRecords,
  writeRawCity,
} from '../../../features/index.ts'
import { expectFault, temporaryFolder } from './fixtures.ts'

/** All files only where time does not count; these have every kind of form: both generations of codes, GB18030, own headings. */
const FULL = process.env.YINXIN_FULL === '1'
const VALIDATED = ['registry', 'gas', 'housing_fund', 'guarantee_fund']

const base = temporaryFolder()
const dir = join(base, 'city')
let city: RawCity
let session: Session

const staged = new Map<string, string>()

/** All of a source's records as texts, once a file. */
async function stage(party: string, file: string, encoding?: 'gb18030'): Promise<string> {
  const key = `${party}/${file}`
  const known = staged.get(key)
  if (known !== undefined) return known
  const target = `staged_${staged.size}`
  let path = join(dir, party, file)
  if (encoding !== undefined) {
    const text = new TextDecoder(encoding, { fatal: true }).decode(readFileSync(path))
    path = join(base, `${target}.csv`)
    writeFileSync(path, text)
  }
  await stageSource(session, { file: path }, target)
  staged.set(key, target)
  return target
}

async function rowsOf(sql: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  const names: string[] = []
  for await (const chunk of session.chunks(`SELECT column_name FROM (DESCRIBE ${sql})`)) {
    for (const name of chunk.getColumnValues(0)) names.push(String(name))
  }
  for await (const chunk of session.chunks(sql)) {
    for (const row of chunk.getRows()) rows.push(Object.fromEntries(row.map((cell, i) => [names[i], cell])))
  }
  return rows
}

async function single(sql: string): Promise<number> {
  return Number(Object.values((await rowsOf(sql))[0])[0])
}

function sectionOf(party: string): DataSection {
  return parse(readFileSync(join(dir, party, 'data.yaml'), 'utf8')).data
}

beforeAll(async () => {
  city = await writeRawCity({ size: 'tiny', seed: 1, dir })
  session = await openSession({ threads: 2 })
})

afterAll(() => session.close())

describe('the files of a raw city', () => {
  test('are the same, byte for byte, for the same seed, and others for another', async () => {
    const same = await writeRawCity({ size: 'tiny', seed: 1, dir: join(base, 'same') })
    const other = await writeRawCity({ size: 'tiny', seed: 2, dir: join(base, 'other') })
    expect(same.files).toEqual(city.files)
    expect(readFileSync(join(base, 'same', 'city.json'))).toEqual(readFileSync(join(dir, 'city.json')))
    const changed = other.files.filter(
      ({ file, sha256 }) => city.files.find((first) => first.file === file)?.sha256 === sha256,
    )
    // Class files and extractors are copies of the product's own; comments of data.yaml say no seed.
    expect(
      changed.map(({ file }) => file).filter((file) => !/^classes|data\.yaml$|bank_account/.test(file)),
    ).toEqual([])
  })

  test('are listed with their hashes, and hold as many records as the summary says', async () => {
    const listed = JSON.parse(readFileSync(join(dir, 'city.json'), 'utf8'))
    const present = readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    expect(present.filter((file) => file !== 'city.json').sort()).toEqual(
      listed.files.map(({ file }: { file: string }) => file),
    )
    let rows = 0
    for (const { party, rows: counts } of city.parties) {
      for (const [file, count] of Object.entries(counts)) {
        const encoding = party === 'housing_fund' ? 'gb18030' : undefined
        expect([file, await single(`SELECT count(*) FROM ${await stage(party, file, encoding)}`)]).toEqual([
          file,
          count,
        ])
        rows += count
      }
    }
    expect(city.rows).toBe(rows)
  })

  test('are declared by a data section each, whose columns they have', async () => {
    const catalogue = await loadCatalogue([join(dir, 'classes')])
    for (const { party } of city.parties) {
      const section = sectionOf(party)
      expect([party, Value.Check(dataSection, section)]).toEqual([party, true])
      for (const { class: code, file, encoding, columns = {} } of section.sources) {
        const klass = catalogue.classes.get(code)
        const header = await rowsOf(
          `SELECT column_name FROM (DESCRIBE ${await stage(party, file as string, encoding as 'gb18030')})`,
        )
        const names = new Set(header.map(({ column_name }) => column_name))
        for (const field of klass?.fields ?? []) {
          if (!field.required) continue
          const known = [columns[field.name], field.name, ...(field.codes ?? [])]
          expect([code, field.name, known.some((name) => names.has(name))]).toEqual([code, field.name, true])
        }
      }
    }
  })

  test('hold codes of the made-up block only, valid but for the planted ones', async () => {
    const roster = await readRoster(join(dir, 'roster.txt'))
    expect(roster.size).toBe(2_000)
    expect(roster.ids.filter((id) => checkUscc(id) !== null || !/^91\d{6}WYX/.test(id))).toEqual([])
    const planted = await rowsOf(
      `SELECT party, file, count(*)::INTEGER AS n FROM ${await stage('truth', 'defects.csv')} WHERE kind = 'wrong_code' GROUP BY ALL`,
    )
    for (const { party } of city.parties) {
      for (const { file, encoding, columns } of sectionOf(party).sources) {
        const table = await stage(party, file as string, encoding as 'gb18030')
        const names = await rowsOf(`SELECT column_name FROM (DESCRIBE ${table})`)
        const code = [columns?.uscc, 'uscc', 'XK_XDR_SHXYM', 'CF_XDR_SHXYM'].find((name) =>
          names.some(({ column_name }) => column_name === name),
        )
        if (code === undefined) continue
        const codes = await rowsOf(
          `SELECT "${code}" AS code, count(*)::INTEGER AS n FROM ${table} GROUP BY ALL`,
        )
        const wrong = codes.filter((row) => checkUscc(String(row.code)) !== null)
        const expected = planted.find((row) => row.party === party && row.file === file)?.n ?? 0
        expect([file, wrong.reduce((sum, row) => sum + Number(row.n), 0)]).toEqual([file, expected])
        expect(
          codes.filter((row) => !wrong.includes(row)).every((row) => roster.index(String(row.code)) >= 0),
        ).toBe(true)
      }
    }
  })

  test('identity numbers are valid in form and of nobody alive', async () => {
    const ids = await rowsOf(
      `SELECT DISTINCT XK_FR_ZJHM AS id FROM ${await stage('registry', 'licences.csv')}`,
    )
    expect(ids.length).toBeGreaterThan(100)
    for (const { id } of ids) {
      expect(checkResidentId(String(id), '2026-10-31')).toBeNull()
      expect(Number(String(id).slice(6, 10))).toBeLessThan(1880)
    }
  })
})

describe('what is planted', () => {
  test('stands where the truth says: duplicates repeat the record before, corrections are negative', async () => {
    const defects = await rowsOf(`SELECT * FROM ${await stage('truth', 'defects.csv')}`)
    expect(new Set(defects.map(({ kind }) => kind))).toEqual(
      new Set(['duplicate', 'wrong_code', 'negative_correction']),
    )
    for (const party of ['gas', 'housing_fund', 'rural_credit_union']) {
      const files = new Set(defects.filter((row) => row.party === party).map(({ file }) => String(file)))
      for (const file of files) {
        const records = await rowsOf(
          `SELECT * EXCLUDE (source_row) FROM ${await stage(party, file, party === 'housing_fund' ? 'gb18030' : undefined)} ORDER BY source_row`,
        )
        for (const { kind, record } of defects.filter((row) => row.party === party && row.file === file)) {
          const row = Number(record) - 1
          if (kind === 'duplicate') expect(records[row]).toEqual(records[row - 1])
          if (kind === 'negative_correction') expect(Number(records[row].usage_m3)).toBeLessThan(0)
        }
      }
    }
    const share = (kind: string) => defects.filter((row) => row.kind === kind).length / city.rows
    expect(share('duplicate')).toBeGreaterThan(0.008)
    expect(share('duplicate')).toBeLessThan(0.012)
    expect(share('wrong_code')).toBeGreaterThan(0.002)
    expect(share('wrong_code')).toBeLessThan(0.004)
  })

  test('is what validation finds, each by its rule, and nothing else is refused', async () => {
    const catalogue = await loadCatalogue([join(dir, 'classes')])
    const defects = await rowsOf(`SELECT * FROM ${await stage('truth', 'defects.csv')}`)
    const parties = city.parties
      .map(({ party }) => party)
      .filter((party) => FULL || VALIDATED.includes(party))
    for (const party of parties) {
      for (const { class: code, file, encoding, columns, receivedOn } of sectionOf(party).sources) {
        const path = join(dir, party, file as string)
        const staged = await stageSource(session, { file: path, ...(encoding && { encoding }) }, 'batch')
        const report = await validateRecords(session, {
          klass: catalogue.classes.get(code)!,
          staged,
          ...(columns && { columns }),
          target: 'records',
          asOf: '2025-06-30',
          receivedOn: receivedOn as string,
          batch: path,
        })
        const found = report.byRule.filter(({ severity }) => severity !== 'warn')
        const planted = Map.groupBy(
          defects.filter((row) => row.party === party && row.file === file),
          ({ rule }) => String(rule),
        )
        expect({ path, ...Object.fromEntries(found.map(({ rule, count }) => [rule, count])) }).toEqual({
          path,
          ...Object.fromEntries([...planted].map(([rule, rows]) => [rule, rows.length])),
        })
        await session.run(
          'DROP TABLE batch; DROP TABLE records; DROP TABLE records_quarantine; DROP TABLE records_duplicates',
        )
      }
    }
  })

  test('penalties keep the term of the order in force when they were decided', async () => {
    const penalties = await rowsOf(
      `SELECT CF_JDRQ AS decided, CF_GSJZQ AS published, CF_CFLB AS kinds FROM ${await stage('registry', 'penalties.csv')}`,
    )
    const days = (from: unknown, to: unknown) =>
      (Date.parse(String(to)) - Date.parse(String(from))) / 86_400_000
    const after = penalties.filter(({ decided }) => String(decided) >= '2026-04-01')
    expect(after.length).toBeGreaterThan(3)
    expect(penalties.length).toBeGreaterThan(after.length + 50)
    for (const { decided, published, kinds } of penalties) {
      const heavy = /吊销|限制从业/.test(String(kinds))
      const most = String(decided) < '2026-04-01' || heavy ? 1095 : String(kinds).includes('罚款') ? 365 : 91
      expect(days(decided, published)).toBeLessThanOrEqual(most)
      expect(days(decided, published)).toBeGreaterThanOrEqual(91)
    }
  })
})

describe('loans', () => {
  /** Most days past due from the due date to payment or the end of the window, as days of the calendar. */
  function outcomeOf(booked: string, instalments: Record<string, unknown>[]): number {
    const end = new Date(`${booked}T00:00:00Z`)
    end.setUTCFullYear(end.getUTCFullYear() + 1)
    return Math.max(
      ...instalments.map(({ due_date, paid_date }) => {
        const paid =
          paid_date === null ? end.getTime() : Math.min(end.getTime(), Date.parse(String(paid_date)))
        return Math.max(0, (paid - Date.parse(String(due_date))) / 86_400_000)
      }),
    )
  }

  test('are 90 days past due within 12 months exactly where they are bad, and 30 to 89 where indeterminate', async () => {
    const truth = new Map(
      (await rowsOf(`SELECT loan_no, state FROM ${await stage('truth', 'loans.csv')}`)).map((row) => [
        row.loan_no,
        row.state,
      ]),
    )
    const seen = new Map<string, number>()
    for (const party of ['city_commercial_bank', 'rural_credit_union', 'guarantee_fund']) {
      const repayments = Map.groupBy(
        await rowsOf(`SELECT DISTINCT * EXCLUDE (source_row) FROM ${await stage(party, 'repayments.csv')}`),
        (row) => row.loan_no,
      )
      for (const { loan_no, booked_date } of await rowsOf(
        `SELECT DISTINCT loan_no, booked_date FROM ${await stage(party, 'loans.csv')}`,
      )) {
        const booked = String(booked_date)
        const days = outcomeOf(booked, repayments.get(loan_no) ?? [])
        const outcome = days >= 90 ? 'bad' : days >= 30 ? 'indeterminate' : 'good'
        const state = booked < '2025-07-01' ? 'outside' : booked > '2025-10-31' ? 'open' : outcome
        expect([loan_no, truth.get(loan_no)]).toEqual([loan_no, state])
        seen.set(state, (seen.get(state) ?? 0) + 1)
      }
    }
    expect([...seen.keys()].sort()).toEqual(['bad', 'good', 'indeterminate', 'open', 'outside'])
    expect(seen.get('bad')).toBeGreaterThan(20)
  })
})

describe('features of the as-of date', () => {
  test('show what was drawn: arrears of 2 to 8 % of holders, late payments, growth that follows health', async () => {
    const { classes } = await loadCatalogue()
    const set = (await loadBuiltinSets(classes)).get('water_usage')!
    const source = await stage('water', 'bills.csv')
    await session.run(`CREATE TABLE bills AS SELECT DISTINCT uscc, enterprise_name, water_account_name, water_account_no,
      (bill_month || '-01')::DATE AS bill_month, usage_m3::DECIMAL(14,2) AS usage_m3, amount_due_yuan::DECIMAL(14,2) AS amount_due_yuan,
      amount_paid_yuan::DECIMAL(14,2) AS amount_paid_yuan, due_date::DATE AS due_date, paid_date::DATE AS paid_date
      FROM ${source} WHERE usage_m3::DECIMAL(14,2) >= 0`)
    const table = await extractFeatures(session, {
      set,
      records: { water_usage: 'bills' },
      asOf: '2025-06-30',
    })
    const column = (name: string) => table.columns.find(({ card }) => card.name === name)!
    const share = (name: string, holds: (value: number) => boolean) => {
      const { values, present } = column(name)
      const held = Array.from(values).filter((_, i) => present[i] === 1)
      return held.filter(holds).length / held.length
    }
    expect(share('arrears_days', (days) => days > 0)).toBeGreaterThan(0.02)
    expect(share('arrears_days', (days) => days > 0)).toBeLessThan(0.08)
    expect(share('late_payments_12m', (count) => count > 0)).toBeGreaterThan(0.2)
    const health = new Map(
      (await rowsOf(`SELECT uscc, health::DOUBLE AS health FROM ${await stage('truth', 'firms.csv')}`)).map(
        (row) => [String(row.uscc), Number(row.health)],
      ),
    )
    const { values, present } = column('usage_change_seasonal_3m')
    const growth = (strong: boolean) => {
      const kept = table.ids.flatMap((id, i) => {
        const known = health.get(id)
        return present[i] === 1 && known !== undefined && known > 0 === strong ? [values[i]] : []
      })
      return kept.reduce((sum, value) => sum + value, 0) / kept.length
    }
    expect(growth(true)).toBeGreaterThan(growth(false) + 100)
  })
})

describe('writeRawCity', () => {
  test('refuses a folder that is not empty, and one that another command is writing', async () => {
    const full = join(base, 'full')
    mkdirSync(full)
    writeFileSync(join(full, 'note.txt'), 'keep me')
    await expectFault(
      writeRawCity({ size: 'tiny', seed: 1, dir: full }),
      'YX_FEATURES_CITY_FOLDER_NOT_EMPTY',
      'full',
    )
    expect(readdirSync(full)).toEqual(['note.txt'])
    mkdirSync(join(base, 'busy.unfinished'))
    await expectFault(
      writeRawCity({ size: 'tiny', seed: 1, dir: join(base, 'busy') }),
      'YX_FEATURES_CITY_UNFINISHED',
      'busy.unfinished',
    )
    await expectFault(
      writeRawCity({ size: 'tiny', seed: -1, dir: join(base, 'wrong') }),
      'YX_FEATURES_CITY_INVALID',
      'the seed is -1',
    )
    expect(readdirSync(base)).not.toContain('wrong')
  })

  test('leaves nothing behind when it is stopped', async () => {
    const stop = new AbortController()
    const before = readdirSync(base)
    const work = writeRawCity({
      size: 'tiny',
      seed: 1,
      dir: join(base, 'stopped'),
      signal: stop.signal,
      progress: ({ step }) => step === 'gas' && stop.abort(),
    })
    await expect(work).rejects.toThrow(/abort/)
    expect(readdirSync(base)).toEqual(before)
  })
})
