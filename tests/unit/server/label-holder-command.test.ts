import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import {
  checkSnapshot,
  createRoster,
  defineLoans,
  loadLabels,
  syntheticUscc,
  writeRoster,
} from '../../../features/index.ts'
import { runMain } from '../../../server/cli/run-main.ts'
import { labelHolderConfig, readConfig } from '../../../server/config.ts'

const base = mkdtempSync(join(tmpdir(), 'yinxin-loans-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

let out = ''
let err = ''
beforeEach(() => {
  out = ''
  err = ''
  process.exitCode = undefined
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

const run = async (...words: string[]): Promise<number> => {
  out = ''
  err = ''
  process.exitCode = undefined
  await runMain(['node', 'yinxin', 'label-holder', ...words])
  return Number(process.exitCode ?? 0)
}

const FIRMS = Array.from({ length: 8 }, (_, serial) => syntheticUscc('130900', serial))
const [GOOD, BAD, GREY, MENDED, OFF_ROSTER, OPEN, UNSURE] = FIRMS

const LOANS = [
  '借据号,uscc,booked_date,maturity_date,principal_yuan,written_off_date',
  `L1,${GOOD},2025-07-15,2027-07-15,10000,`,
  `L2,${BAD},2025-08-01,2027-08-01,10000,`,
  `L3,${GREY},2025-08-01,2027-08-01,10000,`,
  `L4,${MENDED},2025-09-30,2026-03-30,10000,2026-01-31`,
  `L5,${OFF_ROSTER},2025-10-31,2027-01-31,10000,`,
  `L6,${OPEN},2025-11-01,2027-01-31,10000,`,
  `L7,${UNSURE},2025-10-01,2027-01-31,10000,`,
  `L8,${GOOD},2024-10-01,2027-01-31,10000,`,
]
const REPAYMENTS = [
  'loan_no,instalment_no,due_date,amount_due_yuan,amount_paid_yuan,paid_date',
  'L1,1,2025-10-15,100,100,2025-10-15',
  'L2,1,2025-11-01,100,100,2026-01-30',
  'L3,1,2025-11-01,100,100,2026-01-29',
  'L4,1,2025-12-31,100,100,2025-12-31',
  'L5,1,2025-12-31,100,100,2025-12-31',
  'L6,1,2025-12-31,100,100,2025-12-31',
  'L7,1,2025-12-31,100,100,2025-12-31',
  ' L7 ,2,2026-03-31,not a number,100,2026-03-31',
  'L9,1,2025-12-31,100,100,2025-12-31',
]

let folders = 0

/** A label holder's folder; `changes` replace lines of its configuration. */
async function holder(changes: (config: string) => string = (config) => config): Promise<string> {
  const dir = join(base, `bank-${++folders}`)
  mkdirSync(dir)
  await run('init', '--name', 'bank-a', '--out', join(dir, 'template.yaml'))
  const config = readFileSync(join(dir, 'template.yaml'), 'utf8')
    .replace(/asOf: \S+/, 'asOf: 2025-06-30')
    .replace(/bookedFrom: \S+/, 'bookedFrom: 2025-07-01')
    .replace(/bookedTo: \S+/, 'bookedTo: 2025-11-30')
    .replace(/frozenOn: \S+/, 'frozenOn: 2026-10-31')
    .replace(
      'file: loans.csv',
      'file: loans.csv\n      receivedOn: 2026-11-05\n      columns: { loan_no: 借据号 }',
    )
    .replace('file: repayments.csv', 'file: repayments.csv\n      receivedOn: 2026-11-05')
  writeFileSync(join(dir, 'holder.yaml'), changes(config))
  writeFileSync(join(dir, 'loans.csv'), `${LOANS.join('\n')}\n`)
  writeFileSync(join(dir, 'repayments.csv'), `${REPAYMENTS.join('\n')}\n`)
  await writeRoster(createRoster(FIRMS.filter((firm) => firm !== OFF_ROSTER)), join(dir, 'roster.txt'))
  return dir
}

describe('init', () => {
  test('writes a configuration that can be read, for the owner only, and replaces nothing', async () => {
    const file = join(base, 'init.yaml')
    expect(await run('init', '--name', 'bank "a"', '--out', file)).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { config } = readConfig(labelHolderConfig, file)
    expect(config.name).toBe('bank "a"')
    expect(defineLoans(config.loans!)).toMatchObject({ performanceMonths: 12, badDaysPastDue: 90 })
    const before = readFileSync(file, 'utf8')
    expect(await run('init', '--name', 'bank-b', '--out', file)).not.toBe(0)
    expect(err).toContain('YX_SERVER_FILE_EXISTS')
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect(parse(before).loans.sources).toHaveLength(2)
  })
})

describe('check', () => {
  test('prints counts, what is left out with the first places, and no enterprise', async () => {
    const dir = await holder()
    expect(await run('check', join(dir, 'holder.yaml'), '--json')).toBe(0)
    const found = JSON.parse(out)
    expect(found.enterprises).toEqual({ good: 1, bad: 2, indeterminate: 1, offRoster: 1, withoutOutcome: 2 })
    expect(found.badRate).toBe(2 / 3)
    expect(found.loans).toMatchObject({ loans: 8, good: 2, bad: 2, indeterminate: 1, open: 1, outside: 1 })
    const rules = (of: { id: string; count: number; firstPlaces: string[] }[]) =>
      of.map(({ id, count, firstPlaces }) => [id, count, firstPlaces])
    expect(rules(found.loans.leftOut)).toEqual([['loan.repayments-refused', 1, ['loans.csv line 8']]])
    expect(rules(found.loans.ignored)).toEqual([
      ['loan_repayment.without-loan', 1, ['repayments.csv line 10']],
    ])
    for (const language of ['zh', 'en']) {
      expect(await run('check', join(dir, 'holder.yaml'), '--lang', language)).toBe(0)
      expect(out).toContain('66.67%')
      expect(out).toContain(language === 'zh' ? '没有问题' : 'Nothing. Next')
      for (const secret of [...FIRMS, 'L7', 'not a number']) expect(out + err).not.toContain(secret)
    }
    expect(readdirSync(dir).sort()).toEqual([
      'holder.yaml',
      'loans.csv',
      'repayments.csv',
      'roster.txt',
      'template.yaml',
    ])
  })

  test('says every fault at once and ends with 10', async () => {
    const dir = await holder((config) => config.replace('roster.txt', 'nowhere.txt'))
    writeFileSync(join(dir, 'loans.csv'), LOANS.join('\n').replaceAll('借据号', '编号'))
    rmSync(join(dir, 'repayments.csv'))
    expect(await run('check', join(dir, 'holder.yaml'), '--lang', 'en')).toBe(10)
    expect(out).toContain('nowhere.txt')
    expect(out).toContain('repayments.csv')
    expect(out).toContain('YX_FEATURES_MAPPING_INVALID')
    expect(await run('snapshot', join(dir, 'holder.yaml'))).toBe(10)
    expect(readdirSync(dir)).not.toContain('labels')
  })

  test('without a roster the loans are counted all the same', async () => {
    const dir = await holder()
    rmSync(join(dir, 'roster.txt'))
    expect(await run('check', join(dir, 'holder.yaml'), '--json')).toBe(10)
    expect(JSON.parse(out).enterprises).toMatchObject({ good: 2, bad: 2, offRoster: 0 })
  })

  test.each([
    [
      'a loan booked on the day of the features',
      (config: string) => config.replace('2025-07-01', '2025-06-30'),
      30,
    ],
    ['no repayments', (config: string) => config.replace('class: loan_repayment', 'class: loan'), 30],
    ['another class', (config: string) => config.replace('class: loan_repayment', 'class: gas_usage'), 30],
    ['no loans at all', (config: string) => config.replace(/^loans:[\s\S]*/m, ''), 30],
    [
      'one class of outcomes',
      (config: string) => config.replace('bookedFrom: 2025-07-01', 'bookedFrom: 2025-08-01'),
      10,
    ],
  ])('%s', async (_, change, code) => {
    const dir = await holder(change)
    expect(await run('check', join(dir, 'holder.yaml'))).toBe(code)
  })

  test('refused records are listed where the configuration says', async () => {
    const dir = await holder((config) => config.replace('# quarantine:', 'quarantine:'))
    await run('check', join(dir, 'holder.yaml'))
    const list = readFileSync(join(dir, 'quarantine', 'loan_repayment-source_2.csv'), 'utf8')
    expect(list.split('\n')[1]).toMatch(/^8,loan_repayment\.amount_due_yuan\./)
  })
})

describe('snapshot', () => {
  test('prints the name of a file that trainings can use, and again the same', async () => {
    const dir = await holder()
    expect(await run('snapshot', join(dir, 'holder.yaml'))).toBe(0)
    expect(out).toBe('labels/labels-2026-10-31.csv\n')
    const file = join(dir, 'labels', 'labels-2026-10-31.csv')
    const lines = [
      [GOOD, 0],
      [BAD, 1],
      [MENDED, 1],
    ].map(([firm, label]) => `${firm},${label}\n`)
    expect(readFileSync(file, 'utf8')).toBe(`id,y\n${lines.sort().join('')}`)
    const roster = createRoster(FIRMS)
    const { labelled, bad } = await loadLabels(file, roster)
    expect(labelled.reduce((sum, flag) => sum + flag, 0)).toBe(3)
    expect(bad[roster.index(MENDED)]).toBe(1)
    const { config } = readConfig(labelHolderConfig, join(dir, 'holder.yaml'))
    expect(await checkSnapshot(file, defineLoans(config.loans!))).toMatchObject({
      sources: [
        { class: 'loan', name: 'loans.csv', records: 8, accepted: 8 },
        { class: 'loan_repayment', name: 'repayments.csv', records: 9, accepted: 8 },
      ],
    })
    expect(await run('snapshot', join(dir, 'holder.yaml'), '--json')).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ version: 1, isNew: false, good: 1, bad: 2 })
  })

  test('several files of one class give what one file gives', async () => {
    const dir = await holder()
    await run('snapshot', join(dir, 'holder.yaml'), '--json')
    const { hash } = JSON.parse(out)
    const split = await holder((config) =>
      config.replace(
        '    - class: loan_repayment',
        '    - class: loan\n      file: more.csv\n      receivedOn: 2026-11-05\n    - class: loan_repayment',
      ),
    )
    writeFileSync(join(split, 'loans.csv'), `${LOANS.slice(0, 3).join('\n')}\n`)
    const more = [LOANS[0].replace('借据号', 'loan_no'), ...LOANS.slice(3)]
    writeFileSync(join(split, 'more.csv'), `${more.join('\n')}\n`)
    await run('snapshot', join(split, 'holder.yaml'), '--json')
    expect(JSON.parse(out).hash).toBe(hash)
    await run('check', join(split, 'holder.yaml'), '--json')
    expect(JSON.parse(out).loans.leftOut[0].firstPlaces).toEqual(['more.csv line 6'])
  })

  test('a changed definition of the same day becomes a second file, and says so', async () => {
    const dir = await holder()
    await run('snapshot', join(dir, 'holder.yaml'))
    const config = readFileSync(join(dir, 'holder.yaml'), 'utf8')
    writeFileSync(join(dir, 'holder.yaml'), config.replace('badDaysPastDue: 90', 'badDaysPastDue: 80'))
    expect(await run('snapshot', join(dir, 'holder.yaml'), '--lang', 'en')).toBe(0)
    expect(out).toBe('labels/labels-2026-10-31-v2.csv\n')
    expect(err).toContain('stays as it is')
    expect(err).toContain('labels: labels/labels-2026-10-31-v2.csv')
  })
})
