import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRoster, loadLabels } from '../../../features/index.ts'
import { computeOutcomes } from '../../../features/outcomes/compute-outcomes.ts'
import { defineOutcome } from '../../../features/outcomes/definition.ts'
import {
  type FrozenSource,
  freezeOutcomes,
  type LabelSnapshot,
  labelEnterprises,
} from '../../../features/outcomes/freeze.ts'
import { checkSnapshot, writeSnapshot } from '../../../features/outcomes/snapshot-file.ts'
import { openSession, type Session } from '../../../features/source/session.ts'
import { expectFault, temporaryFolder } from './fixtures.ts'
import { putLoans } from './loan-book.ts'
import { fromIso, type SimulatedLoan } from './outcome-simulation.ts'

const base = temporaryFolder()
let session: Session
beforeAll(async () => {
  session = await openSession()
})
afterAll(() => session.close())

const definition = defineOutcome({
  asOf: '2024-12-31',
  bookedFrom: '2025-01-01',
  bookedTo: '2025-12-31',
  frozenOn: '2026-10-31',
})

/** A loan booked on 1 March 2025, or `booked`, whose one instalment is paid late by these days. */
const loan = (loanNo: string, uscc: string, late: number, booked = '2025-03-01'): SimulatedLoan => {
  const due = fromIso(booked) + 30
  const instalments = [{ instalment: 1, due, amountDue: 50, amountPaid: 50, paid: due + late }]
  return { loanNo, uscc, booked: fromIso(booked), maturity: due + 700, writtenOff: null, instalments }
}

const BOOK = [
  loan('1', 'C-GOOD', 0),
  loan('2', 'A-BAD', 120),
  loan('3', 'B-GREY', 45),
  loan('4', 'D-OPEN', 0, '2025-11-30'),
  loan('5', 'E-ELSEWHERE', 100),
  loan('6', 'B-LATE', 90),
  loan('7', 'F-BEFORE', 0, '2024-06-01'),
]
const ROSTER = createRoster(['A-BAD', 'B-GREY', 'B-LATE', 'C-GOOD', 'D-OPEN', 'F-BEFORE', 'G-NO-LOAN'])

async function freeze(
  loans: readonly SimulatedLoan[],
  roster = ROSTER,
  sources: FrozenSource[] = [],
): Promise<LabelSnapshot> {
  await putLoans(session, loans)
  const tables = { loan: 'loan', loan_repayment: 'loan_repayment' }
  const counts = await computeOutcomes(session, definition, tables, 'outcomes')
  const labelled = await labelEnterprises(session, definition, 'outcomes', roster)
  return freezeOutcomes(definition, labelled, { counts, sources, roster })
}

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')

describe('freezeOutcomes', () => {
  test('labels the enterprises of the roster, sorted, and counts the others', async () => {
    const { labels, record } = await freeze(BOOK)
    expect(labels).toBe('id,y\nA-BAD,1\nB-LATE,1\nC-GOOD,0\n')
    expect(record.enterprises).toEqual({ good: 1, bad: 2, indeterminate: 1, offRoster: 1, withoutOutcome: 1 })
    expect(record.loans).toEqual({
      ...{ loans: 7, good: 1, bad: 3, indeterminate: 1, open: 1, outside: 1 },
      ...{ leftOut: {}, ignored: {} },
    })
    expect(record.roster).toBe(ROSTER.digest)
  })

  test('hashes what the reference page says it hashes', async () => {
    const { labels, record } = await freeze(BOOK)
    const canonical =
      '{"asOf":"2024-12-31","badDaysPastDue":90,"bookedFrom":"2025-01-01","bookedTo":"2025-12-31",' +
      '"frozenOn":"2026-10-31","indeterminateFrom":30,"loansPerEnterprise":"worst","performanceMonths":12}'
    expect(record.hash).toBe(sha256(`${canonical}\n${labels}`))
    expect(record.labelsHash).toBe(sha256(labels))
  })

  test('the order of the records changes nothing', async () => {
    expect(await freeze([...BOOK].reverse())).toEqual(await freeze(BOOK))
  })

  test('the hash covers definition and labels, not where they come from', async () => {
    const source = { class: 'loan', name: 'loans.csv', records: 7, accepted: 7, sha256: null }
    const { record } = await freeze(BOOK, ROSTER, [source])
    expect(record).toEqual({ ...(await freeze(BOOK)).record, sources: [source] })
  })

  test('one class alone is refused', async () => {
    await expectFault(freeze([BOOK[0]]), 'YX_FEATURES_OUTCOME_ONE_CLASS', '1 good and 0 bad')
    await expectFault(
      freeze(BOOK, createRoster(['A-BAD'])),
      'YX_FEATURES_OUTCOME_ONE_CLASS',
      '0 good and 1 bad',
    )
  })
})

describe('writeSnapshot', () => {
  test('writes a file that the label holder reads, and the record, for the owner only', async () => {
    const folder = join(base, 'first', 'labels')
    const snapshot = await freeze(BOOK)
    const written = await writeSnapshot(snapshot, folder)
    expect(written).toEqual({ file: join(folder, 'labels-2026-10-31.csv'), version: 1, isNew: true })
    expect(readdirSync(folder).sort()).toEqual(['labels-2026-10-31.csv', 'labels-2026-10-31.json'])
    const modes = [folder, ...readdirSync(folder).map((name) => join(folder, name))].map(
      (path) => statSync(path).mode & 0o777,
    )
    expect(modes).toEqual([0o700, 0o600, 0o600])
    const { labelled, bad } = await loadLabels(written.file, ROSTER)
    expect([...labelled]).toEqual([1, 0, 1, 1, 0, 0, 0])
    expect([...bad]).toEqual([1, 0, 1, 0, 0, 0, 0])
    expect(JSON.parse(readFileSync(join(folder, 'labels-2026-10-31.json'), 'utf8'))).toEqual(snapshot.record)
  })

  test('the same again is left alone, other content gets a new name', async () => {
    const folder = join(base, 'again')
    const snapshot = await freeze(BOOK)
    const { file } = await writeSnapshot(snapshot, folder)
    const before = statSync(file)
    expect(await writeSnapshot(snapshot, folder)).toEqual({ file, version: 1, isNew: false })
    expect(statSync(file)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
    const other = await freeze(BOOK.slice(0, 3))
    const second = { file: join(folder, 'labels-2026-10-31-v2.csv'), version: 2 }
    expect(await writeSnapshot(other, folder)).toEqual({ ...second, isNew: true })
    expect(await writeSnapshot(other, folder)).toEqual({ ...second, isNew: false })
    expect(readFileSync(file, 'utf8')).toBe(snapshot.labels)
    expect(readdirSync(folder)).toHaveLength(4)
  })

  test('labels without their record, as a crash leaves them, are completed', async () => {
    const folder = join(base, 'crash')
    const snapshot = await freeze(BOOK)
    const { file } = await writeSnapshot(snapshot, folder)
    rmSync(file.replace('.csv', '.json'))
    expect(await writeSnapshot(snapshot, folder)).toEqual({ file, version: 1, isNew: true })
    expect(await checkSnapshot(file, definition)).toEqual(snapshot.record)
  })

  test('a folder that cannot be written is named without its path', async () => {
    writeFileSync(join(base, 'taken'), '')
    const work = writeSnapshot(await freeze(BOOK), join(base, 'taken'))
    await expectFault(work, 'YX_FEATURES_LABEL_SNAPSHOT_UNWRITABLE', 'into taken (EEXIST)')
  })
})

describe('checkSnapshot', () => {
  const written = async (name: string) => {
    mkdirSync(join(base, name))
    return (await writeSnapshot(await freeze(BOOK), join(base, name))).file
  }

  test('refuses changed labels, a changed record, another definition', async () => {
    const file = await written('changed')
    const labels = readFileSync(file, 'utf8')
    const beside = file.replace('.csv', '.json')
    const record = readFileSync(beside, 'utf8')
    const refused = (words: string, by = definition) =>
      expectFault(checkSnapshot(file, by), 'YX_FEATURES_LABEL_SNAPSHOT_CHANGED', words)
    writeFileSync(file, labels.replace('C-GOOD,0', 'C-GOOD,1'))
    await refused('the labels are not those')
    writeFileSync(file, labels)
    writeFileSync(beside, record.replace('"badDaysPastDue": 90', '"badDaysPastDue": 60'))
    await refused('the record beside it was changed')
    writeFileSync(beside, record)
    await refused('another definition', { ...definition, badDaysPastDue: 60 })
    expect((await checkSnapshot(file, definition)).enterprises.bad).toBe(2)
  })

  test('refuses a label file without a record of its format', async () => {
    const file = await written('alone')
    const beside = file.replace('.csv', '.json')
    for (const text of ['', '[]', 'null', '{"format":"yinxin-labels-2"}', '{"format":"yinxin-labels-1"}']) {
      writeFileSync(beside, text)
      await expectFault(checkSnapshot(file, definition), 'YX_FEATURES_LABEL_SNAPSHOT_INVALID', 'labels-2026')
    }
    rmSync(beside)
    await expectFault(checkSnapshot(file, definition), 'YX_FEATURES_LABEL_SNAPSHOT_INVALID', 'ENOENT')
  })
})

test.runIf(process.platform === 'linux')('sha256sum prints the hash of the labels', async () => {
  const { file } = await writeSnapshot(await freeze(BOOK), join(base, 'sum'))
  const { labelsHash } = JSON.parse(readFileSync(file.replace('.csv', '.json'), 'utf8'))
  expect(execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64)).toBe(labelsHash)
})
