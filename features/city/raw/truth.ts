import { logOddsOf } from '../outcomes.ts'
import { openStream } from '../random.ts'
import { sigmoid } from '../sigmoid.ts'
import { CALENDAR, dayOf, daySql } from './calendar.ts'
import type { CityBuild } from './city-build.ts'
import { DEFECT_TABLE } from './defects.ts'
import type { LenderTruth } from './lenders.ts'
import { isIndividual } from './subjects.ts'

/** Share of firms that have authorised: of those with a loan, of other enterprises, of individual businesses. */
const AUTHORISED = { borrower: 0.9, enterprise: 0.4, individual: 0.25 } as const
/** Share of authorisations that are revoked. */
const REVOKED = 0.02
const NO_LOAN = 2

/** Writes roster, authorisations and `truth/`: what is true of every firm, of every loan, and what is planted in the files. */
export async function writeTruth(build: CityBuild, lenders: LenderTruth): Promise<void> {
  const { session, subjects, risk, seed, files } = build
  const { firms, later } = subjects
  build.begin('truth')
  await session.run(
    'CREATE TABLE firm_truth (uscc VARCHAR, health DOUBLE, discipline DOUBLE, health_later DOUBLE, pd DOUBLE, defaulted INTEGER, authorised INTEGER, revoked INTEGER)',
  )
  const appender = await session.append('firm_truth')
  const stream = openStream(seed, 'authorisation')
  const from = dayOf('2025-01-01')
  const days = dayOf(CALENDAR.snapshot) - from
  for (let firm = 0; firm < firms.size; firm++) {
    const defaulted = lenders.defaulted[firm]
    const share =
      defaulted !== NO_LOAN
        ? AUTHORISED.borrower
        : isIndividual(subjects, firm)
          ? AUTHORISED.individual
          : AUTHORISED.enterprise
    const authorised = stream.chance(share)
    const revoked = authorised && stream.chance(REVOKED) ? from + Math.floor(days * stream.uniform()) : null
    appender.row([
      firms.ids[firm],
      firms.health[firm],
      firms.discipline[firm],
      later.health[firm],
      sigmoid(lenders.intercept + logOddsOf(firms, firm, risk)),
      defaulted === NO_LOAN ? null : defaulted,
      authorised ? 1 : 0,
      revoked,
    ])
  }
  appender.close()
  await build.files.writeList('roster.txt', 'SELECT uscc FROM firm_truth ORDER BY uscc')
  await build.files.writeList(
    'authorised.txt',
    'SELECT uscc FROM firm_truth WHERE authorised = 1 AND revoked IS NULL ORDER BY uscc',
  )
  await build.files.writeList(
    'revoked.txt',
    'SELECT uscc FROM firm_truth WHERE revoked IS NOT NULL ORDER BY uscc',
  )
  await files.write(
    'truth',
    'firms',
    `SELECT uscc, round(health, 4) AS health, round(discipline, 4) AS discipline, round(health_later, 4) AS health_later,
      round(pd, 6) AS default_probability, defaulted, authorised, ${daySql('revoked')} AS revoked_date FROM firm_truth`,
  )
  await files.write('truth', 'loans', 'SELECT * FROM loan_truth')
  await files.write(
    'truth',
    'defects',
    `SELECT party, file, source_row AS record, kind, rule FROM ${DEFECT_TABLE} ORDER BY party, file, source_row`,
  )
}
