/** Features of permits, penalties, enforcement, property, projects, farms and the register computed again, as the test's second opinion. */
import type { Cell } from './extract-fixtures.ts'
import { dayOf, sum, wholeMonths } from './months.ts'

type Row = Record<string, Cell>
type Cells = Record<string, number | string | null>

function byEnterprise(
  records: readonly Row[],
  asOf: string,
  date: string,
  cells: (records: readonly Row[]) => Cells,
): Map<string, Cells> {
  const known = records.filter((record) => String(record[date]) <= asOf)
  const groups = Map.groupBy(known, (record) => String(record.uscc))
  return new Map([...groups].map(([uscc, group]) => [uscc, cells(group)]))
}

const agesOf = (records: readonly Row[], date: string, asOf: string): number[] =>
  records.map((record) => wholeMonths(String(record[date]), asOf))
const below = (ages: readonly number[], months: number): number => ages.filter((age) => age < months).length

export function licenceFeatures(all: readonly Row[], asOf: string): Map<string, Cells> {
  return byEnterprise(all, asOf, 'license_decision_date', (records) => {
    const ages = agesOf(records, 'license_decision_date', asOf)
    const end = (record: Row): string => String(record.license_valid_to ?? '2099-12-31')
    const inForce = records.filter(
      (record) =>
        String(record.license_valid_from ?? record.license_decision_date) <= asOf &&
        end(record) >= asOf &&
        record.license_status !== '无效',
    )
    const daysLeft = (record: Row): number => dayOf(end(record)) - dayOf(asOf)
    return {
      licences_in_force: inForce.length,
      licences_expiring_90d: inForce.filter((record) => daysLeft(record) <= 90).length,
      licences_expired_12m: records.filter((record) => daysLeft(record) < 0 && daysLeft(record) >= -365)
        .length,
      licences_granted_12m: below(ages, 12),
      licence_kinds_in_force: new Set(inForce.map((record) => record.license_category)).size,
      months_since_first_licence: Math.max(...ages),
      months_since_last_licence: Math.min(...ages),
    }
  })
}

export function severityOf(penalty: Row): 'minor' | 'ordinary' | 'serious' {
  const categories = String(penalty.penalty_category ?? '').split(';')
  const fine = Number(penalty.fine_amount_wan ?? 0)
  const grave = ['吊销许可证件', '限制从业', '责令关闭', '行政拘留']
  if (categories.some((category) => grave.includes(category)) || fine >= 100) return 'serious'
  const light = categories.every((category) => ['警告', '通报批评', '罚款'].includes(category))
  const more = Number(penalty.confiscated_amount_wan ?? 0) > 0 || penalty.revoked_cert !== null
  return light && fine <= 0.3 && !more ? 'minor' : 'ordinary'
}

/** The first day on which a penalty is no longer published. */
export function termEnd(penalty: Row): string {
  const decided = String(penalty.penalty_decision_date)
  const named = penalty.publication_end_date as string | null
  const severity = severityOf(penalty)
  const later = (months: number): string => {
    const [year, month, day] = decided.split('-').map(Number)
    const index = year * 12 + month - 1 + months
    const last = new Date(Date.UTC(Math.floor(index / 12), (index % 12) + 1, 0)).getUTCDate()
    return new Date(Date.UTC(Math.floor(index / 12), index % 12, Math.min(day, last)))
      .toISOString()
      .slice(0, 10)
  }
  let latest = later(36)
  if (decided >= '2026-04-01') {
    if (severity === 'ordinary') latest = later(12)
    if (severity === 'minor') latest = named === null ? decided : later(3)
  }
  return named !== null && named < latest ? named : latest
}

export function penaltyFeatures(all: readonly Row[], asOf: string): Map<string, Cells> {
  const published = all.filter((penalty) => termEnd(penalty) > asOf)
  return byEnterprise(published, asOf, 'penalty_decision_date', (records) => {
    const ages = agesOf(records, 'penalty_decision_date', asOf)
    const grades = records.map(severityOf)
    const count = (grade: string): number => grades.filter((one) => one === grade).length
    // Millionths of 10,000 yuan are hundredths of a yuan.
    const log = (field: string): number => {
      const amounts = records.map((record) => Math.round(Number(record[field] ?? 0) * 1e6))
      return Math.log(1 + sum(amounts.filter((_, index) => ages[index] < 36)) / 100)
    }
    return {
      penalties_in_term: records.length,
      minor_penalties_in_term: count('minor'),
      ordinary_penalties_in_term: count('ordinary'),
      serious_penalties_in_term: count('serious'),
      penalties_12m: below(ages, 12),
      penalties_24m: below(ages, 24),
      penalties_36m: below(ages, 36),
      log_fine: log('fine_amount_wan'),
      log_confiscated: log('confiscated_amount_wan'),
      severity: count('serious') > 0 ? 'serious' : count('ordinary') > 0 ? 'ordinary' : 'minor',
      certificate_withdrawn: records.some(({ revoked_cert }) => revoked_cert !== null) ? 1 : 0,
      months_since_penalty: Math.min(...ages),
    }
  })
}

export function enforcementFeatures(all: readonly Row[], asOf: string): Map<string, Cells> {
  return byEnterprise(all, asOf, 'enforcement_date', (records) => {
    const ages = agesOf(records, 'enforcement_date', asOf)
    const held = records.filter(({ enforcement_method }) =>
      ['查封', '扣押', '冻结', '划拨', '拍卖'].includes(String(enforcement_method)),
    )
    return {
      enforced: below(ages, 36) > 0 ? 1 : 0,
      enforcements_12m: below(ages, 12),
      enforcements_36m: below(ages, 36),
      property_enforcements_36m: below(agesOf(held, 'enforcement_date', asOf), 36),
      months_since_enforcement: Math.min(...ages),
    }
  })
}

export function realEstateFeatures(all: readonly Row[], asOf: string): Map<string, Cells> {
  return byEnterprise(all, asOf, 'registered_date', (records) => {
    const area = (group: readonly Row[]): number =>
      sum(group.map(({ area_m2 }) => Math.round(Number(area_m2) * 100)))
    const share = (group: readonly Row[]): number => area(group) / area(records)
    return {
      properties: records.length,
      log_area: Math.log(1 + area(records) / 100),
      mortgaged_share: share(records.filter(({ mortgage_state }) => mortgage_state === '已抵押')),
      productive_share: share(
        records.filter(({ property_use }) => property_use === '工业' || property_use === '仓储'),
      ),
      seized: records.some(({ seizure_state }) => seizure_state === '已查封') ? 1 : 0,
      months_since_first_property: Math.max(...agesOf(records, 'registered_date', asOf)),
    }
  })
}

const highest = (order: readonly string[], cells: readonly Cell[]): string | null =>
  order.find((level) => cells.includes(level)) ?? null

export function projectFeatures(all: readonly Row[], asOf: string): Map<string, Cells> {
  return byEnterprise(all, asOf, 'start_date', (records) => {
    const ages = agesOf(records, 'start_date', asOf)
    const state = (...states: Cell[]): Row[] =>
      records.filter(({ project_state }) => states.includes(project_state))
    const funding = records.map(({ funding_wan }) => Math.round(Number(funding_wan ?? 0) * 1e6))
    return {
      projects: records.length,
      projects_active: state(null, '在研').filter(
        ({ end_date }) => end_date === null || String(end_date) >= asOf,
      ).length,
      projects_36m: below(ages, 36),
      projects_accepted: state('已验收').length,
      projects_failed: state('未通过验收', '终止').length,
      log_funding_36m: Math.log(1 + sum(funding.filter((_, index) => ages[index] < 36)) / 1e6),
      highest_level: highest(
        ['国家级', '省级', '市级', '县级'],
        records.map(({ project_level }) => project_level),
      ),
      months_since_project: Math.min(...ages),
    }
  })
}

export function farmFeatures(all: readonly Row[], asOf: string): Map<string, Cells> {
  return byEnterprise(all, asOf, 'recognised_date', (records) => {
    const areas = records.flatMap(({ area_mu }) => (area_mu === null ? [] : [Number(area_mu)]))
    return {
      entity_kind: highest(
        ['农业产业化龙头企业', '农民专业合作社', '家庭农场', '农业社会化服务组织'],
        records.map(({ entity_kind }) => entity_kind),
      ),
      demonstration_level: highest(
        ['国家级', '省级', '市级', '县级', '无'],
        records.map(({ demonstration_level }) => demonstration_level),
      ),
      log_area_mu: areas.length === 0 ? null : Math.log(1 + Math.max(...areas)),
      months_since_recognition: Math.max(...agesOf(records, 'recognised_date', asOf)),
    }
  })
}

export function registrationFeatures(all: readonly Row[], asOf: string): Map<string, Cells> {
  return byEnterprise(all, asOf, 'established_date', ([record]) => {
    const log = (cell: Cell): number | null => (cell === null ? null : Math.log(1 + Number(cell)))
    const { employees, revenue_wan } = record
    return {
      months_since_establishment: wholeMonths(String(record.established_date), asOf),
      industry: String(record.industry_code).slice(0, 1),
      region: String(record.region_code).startsWith('1309') ? String(record.region_code) : '其他',
      log_employees: log(employees),
      log_revenue_wan: log(revenue_wan),
      log_assets_wan: log(record.assets_wan),
      revenue_per_head:
        revenue_wan === null || employees === null || employees === 0
          ? null
          : Number(revenue_wan) / Number(employees),
      registration_status: String(record.registration_status),
    }
  })
}
