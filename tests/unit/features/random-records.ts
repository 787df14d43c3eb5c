import { type Cell, dayAfter, randomFrom } from './extract-fixtures.ts'

export type Records = Record<string, Cell>[]

const monthAt = (first: number, index: number): string =>
  `${first + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-01`

/**
 * Small random records of a class, with gaps and everything that is optional left out now and then, around the middle of 2025
 * (penalties until 2026).
 */
export function randomRecords(code: string, seed: number, enterprises: number): Records {
  const below = randomFrom(seed)
  const pick = <T>(...cells: T[]): T => cells[below(cells.length)]
  const maybe = <T>(cell: T, oneIn = 4): T | null => (below(oneIn) === 0 ? null : cell)
  const day = (from: string, days: number): string => dayAfter(from, below(days))
  const money = (most: number): number => below(most * 100) / 100
  const records: Records = []
  const add = (enterprise: number, record: Record<string, Cell>): void => {
    const uscc = `E${String(enterprise).padStart(4, '0')}`
    records.push({ uscc, enterprise_name: `企业${enterprise}`, ...record })
  }
  const monthly = (enterprise: number, record: (month: string) => void): void => {
    const gaps = below(3) === 0 ? 4 : 50
    for (let index = below(24); index < 32; index++) {
      if (below(gaps) !== 0) record(monthAt(2023, index))
    }
    if (enterprise === 0) record('2022-01-01')
  }
  const few = (record: (index: number) => void): void => {
    for (let index = 0; index <= below(5); index++) record(index)
  }
  const makers: Record<string, (enterprise: number) => void> = {
    housing_fund: (enterprise) => {
      const heads = 1 + below(30)
      monthly(enterprise, (month) =>
        add(enterprise, {
          deposit_month: month,
          headcount: below(9) === 0 ? 0 : heads + below(4),
          deposit_yuan: below(9) === 0 ? 0 : money(20_000),
          paid_date: maybe(day(month, 75), 9),
          deposit_state: pick(null, '正常', '正常', '正常', '缓缴', '封存'),
        }),
      )
    },
    social_insurance: (enterprise) => {
      const heads = 1 + below(30)
      monthly(enterprise, (month) => {
        const due = below(9) === 0 ? 0 : money(20_000)
        const paidDate = maybe(day(month, 75), 9)
        add(enterprise, {
          contribution_month: month,
          insured_headcount: below(9) === 0 ? 0 : heads + below(4),
          amount_due_yuan: due,
          paid_date: paidDate,
          amount_paid_yuan: paidDate === null ? null : pick(due, due, due, null, due / 2),
          insured_kinds: pick(null, '五险', '三险', '仅工伤保险'),
        })
      })
    },
    tax_payment: (enterprise) => {
      const quarterly = below(4) === 0
      monthly(enterprise, (month) => {
        if (quarterly && Number(month.slice(5, 7)) % 3 !== 0) return
        for (let type = 0; type <= below(3); type++) {
          const due = below(6) === 0 ? 0 : below(30) === 0 ? -money(500) : money(9_000)
          const filingDue = dayAfter(month, 40 + below(6))
          const paidDate = maybe(dayAfter(filingDue, below(5) === 0 ? below(60) : -below(12)), 7)
          add(enterprise, {
            tax_period: month,
            tax_type: ['增值税', '企业所得税', '印花税'][type],
            amount_due_yuan: due,
            amount_paid_yuan: paidDate === null ? null : pick(due, due, due, null, Math.round(due) / 2),
            filing_due_date: filingDue,
            filed_date: maybe(dayAfter(filingDue, below(5) === 0 ? below(40) : -below(14)), 12),
            paid_date: paidDate,
            credit_level: pick(null, null, 'A', 'B', 'M', 'C', 'D'),
          })
        }
      })
    },
    admin_license: (enterprise) =>
      few((index) => {
        const decided = day('2021-01-01', 1900)
        add(enterprise, {
          license_doc_no: `${enterprise}-${index}`,
          license_category: pick('普通', '特许', '认可', '核准', '登记', '其他-备案'),
          license_decision_date: decided,
          license_valid_from: maybe(day(decided, 40)),
          license_valid_to: maybe(day(dayAfter(decided, 200), 1800)),
          license_status: pick(null, '有效', '有效', '无效'),
        })
      }),
    admin_penalty: (enterprise) =>
      few((index) => {
        const decided = day('2022-09-01', 1500)
        add(enterprise, {
          penalty_doc_no: `${enterprise}-${index}`,
          penalty_decision_date: decided,
          publication_end_date: maybe(day(decided, 1090), 2),
          penalty_category: pick(
            ...[
              null,
              '警告',
              '警告;罚款',
              '罚款',
              '罚款;吊销许可证件',
              '通报批评',
              '没收违法所得',
              '责令关闭',
              '其他-责令改正',
            ],
          ),
          fine_amount_wan: maybe(pick(0, 0.2, 0.3, 0.31, 5.5, 99.99, 100, 230.123456)),
          confiscated_amount_wan: maybe(pick(0, 0, 0, 1.25)),
          revoked_cert: pick(null, null, null, '许可证'),
        })
      }),
    admin_enforcement: (enterprise) =>
      few((index) =>
        add(enterprise, {
          enforcement_doc_no: `${enterprise}-${index}`,
          enforcement_date: day('2021-06-01', 1600),
          enforcement_method: pick(null, '查封', '扣押', '冻结', '加处罚款', '划拨', '拍卖', '代履行'),
        }),
      ),
    real_estate: (enterprise) =>
      few((index) =>
        add(enterprise, {
          certificate_no: `${enterprise}-${index}`,
          registered_date: day('2012-01-01', 5000),
          area_m2: 1 + money(4_000),
          property_use: pick(null, '工业', '商业', '办公', '住宅', '仓储'),
          mortgage_state: pick('未抵押', '已抵押'),
          seizure_state: pick('未查封', '未查封', '未查封', '已查封'),
        }),
      ),
    rd_project: (enterprise) =>
      few((index) => {
        const start = day('2019-01-01', 2500)
        add(enterprise, {
          project_no: `${enterprise}-${index}`,
          project_level: pick('国家级', '省级', '市级', '县级'),
          start_date: start,
          end_date: maybe(day(dayAfter(start, 100), 1500)),
          funding_wan: maybe(money(300)),
          project_state: pick(null, '在研', '已验收', '未通过验收', '终止'),
        })
      }),
    farm_entity: (enterprise) =>
      few((index) =>
        add(enterprise, {
          entity_kind: ['家庭农场', '农民专业合作社', '农业产业化龙头企业', '农业社会化服务组织'][
            (index + enterprise) % 4
          ],
          demonstration_level: pick(null, '国家级', '省级', '市级', '县级', '无'),
          recognised_date: day('2016-01-01', 3500),
          area_mu: maybe(money(900)),
        }),
      ),
    registration: (enterprise) =>
      add(enterprise, {
        region_code: pick('130925', '130902', '110101', '130984'),
        industry_code: pick('C3391', 'F52', 'A', 'T97'),
        established_date: day('2001-02-03', 9000),
        employees: maybe(below(300)),
        revenue_wan: maybe(money(9_000)),
        assets_wan: maybe(money(9_000)),
        registration_status: pick('存续', '停业', '清算', '迁出', '吊销', '撤销', '注销'),
      }),
  }
  for (let enterprise = 0; enterprise < enterprises; enterprise++) makers[code](enterprise)
  return records
}
