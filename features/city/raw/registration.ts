import type { Session } from '../../source/session.ts'
import { openStream } from '../random.ts'
import { CALENDAR, dayOf, daySql } from './calendar.ts'
import type { Defects } from './defects.ts'
import { PlantedRecords } from './public-records.ts'
import { nameOf, type Subjects, tradeOf } from './subjects.ts'
import { regionOf } from './trades.ts'

/** Yuan of revenue (in 10,000) a head, median; an assumption. */
const REVENUE_PER_HEAD_WAN = 38

/** Draws the register of enterprises into `table`, one record a firm. */
export async function drawRegistrations(
  session: Session,
  table: string,
  subjects: Subjects,
  seed: number,
  defects: Defects,
): Promise<void> {
  await session.run(
    `CREATE TABLE ${table} (uscc VARCHAR, name VARCHAR, region VARCHAR, industry VARCHAR, established INTEGER, employees INTEGER, revenue DOUBLE, assets DOUBLE, status VARCHAR)`,
  )
  const stream = openStream(seed, 'registration')
  const records = new PlantedRecords(await session.append(table), stream, defects)
  const { firms } = subjects
  const asOf = dayOf(CALENDAR.asOf)
  for (let firm = 0; firm < firms.size; firm++) {
    const id = firms.ids[firm]
    const staff = Math.max(1, Math.round(Math.exp(firms.logStaff[firm])))
    const revenue = REVENUE_PER_HEAD_WAN * staff * Math.exp(0.25 * firms.health[firm] + 0.7 * stream.normal())
    records.add([
      id,
      nameOf(subjects, firm),
      regionOf(id),
      tradeOf(subjects, firm).code,
      // The age is in whole months; the day within the month is drawn.
      Math.round(asOf - firms.ageMonths[firm] * 30.4375 - Math.floor(28 * stream.uniform())),
      staff,
      revenue,
      revenue * Math.exp(0.1 + 0.5 * stream.normal()),
      stream.chance(0.012) ? '停业' : '存续',
    ])
  }
  records.close()
}

/** SQL that makes the records of the register. */
export function registrationSql(table: string): string {
  return `
    SELECT uscc, name AS enterprise_name, region AS region_code, industry AS industry_code, '2017' AS industry_edition,
      ${daySql('established')} AS established_date, employees::BIGINT AS employees, round(revenue, 2)::DECIMAL(18,6) AS revenue_wan,
      round(assets, 2)::DECIMAL(18,6) AS assets_wan, status AS registration_status
    FROM ${table}`
}
