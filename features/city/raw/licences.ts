import type { Session } from '../../source/session.ts'
import { openStream, type Stream } from '../random.ts'
import type { Conduct } from '../registry.ts'
import { CALENDAR, dayOf, daySql } from './calendar.ts'
import type { Defects } from './defects.ts'
import { representativeName } from './names.ts'
import { authorityOf, counterpartyOf, PlantedRecords, residentNumber } from './public-records.ts'
import { recordedName, type Subjects, tradeOf } from './subjects.ts'
import { regionOf } from './trades.ts'

/** The county whose permits still come in the form of 2015/16. */
const OLD_FORM_REGION = '130984'

const KINDS = [
  ['普通', '食品经营许可证'],
  ['普通', '道路运输经营许可证'],
  ['认可', '安全生产许可证'],
  ['核准', '排污许可证'],
  ['登记', '特种设备使用登记证'],
] as const

/** Days that a licence runs. */
const TERM = 5 * 365

/** Permits on their way into two tables: `${table}_new` and, of one county, `${table}_old`. */
export interface LicenceDraw {
  /**
   * So many in force at the as-of date as the conduct says, one of them with less than 90 days to run where it says so; some
   * that have run out, and some of the year after.
   */
  add(firm: number, conduct: Conduct): void
  close(): void
}

export async function openLicences(
  session: Session,
  table: string,
  subjects: Subjects,
  seed: number,
  defects: { readonly current: Defects; readonly old: Defects },
): Promise<LicenceDraw> {
  const columns = `uscc VARCHAR, name VARCHAR, category VARCHAR, representative VARCHAR, id_number VARCHAR, kind VARCHAR, certificate VARCHAR,
    serial INTEGER, content VARCHAR, decided INTEGER, valid_to INTEGER, authority VARCHAR, authority_uscc VARCHAR`
  await session.run(`CREATE TABLE ${table}_new (${columns})`)
  await session.run(`CREATE TABLE ${table}_old (${columns})`)
  const stream = openStream(seed, 'licences')
  const current = new PlantedRecords(await session.append(`${table}_new`), stream, defects.current)
  const old = new PlantedRecords(await session.append(`${table}_old`), stream, defects.old)
  const { firms } = subjects
  let serial = 0
  return {
    add(firm, { licences, expiring }) {
      const past = stream.poisson(0.12)
      const later = stream.poisson(0.04 + 0.06 * licences)
      if (licences + past + later === 0) return
      const id = firms.ids[firm]
      const region = regionOf(id)
      const authority = authorityOf(region, '行政审批局')
      const name = recordedName(subjects, firm, stream)
      const representative = Math.floor(100_000 * stream.uniform())
      const records = region === OLD_FORM_REGION ? old : current
      const born = AS_OF - Math.floor(firms.ageMonths[firm] * 30)
      for (let licence = 0; licence < licences + past + later; licence++) {
        const { decided, validTo } =
          licence < licences
            ? inForce(licence < expiring, born, stream)
            : licence < licences + past
              ? runOut(born, stream)
              : fresh(stream)
        const [kind, certificate] = KINDS[Math.floor(KINDS.length * stream.uniform())]
        records.add([
          id,
          name,
          counterpartyOf(subjects, firm),
          representativeName(representative),
          residentNumber(region, representative),
          kind,
          certificate,
          ++serial,
          tradeOf(subjects, firm).word,
          decided,
          validTo,
          authority.name,
          authority.uscc,
        ])
      }
    },
    close() {
      current.close()
      old.close()
    },
  }
}

const AS_OF = dayOf(CALENDAR.asOf)

/** When a licence was decided and until when it runs, days after 1 April 2024. */
interface Term {
  readonly decided: number
  readonly validTo: number
}

function inForce(expiring: boolean, born: number, stream: Stream): Term {
  const left = expiring ? 1 + 90 * stream.uniform() : 91 + (TERM - 92) * stream.uniform()
  const validTo = AS_OF + Math.floor(left)
  return { decided: Math.min(AS_OF, Math.max(born, validTo - TERM)), validTo }
}

function runOut(born: number, stream: Stream): Term {
  const validTo = Math.max(born + 1, AS_OF - Math.floor(700 * stream.uniform()))
  return { decided: Math.max(born, validTo - TERM), validTo }
}

function fresh(stream: Stream): Term {
  const decided = AS_OF + 1 + Math.floor((dayOf(CALENDAR.snapshot) - AS_OF) * stream.uniform())
  return { decided, validTo: decided + TERM }
}

const number = `'虚审许字〔' || year(${daySql('decided')}) || '〕第' || lpad(serial::VARCHAR, 7, '0') || '号'`

/** SQL that makes permits in the form of 2018. Their state is that of the as-of date: nobody has looked at it since. */
export function licenceSql(table: string): string {
  return `
    SELECT name AS XK_XDR_MC, category AS XK_XDR_LB, uscc AS XK_XDR_SHXYM, representative AS XK_FRDB, '身份证' AS XK_FR_ZJLX,
      id_number AS XK_FR_ZJHM, certificate || '审批决定书' AS XK_XKWS, ${number} AS XK_WSH, kind AS XK_XKLB, certificate AS XK_XKZS,
      'JY' || lpad(serial::VARCHAR, 9, '0') AS XK_XKBH, content || '经营' AS XK_NR, ${daySql('decided')} AS XK_JDRQ,
      ${daySql('decided')} AS XK_YXQZ, ${daySql('valid_to')} AS XK_YXQZI,
      CASE WHEN ${daySql('valid_to')} >= DATE '${CALENDAR.asOf}' THEN '1' ELSE '2' END AS XK_ZT, authority AS XK_XKJG,
      authority_uscc AS XK_XKJGDM, authority AS XK_LYDW, authority_uscc AS XK_LYDWDM
    FROM ${table}_new`
}

/** SQL that makes permits in the form of 2015/16, days written with strokes as there. */
export function oldLicenceSql(table: string): string {
  const day = (column: string): string => `strftime(${daySql(column)}, '%Y/%m/%d')`
  return `
    SELECT name AS XK_XDR, uscc AS XK_XDR_SHXYM, representative AS XK_FR, certificate AS XK_XMMC, ${number} AS XK_WSH, kind AS XK_SPLB,
      content || '经营' AS XK_NR, ${day('decided')} AS XK_JDRQ, ${day('valid_to')} AS XK_JZQ, authority AS XK_XZJG
    FROM ${table}_old`
}
