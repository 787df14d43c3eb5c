import type { Session } from '../../source/session.ts'
import { openStream, type Stream } from '../random.ts'
import type { Conduct } from '../registry.ts'
import { CALENDAR, dayOf, daySql } from './calendar.ts'
import type { Defects } from './defects.ts'
import { representativeName } from './names.ts'
import { authorityOf, counterpartyOf, PlantedRecords } from './public-records.ts'
import { type PenaltyClass, type Publication, publicationOf } from './publication.ts'
import { recordedName, type Subjects } from './subjects.ts'
import { regionOf } from './trades.ts'

const VIOLATIONS = [
  ['未按规定公示年度报告', '《企业信息公示暂行条例》', '市场监督管理局', false],
  ['虚假宣传', '《中华人民共和国反不正当竞争法》', '市场监督管理局', false],
  ['未按规定落实安全生产责任', '《中华人民共和国安全生产法》', '应急管理局', true],
  ['使用未经检验的特种设备', '《中华人民共和国特种设备安全法》', '市场监督管理局', true],
  ['超标排放污染物', '《中华人民共和国大气污染防治法》', '生态环境局', false],
  ['未按规定建立进货查验记录', '《中华人民共和国食品安全法》', '市场监督管理局', true],
] as const

const CONTENT: Readonly<Record<PenaltyClass, readonly (readonly [category: string, text: string])[]>> = {
  minor: [
    ['警告', '警告'],
    ['通报批评', '通报批评'],
  ],
  ordinary: [
    ['罚款', '罚款'],
    ['罚款;没收违法所得', '罚款，没收违法所得'],
  ],
  serious: [
    ['罚款;吊销许可证件', '罚款，吊销许可证件'],
    ['罚款;限制从业', '罚款，限制从业'],
  ],
}

/** Share of penalties that are repaired before the end of their term, and that their subject disputes. */
const REPAIRED = 0.15
const DISPUTED = 0.005
/** A year after the as-of date and four months: the part of 36 months of penalties that falls into it. */
const AFTER_SHARE = 16 / 36

/** Names of the tables that `openPenalties` makes. */
export interface PenaltyTables {
  readonly penalties: string
  readonly enforcements: string
  readonly repairs: string
  readonly disputes: string
}

/** Penalties on their way into the tables. */
export interface PenaltyDraw {
  /** Penalties of three years before the as-of date and of what came after, with enforcement, repairs and disputes. */
  add(firm: number, before: Conduct, after: Conduct): void
  /** Rows of the lists of repairs and disputes so far. */
  readonly counts: { readonly repairs: number; readonly disputes: number }
  close(): void
}

const AS_OF = dayOf(CALENDAR.asOf)
const SNAPSHOT = dayOf(CALENDAR.snapshot)

/** Makes the tables and opens them. Terms of publication follow the order in force on the day of the decision. */
export async function openPenalties(
  session: Session,
  tables: PenaltyTables,
  subjects: Subjects,
  seed: number,
  defects: { readonly penalties: Defects; readonly enforcements: Defects },
): Promise<PenaltyDraw> {
  await session.run(`CREATE TABLE ${tables.penalties} (uscc VARCHAR, name VARCHAR, category VARCHAR, representative VARCHAR, serial INTEGER,
    violation VARCHAR, basis VARCHAR, kinds VARCHAR, content VARCHAR, fine DOUBLE, confiscated DOUBLE, certificate VARCHAR,
    decided INTEGER, publication_end INTEGER, authority VARCHAR, authority_uscc VARCHAR)`)
  await session.run(`CREATE TABLE ${tables.enforcements} (uscc VARCHAR, name VARCHAR, representative VARCHAR, serial INTEGER, method VARCHAR,
    enforced INTEGER, authority VARCHAR, authority_uscc VARCHAR)`)
  await session.run(
    `CREATE TABLE ${tables.repairs} (uscc VARCHAR, serial INTEGER, decided INTEGER, repaired INTEGER, ruled_by VARCHAR)`,
  )
  await session.run(
    `CREATE TABLE ${tables.disputes} (uscc VARCHAR, serial INTEGER, decided INTEGER, opened INTEGER, closed INTEGER, result VARCHAR)`,
  )
  const stream = openStream(seed, 'penalties')
  const penalties = new PlantedRecords(await session.append(tables.penalties), stream, defects.penalties)
  const enforcements = new PlantedRecords(
    await session.append(tables.enforcements),
    stream,
    defects.enforcements,
  )
  const repairs = await session.append(tables.repairs)
  const disputes = await session.append(tables.disputes)
  const counts = { repairs: 0, disputes: 0 }
  let serial = 0

  function addPenalty(
    id: string,
    subject: readonly string[],
    conduct: Conduct,
    grade: PenaltyClass,
    decided: number,
    among: number,
  ): void {
    const [violation, basis, word, safety] = VIOLATIONS[Math.floor(VIOLATIONS.length * stream.uniform())]
    const [kinds, content] = CONTENT[grade][Math.floor(2 * stream.uniform())]
    const fine = kinds.includes('罚款') ? Math.expm1(conduct.fine) / 10_000 / among : null
    const term = publicationOf(grade, decided, safety)
    const repaired = repairDay(term, stream)
    const authority = authorityOf(regionOf(id), word)
    serial++
    penalties.add([
      id,
      ...subject,
      serial,
      violation,
      basis,
      kinds,
      content,
      fine,
      fine !== null && kinds.includes('没收') ? fine * 0.4 : null,
      kinds.includes('吊销') ? `食品经营许可证 JY${String(serial).padStart(9, '0')}` : null,
      decided,
      repaired ?? term.end,
      authority.name,
      authority.uscc,
    ])
    if (repaired !== null) {
      repairs.row([id, serial, decided, repaired, term.ruledBy])
      counts.repairs++
    }
    if (!stream.chance(DISPUTED)) return
    const opened = Math.min(SNAPSHOT, decided + 5 + Math.floor(55 * stream.uniform()))
    const closed = opened + 15 <= SNAPSHOT ? opened + 3 + Math.floor(12 * stream.uniform()) : null
    const result = closed === null ? '处理中' : stream.chance(0.4) ? '成立' : '不成立'
    disputes.row([id, serial, decided, opened, closed, result])
    counts.disputes++
  }

  return {
    counts,
    add(firm, before, after) {
      let later = 0
      for (let i = 0; i < after.penalties; i++) if (stream.chance(AFTER_SHARE)) later++
      const laterEnforced = after.enforced === 1 && stream.chance(AFTER_SHARE) ? 1 : 0
      if (before.penalties + later + before.enforced + laterEnforced === 0) return
      const id = subjects.firms.ids[firm]
      const name = recordedName(subjects, firm, stream)
      const representative = representativeName(Math.floor(100_000 * stream.uniform()))
      const subject = [name, counterpartyOf(subjects, firm), representative]
      for (let penalty = 0; penalty < before.penalties; penalty++) {
        const worst = before.severity as PenaltyClass
        const ago = penalty < before.recent ? 364 * stream.uniform() : 366 + 728 * stream.uniform()
        const grade = penalty === 0 ? worst : lesser(worst, stream)
        addPenalty(id, subject, before, grade, AS_OF - Math.floor(ago), before.penalties)
      }
      for (let penalty = 0; penalty < later; penalty++) {
        addPenalty(id, subject, after, after.severity as PenaltyClass, laterDay(stream), later)
      }
      const authority = authorityOf(regionOf(id), '市场监督管理局')
      for (let enforcement = 0; enforcement < before.enforced + laterEnforced; enforcement++) {
        const day =
          enforcement < before.enforced ? AS_OF - Math.floor(700 * stream.uniform()) : laterDay(stream)
        const method = METHODS[Math.floor(METHODS.length * stream.uniform())]
        enforcements.add([id, name, representative, ++serial, method, day, authority.name, authority.uscc])
      }
    },
    close() {
      for (const appender of [penalties, enforcements, repairs, disputes]) appender.close()
    },
  }
}

const METHODS = ['查封', '扣押', '加处罚款', '冻结'] as const

function laterDay(stream: Stream): number {
  return AS_OF + 1 + Math.floor((SNAPSHOT - AS_OF) * stream.uniform())
}

/** The day on which a penalty is repaired, if it is and that is known. */
function repairDay(term: Publication, stream: Stream): number | null {
  if (term.earliest >= term.end || !stream.chance(REPAIRED)) return null
  const day = term.earliest + Math.floor((term.end - term.earliest) * stream.uniform())
  return day <= SNAPSHOT ? day : null
}

/** The class of a firm's further penalty beside its worst. */
function lesser(worst: PenaltyClass, stream: Stream): PenaltyClass {
  return worst === 'minor' || stream.chance(0.5) ? 'minor' : 'ordinary'
}

const penaltyNo = `'虚罚字〔' || year(${daySql('decided')}) || '〕第' || lpad(serial::VARCHAR, 7, '0') || '号'`

/** SQL that makes penalties in the national form. */
export function penaltySql(table: string): string {
  return `
    SELECT name AS CF_XDR_MC, category AS CF_XDR_LB, uscc AS CF_XDR_SHXYM, representative AS CF_FRDB, '行政处罚决定书' AS CF_CFWS,
      ${penaltyNo} AS CF_WSH, violation AS CF_WFXW, '经查，当事人' || violation AS CF_SY, basis AS CF_YJ, kinds AS CF_CFLB,
      content AS CF_NR, round(fine, 6)::DECIMAL(18,6) AS CF_NR_FK, round(confiscated, 6)::DECIMAL(18,6) AS CF_NR_WFFF,
      certificate AS CF_NR_ZKDX, ${daySql('decided')} AS CF_JDRQ, ${daySql('publication_end')} AS CF_GSJZQ, authority AS CF_CFJG,
      authority_uscc AS CF_CFJGDM, authority AS CF_SJLY, authority_uscc AS CF_SJLYDM
    FROM ${table}`
}

/** SQL that makes enforcement decisions. */
export function enforcementSql(table: string): string {
  return `
    SELECT uscc, name AS enterprise_name, representative AS legal_rep_name, '行政强制措施决定书' AS enforcement_doc_title,
      '虚强字〔' || year(${daySql('enforced')}) || '〕第' || lpad(serial::VARCHAR, 7, '0') || '号' AS enforcement_doc_no,
      '逾期不履行处罚决定' AS enforcement_reason, '《中华人民共和国行政强制法》' AS enforcement_basis, method AS enforcement_method,
      ${daySql('enforced')} AS enforcement_date, authority AS authority_name, authority_uscc, authority AS data_provider
    FROM ${table}`
}

/** SQL of the list of penalties whose publication ended early. */
export function repairSql(table: string): string {
  return `SELECT uscc, ${penaltyNo} AS penalty_doc_no, ${daySql('decided')} AS penalty_decision_date, ${daySql('repaired')} AS repaired_date, ruled_by FROM ${table}`
}

/** SQL of the list of penalties that their subjects dispute. */
export function disputeSql(table: string): string {
  return `SELECT uscc, ${penaltyNo} AS penalty_doc_no, ${daySql('opened')} AS opened_date, ${daySql('closed')} AS decided_date, result FROM ${table}`
}
