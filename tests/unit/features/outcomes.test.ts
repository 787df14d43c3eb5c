import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { computeOutcomes } from '../../../features/outcomes/compute-outcomes.ts'
import { defineOutcome, type OutcomeSettings } from '../../../features/outcomes/definition.ts'
import { enterpriseOutcomeSql } from '../../../features/outcomes/outcome-sql.ts'
import { readRows } from '../../../features/outcomes/read-rows.ts'
import { openSession, type Session } from '../../../features/source/session.ts'
import { putLoans } from './loan-book.ts'
import {
  fromIso,
  monthsLater,
  type SimulatedInstalment,
  type SimulatedLoan,
  simulateEnterprises,
  simulateLoan,
} from './outcome-simulation.ts'

let session: Session
beforeAll(async () => {
  session = await openSession()
})
afterAll(() => session.close())

const SETTINGS: OutcomeSettings = {
  asOf: '2024-01-14',
  bookedFrom: '2024-01-15',
  bookedTo: '2024-06-30',
  frozenOn: '2025-05-31',
}

const simulated = (settings: OutcomeSettings) => {
  const definition = defineOutcome(settings)
  return {
    bookedFrom: fromIso(definition.bookedFrom),
    bookedTo: fromIso(definition.bookedTo),
    frozenOn: fromIso(definition.frozenOn),
    months: definition.performanceMonths,
    bad: definition.badDaysPastDue,
    indeterminate: definition.indeterminateFrom,
  }
}

async function statesOf(loans: readonly SimulatedLoan[], settings: OutcomeSettings) {
  await putLoans(session, loans)
  const definition = defineOutcome(settings)
  const tables = { loan: 'loan', loan_repayment: 'loan_repayment' }
  const counts = await computeOutcomes(session, definition, tables, 'outcomes')
  const rows = await readRows(session, 'SELECT loan_no, state FROM outcomes ORDER BY loan_no')
  return { counts, states: new Map(rows as [string, string][]) }
}

const edge = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(-40, -1, 0, 1, 29, 30, 31, 89, 90, 91, 365) },
  { weight: 1, arbitrary: fc.integer({ min: -60, max: 400 }) },
)

const loanBook = fc
  .array(
    fc.record({
      firm: fc.integer({ min: 0, max: 7 }),
      booked: fc.oneof(
        fc.integer({ min: fromIso('2024-01-10'), max: fromIso('2024-07-05') }),
        fc.constantFrom(
          ...['2024-01-15', '2024-01-31', '2024-02-29', '2024-05-31', '2024-06-30'].map(fromIso),
        ),
      ),
      term: fc.constantFrom(-1, 0, 90, 180, 366, 720),
      writtenOff: fc.option(fc.constantFrom(-1, 0, 200, 365, 366, 367), { freq: 6 }),
      instalments: fc.array(
        fc.record({
          due: fc.oneof(fc.integer({ min: 0, max: 380 }), fc.constantFrom(-1, 275, 276, 335, 336, 365, 366)),
          late: fc.option(edge, { freq: 4 }),
          // In hundredths of the amount due; null where the source has none.
          paid: fc.oneof(
            { weight: 8, arbitrary: fc.constant(100) },
            { weight: 2, arbitrary: fc.constantFrom(0, 40, 99, 120, null) },
          ),
          amountDue: fc.constantFrom(1000, 1000, 1000, 0),
        }),
        { maxLength: 6 },
      ),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((records) =>
    records.map(
      ({ firm, booked, term, writtenOff, instalments }, loan): SimulatedLoan => ({
        loanNo: `L${String(loan).padStart(3, '0')}`,
        uscc: `FIRM${firm}`,
        booked,
        maturity: booked + term,
        writtenOff: writtenOff === null ? null : booked + writtenOff,
        instalments: instalments.map(
          ({ due, late, paid, amountDue }, index): SimulatedInstalment => ({
            instalment: index + 1,
            due: booked + due,
            amountDue,
            amountPaid:
              late === null && paid === 100 ? null : paid === null ? null : (paid * amountDue) / 100,
            paid: late === null ? null : booked + due + late,
          }),
        ),
      }),
    ),
  )

test('outcomes equal a day-by-day simulation, loan by loan and enterprise by enterprise', async () => {
  const seen = new Set<string>()
  const definition = simulated(SETTINGS)
  await fc.assert(
    fc.asyncProperty(loanBook, async (loans) => {
      const { states, counts } = await statesOf(loans, SETTINGS)
      const expected = new Map(loans.map((loan) => [loan.loanNo, simulateLoan(loan, definition)]))
      expect(states).toEqual(expected)
      for (const state of expected.values()) seen.add(state)
      const leftOut = counts.leftOut.reduce((sum, { count }) => sum + count, 0)
      expect(counts.good + counts.bad + counts.indeterminate + counts.open + counts.outside + leftOut).toBe(
        loans.length,
      )
      for (const loansPerEnterprise of ['worst', 'first'] as const) {
        const firms = simulateEnterprises(loans, definition, loansPerEnterprise)
        const sql = enterpriseOutcomeSql(defineOutcome({ ...SETTINGS, loansPerEnterprise }), 'outcomes')
        expect(await readRows(session, sql)).toEqual([...firms].sort(([a], [b]) => (a < b ? -1 : 1)))
      }
    }),
    { numRuns: process.env.YINXIN_FULL === '1' ? 1000 : 40 },
  )
  expect([...seen].sort()).toEqual([
    'bad',
    'good',
    'indeterminate',
    'loan.booked-after-maturity',
    'loan.date-before-booking',
    'loan.payment-unclear',
    'loan.without-repayments',
    'open',
    'outside',
  ])
})

const BOOKED = '2024-02-29'
const loan = (instalments: Partial<SimulatedInstalment>[], changes: Partial<SimulatedLoan> = {}) => ({
  loanNo: 'A',
  uscc: 'FIRM',
  booked: fromIso(BOOKED),
  maturity: fromIso('2026-02-28'),
  writtenOff: null,
  instalments: instalments.map((instalment, index) => ({
    instalment: index + 1,
    due: fromIso('2024-03-31'),
    amountDue: 100,
    amountPaid: 100,
    paid: fromIso('2024-03-31'),
    ...instalment,
  })),
  ...changes,
})

const stateOf = async (simulatedLoan: SimulatedLoan, settings = SETTINGS) =>
  (await statesOf([simulatedLoan], settings)).states.get(simulatedLoan.loanNo)

describe('boundaries, by hand', () => {
  test.each([
    // Due 31 March 2024: 30 April is the 30th day after, 29 June the 90th.
    ['2024-03-31', 'good', 'paid on the day'],
    ['2024-04-01', 'good', 'one day'],
    ['2024-04-29', 'good', '29 days'],
    ['2024-04-30', 'indeterminate', '30 days'],
    ['2024-06-28', 'indeterminate', '89 days'],
    ['2024-06-29', 'bad', '90 days'],
    ['2024-12-31', 'bad', 'bad once, cured later'],
    ['2024-03-01', 'good', 'paid before it was due'],
  ])('paid on %s is %s: %s', async (paid, state) => {
    expect(await stateOf(loan([{ paid: fromIso(paid) }]))).toBe(state)
  })

  test.each([
    // Booked on a leap day: the window ends on 28 February 2025.
    ['2024-11-30', 'bad', 'the last day of the window is day 90'],
    ['2024-12-01', 'indeterminate', 'the last day of the window is day 89'],
    ['2025-01-29', 'indeterminate', 'day 30'],
    ['2025-01-30', 'good', 'day 29'],
    ['2025-02-28', 'good', 'due on the last day'],
    ['2025-03-01', 'good', 'due after the window'],
  ])('due on %s and never paid is %s: %s', async (due, state) => {
    expect(await stateOf(loan([{ due: fromIso(due), amountPaid: null, paid: null }]))).toBe(state)
  })

  test('a leap day counts as a day', async () => {
    // Booked 31 January 2024; due 1 February, 31 March is the 59th day of a leap year, 1 April the 60th.
    const settings = { ...SETTINGS, badDaysPastDue: 60 }
    const paidOn = (paid: string) =>
      stateOf(
        loan([{ due: fromIso('2024-02-01'), paid: fromIso(paid) }], { booked: fromIso('2024-01-31') }),
        settings,
      )
    expect(await paidOn('2024-03-31')).toBe('indeterminate')
    expect(await paidOn('2024-04-01')).toBe('bad')
  })

  test.each([
    ['2024-05-31', '2025-05-31', 'used'],
    ['2024-05-31', '2025-05-30', 'open'],
    ['2024-02-29', '2025-02-28', 'used'],
    ['2024-02-29', '2025-02-27', 'open'],
  ])('booked %s and frozen %s is %s', async (booked, frozenOn, state) => {
    const found = await stateOf(
      loan([{ due: fromIso(booked), paid: fromIso(booked) }], { booked: fromIso(booked) }),
      {
        ...SETTINGS,
        frozenOn,
      },
    )
    expect(found).toBe(state === 'used' ? 'good' : 'open')
  })

  test.each([
    ['2024-01-14', 'outside'],
    ['2024-01-15', 'good'],
    ['2024-05-31', 'good'],
    ['2024-07-01', 'outside'],
  ])('booked on %s is %s', async (booked, state) => {
    const due = fromIso(booked) + 30
    expect(await stateOf(loan([{ due, paid: due }], { booked: fromIso(booked) }))).toBe(state)
  })

  test('a part paid leaves the instalment past due', async () => {
    expect(await stateOf(loan([{ amountPaid: 99.99 }]))).toBe('bad')
    expect(await stateOf(loan([{ amountPaid: 100.01 }]))).toBe('good')
  })

  test.each([
    ['2024-02-28', 'loan.date-before-booking'],
    ['2024-02-29', 'bad'],
    ['2025-02-28', 'bad'],
    ['2025-03-01', 'good'],
  ])('written off on %s is %s', async (writtenOff, state) => {
    expect(await stateOf(loan([{}], { writtenOff: fromIso(writtenOff) }))).toBe(state)
  })

  test('a loan written off needs no repayments to be bad', async () => {
    expect(await stateOf(loan([], { writtenOff: fromIso('2024-06-01') }))).toBe('bad')
  })

  test('repaid early in full is good', async () => {
    const paid = fromIso('2024-04-15')
    const instalments = [1, 2, 3, 4, 5, 6].map((month) => ({
      due: monthsLater(fromIso(BOOKED), month),
      paid: Math.min(paid, monthsLater(fromIso(BOOKED), month)),
    }))
    expect(await stateOf(loan(instalments))).toBe('good')
  })
})

test('several loans of one enterprise: the worst speaks, or the first booked', async () => {
  const late = (days: number) => [{ paid: fromIso('2024-03-31') + days }]
  const first = { booked: fromIso('2024-02-28') }
  const labelsOf = async (loans: SimulatedLoan[], loansPerEnterprise: 'worst' | 'first') => {
    await statesOf(loans, SETTINGS)
    const sql = enterpriseOutcomeSql(defineOutcome({ ...SETTINGS, loansPerEnterprise }), 'outcomes')
    return readRows(session, sql)
  }
  const loans = [
    ...[loan(late(90), { loanNo: 'A', uscc: 'P' }), loan(late(0), { loanNo: 'B', uscc: 'P', ...first })],
    ...[loan(late(0), { loanNo: 'C', uscc: 'Q' }), loan(late(45), { loanNo: 'D', uscc: 'Q', ...first })],
    ...[loan(late(0), { loanNo: 'E', uscc: 'R' }), loan(late(29), { loanNo: 'F', uscc: 'R' })],
    // The number decides between loans of one day.
    ...[loan(late(0), { loanNo: 'H', uscc: 'S' }), loan(late(90), { loanNo: 'G', uscc: 'S' })],
  ]
  expect(await labelsOf(loans, 'worst')).toEqual([
    ['P', 1],
    ['Q', null],
    ['R', 0],
    ['S', 1],
  ])
  expect(await labelsOf(loans, 'first')).toEqual([
    ['P', 0],
    ['Q', null],
    ['R', 0],
    ['S', 1],
  ])
})

describe('records that do not fit', () => {
  const tables = { loan: 'loan', loan_repayment: 'loan_repayment' }

  test('repeated records count once, differing ones leave the loan out', async () => {
    await putLoans(session, [
      loan([{}], { loanNo: 'A' }),
      loan([{}], { loanNo: 'B' }),
      loan([{}], { loanNo: 'C' }),
      loan([{}], { loanNo: 'D' }),
    ])
    await session.run("INSERT INTO loan SELECT * REPLACE (10 AS source_row) FROM loan WHERE loan_no = 'A'")
    await session.run(
      "INSERT INTO loan SELECT * REPLACE (11 AS source_row, 'OTHER' AS uscc) FROM loan WHERE loan_no = 'B'",
    )
    await session.run(
      "INSERT INTO loan_repayment SELECT * REPLACE (10 AS source_row) FROM loan_repayment WHERE loan_no = 'A'",
    )
    await session.run(
      "INSERT INTO loan_repayment SELECT * REPLACE (11 AS source_row, NULL AS paid_date) FROM loan_repayment WHERE loan_no = 'C'",
    )
    await session.run(
      "INSERT INTO loan_repayment SELECT * REPLACE (12 AS source_row, 'X' AS loan_no) FROM loan_repayment WHERE loan_no = 'D'",
    )
    const counts = await computeOutcomes(session, defineOutcome(SETTINGS), tables, 'outcomes')
    expect(counts).toMatchObject({ loans: 4, good: 2, bad: 0 })
    expect(counts.leftOut.map(({ id, count, firstRows }) => [id, count, firstRows])).toEqual([
      ['loan.number-not-unique', 1, [2]],
      ['loan.instalment-not-unique', 1, [3]],
    ])
    expect(counts.ignored.map(({ id, count, firstRows }) => [id, count, firstRows])).toEqual([
      ['loan_repayment.without-loan', 1, [12]],
      ['loan.repeated', 1, []],
      ['loan_repayment.repeated', 1, []],
    ])
  })

  test('a loan with a refused repayment is left out, since it could have been the late one', async () => {
    await putLoans(session, [loan([{}], { loanNo: 'A' }), loan([{}], { loanNo: 'B' })])
    await session.run(
      "CREATE OR REPLACE TABLE refused AS SELECT unnest([5, 7, 9]) AS source_row, unnest(['A', NULL, 'Z']) AS loan_no",
    )
    const counts = await computeOutcomes(
      session,
      defineOutcome(SETTINGS),
      { ...tables, refusedRepayments: 'refused' },
      'outcomes',
    )
    expect(counts).toMatchObject({
      good: 1,
      leftOut: [{ id: 'loan.repayments-refused', count: 1, firstRows: [1] }],
      ignored: [{ id: 'loan_repayment.refused-without-loan', count: 2, firstRows: [7, 9] }],
    })
  })
})

describe('definition', () => {
  test('has the defaults of the design', () => {
    expect(defineOutcome(SETTINGS)).toEqual({
      ...SETTINGS,
      badDaysPastDue: 90,
      indeterminateFrom: 30,
      performanceMonths: 12,
      loansPerEnterprise: 'worst',
    })
  })

  test.each([
    [{ bookedFrom: '2024-01-14' }, '"bookedFrom": not after asOf'],
    [{ bookedTo: '2024-01-14' }, '"bookedTo": before bookedFrom'],
    [{ asOf: '2023-02-29' }, '"asOf": not a day'],
    [{ frozenOn: '2025-1-1' }, '"frozenOn": not a day'],
    [{ frozenOn: '2025-01-14' }, '"frozenOn": too early'],
    [{ indeterminateFrom: 91 }, '"indeterminateFrom": out of range'],
    [{ badDaysPastDue: 0 }, '"badDaysPastDue": out of range'],
    [{ performanceMonths: 1.5 }, '"performanceMonths": out of range'],
    [{ loansPerEnterprise: 'best' as 'first' }, '"loansPerEnterprise": unknown'],
  ])('%j is refused', (changes, words) => {
    expect(() => defineOutcome({ ...SETTINGS, ...changes })).toThrow(words)
  })

  test('the first window may end on the very day of the snapshot', () => {
    expect(defineOutcome({ ...SETTINGS, frozenOn: '2025-01-15' }).frozenOn).toBe('2025-01-15')
    const monthEnd = { bookedFrom: '2024-02-29', bookedTo: '2024-03-01', frozenOn: '2025-02-28' }
    expect(defineOutcome({ ...SETTINGS, ...monthEnd }).frozenOn).toBe('2025-02-28')
  })
})
