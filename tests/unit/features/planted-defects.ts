import { syntheticUscc } from '../../../features/index.ts'

export type Cells = Record<string, string>

/** What a planted defect must come to. */
export interface Defect {
  readonly name: string
  /** The rule that must be reported. */
  readonly rule: string
  /** `again` and `clash` make the record one that repeats the record before it, or shares its key alone. */
  readonly outcome: 'refuse' | 'warn' | 'again' | 'clash'
  readonly plant: (cells: Cells) => Cells
}

export interface ClassPlan {
  readonly code: string
  readonly share: number
  /** A record without a fault. */
  readonly sound: (index: number) => Cells
  readonly defects: readonly Defect[]
}

const defect = (
  name: string,
  rule: string,
  plant: Defect['plant'],
  outcome: Defect['outcome'] = 'refuse',
): Defect => ({ name, rule, outcome, plant })
const cell =
  (field: string, value: string): Defect['plant'] =>
  (cells) => ({ ...cells, [field]: value })
const change =
  (field: string, of: (value: string) => string): Defect['plant'] =>
  (cells) => ({ ...cells, [field]: of(cells[field]) })

const MONTHS = 27
const month = (index: number): string => {
  const months = 2024 * 12 + 3 + index
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}`
}
const firm = (index: number): Cells => ({
  enterprise_name: `示例${index}（沧州）有限公司`,
  uscc: syntheticUscc('130925', index),
})
/** The last symbol of a code, changed to another one. */
const wrongCheck = (code: string): string => code.slice(0, 17) + (code[17] === '0' ? '1' : '0')

const water: ClassPlan = {
  code: 'water_usage',
  share: 0.55,
  sound(index) {
    const of = firm(Math.floor(index / MONTHS))
    const when = month(index % MONTHS)
    return {
      ...of,
      water_account_name: of.enterprise_name,
      water_account_no: `SY${String(Math.floor(index / MONTHS)).padStart(10, '0')}`,
      bill_month: [when, when.replace('-', ''), when.replace('-', '/')][index % 3],
      usage_m3: `${index % 900}.${index % 10}`,
      amount_due_yuan: ['1,204.50', '￥1204.5', '1204.50元', '1204.5'][index % 4],
      amount_paid_yuan: index % 10 === 0 ? '' : '1204.50',
      due_date: `${when}-28`,
      paid_date:
        index % 10 === 0
          ? ''
          : [`${when}-20`, `${when.replace('-', '/')}/20`, `${when.replace('-', '')}20`][index % 3],
    }
  },
  defects: [
    defect('check character of the code', 'uscc.uscc-check', change('uscc', wrongCheck)),
    defect(
      'code too short',
      'uscc.uscc-length',
      change('uscc', (code) => code.slice(0, 17)),
    ),
    defect(
      'letter O in the code',
      'uscc.uscc-symbols',
      change('uscc', (code) => `${code.slice(0, 17)}O`),
    ),
    defect('serial number for a month', 'bill_month.excel-serial', cell('bill_month', '45747')),
    defect('day inside a month', 'bill_month.month-day', cell('bill_month', '2025-03-15')),
    defect('30 February', 'due_date.date-impossible', cell('due_date', '2026-02-30')),
    defect('American date', 'paid_date.date-form', cell('paid_date', '06/30/2026')),
    defect('year 1800', 'due_date.date-range', cell('due_date', '1800-01-01')),
    defect('paid in the future', 'paid-date-not-in-future', cell('paid_date', '2026-12-24')),
    defect('third decimal', 'usage_m3.decimals', cell('usage_m3', '12.345')),
    defect('usage below zero', 'usage-not-negative', cell('usage_m3', '-4')),
    defect('amount in 10,000 yuan', 'amount_due_yuan.unit', cell('amount_due_yuan', '0.1万元')),
    defect('decimal comma', 'amount_due_yuan.number-form', cell('amount_due_yuan', '1204,5')),
    defect('error of a spreadsheet', 'amount_due_yuan.placeholder', cell('amount_due_yuan', '#REF!')),
    defect('amount too large', 'amount_paid_yuan.digits', cell('amount_paid_yuan', '1204500000000.00')),
    defect('paid far above due', 'paid-not-above-due', cell('amount_paid_yuan', '9000')),
    defect('no name', 'enterprise_name.required', cell('enterprise_name', ' ')),
    defect(
      'name damaged by a conversion',
      'water_account_name.damaged',
      cell('water_account_name', '示例\ufffd\ufffd公司'),
    ),
    defect(
      'account number shortened',
      'water_account_no.spreadsheet-number',
      cell('water_account_no', '1.23457E+11'),
    ),
    defect('the same record again', 'record.repeated', (cells) => cells, 'again'),
    defect(
      'the same key with another content',
      'key.unique',
      change('usage_m3', () => '77.7'),
      'clash',
    ),
    defect(
      'account of somebody else',
      'account-name-is-enterprise',
      cell('water_account_name', '示例房东'),
      'warn',
    ),
    defect(
      'another name of the code',
      'enterprise_name.name-variant',
      (cells) => ({
        ...cells,
        enterprise_name: `旧${cells.enterprise_name}`,
        water_account_name: `旧${cells.enterprise_name}`,
      }),
      'warn',
    ),
    defect(
      'amount in scientific notation',
      'amount_due_yuan.scientific',
      cell('amount_due_yuan', '1.2E+03'),
      'warn',
    ),
  ],
}

const penalty: ClassPlan = {
  code: 'admin_penalty',
  share: 0.25,
  sound: (index) => ({
    ...firm(index),
    counterparty_category: index % 2 === 0 ? '法人及非法人组织' : '法人',
    legal_rep_name: '张三',
    legal_rep_id_type: '身份证',
    legal_rep_id_number: '11010519491231002X',
    penalty_doc_title: '行政处罚决定书',
    penalty_doc_no: `示例罚决〔2026〕${index}号`,
    violation_type: '未按规定公示',
    violation_facts: '未按规定公示年度报告',
    penalty_basis: '《示例条例》第十条',
    penalty_content: '罚款',
    fine_amount_wan: '0.5',
    confiscated_amount_wan: '',
    penalty_decision_date: '2026-11-20',
    publication_end_date: '2027-11-20',
    authority_name: '示例市市场监督管理局',
    data_provider: '示例市市场监督管理局',
    penalty_category: ['罚款', '警告;罚款', '罚款、警告'][index % 3],
  }),
  defects: [
    defect(
      'check character of the identity number',
      'resident-id-check',
      cell('legal_rep_id_number', '110105194912310021'),
    ),
    defect(
      'identity number in the facts',
      'violation_facts.resident-number-inside',
      cell('violation_facts', '当事人（11010519491231002X）未公示'),
    ),
    defect('fine without an amount', 'fine-given', cell('fine_amount_wan', '')),
    defect('fine in yuan', 'fine_amount_wan.unit', cell('fine_amount_wan', '5000元')),
    defect('unknown category', 'penalty_category.enum', cell('penalty_category', '罚款;示众')),
    defect(
      'an enterprise as an individual',
      'enterprise-is-organisation',
      cell('counterparty_category', '个体工商户'),
    ),
    defect('title too long', 'penalty_doc_title.length', cell('penalty_doc_title', '长'.repeat(201))),
    defect(
      'published too long',
      'publication-at-most-three-years',
      cell('publication_end_date', '2029-12-31'),
    ),
    defect('fine of more than 100 million', 'fine-in-wan-yuan', cell('fine_amount_wan', '20000'), 'warn'),
    defect('late', 'penalty_decision_date.late', cell('penalty_decision_date', '2026-11-02'), 'warn'),
  ],
}

const licence: ClassPlan = {
  code: 'admin_license',
  share: 0.1,
  sound: (index) => ({
    ...firm(index),
    counterparty_category: '法人及非法人组织',
    license_doc_title: '准予许可决定书',
    license_doc_no: `示例许〔2026〕${index}号`,
    license_category: ['普通', '其他-备案'][index % 2],
    license_decision_date: '2026-11-23',
    license_valid_from: '2026-11-23',
    license_valid_to: '2099-12-31',
    license_status: '有效',
    authority_name: '示例市行政审批局',
  }),
  defects: [
    defect('其他 without a text', 'license_category.other-text', cell('license_category', '其他')),
    defect('valid to before valid from', 'valid-from-before-to', cell('license_valid_to', '2026-01-01')),
  ],
}

const registration: ClassPlan = {
  code: 'registration',
  share: 0.1,
  sound: (index) => ({
    ...firm(index),
    region_code: ['130925', '130971', '110105'][index % 3],
    industry_code: ['C3391', '3391', 'F51'][index % 3],
    industry_edition: '2017',
    established_date: '2015年6月1日',
    employees: '25人',
    revenue_wan: '299',
    assets_wan: '1,000',
    registration_status: '存续',
  }),
  defects: [
    defect('unknown region of Cangzhou', 'region_code.region-unknown', cell('region_code', '130904')),
  ],
}

export const PLANS: readonly ClassPlan[] = [water, penalty, licence, registration]

/** Records of a class with every defect planted `times` times, and what must come of them (rows are counted from 1). */
export function plant(plan: ClassPlan, records: number, times: number) {
  const rows = Array.from({ length: records }, (_, index) => plan.sound(index))
  const quarantine = new Map<number, string>()
  const duplicates = new Map<number, number>()
  const warnings = new Map<string, number[]>()
  const rule = ({ rule: id }: Defect): string => `${plan.code}.${id}`
  const stride = Math.floor(records / (plan.defects.length * times))
  for (let turn = 0; turn < times; turn++) {
    for (const [kind, one] of plan.defects.entries()) {
      const index = (turn * plan.defects.length + kind) * stride + 1
      const row = index + 1
      rows[index] = one.plant(
        one.outcome === 'again' || one.outcome === 'clash' ? rows[index - 1] : rows[index],
      )
      if (one.outcome === 'refuse' || one.outcome === 'clash') quarantine.set(row, rule(one))
      if (one.outcome === 'clash') quarantine.set(row - 1, rule(one))
      if (one.outcome === 'again') duplicates.set(row, row - 1)
      if (one.outcome === 'warn') warnings.set(rule(one), [...(warnings.get(rule(one)) ?? []), row])
    }
  }
  return { rows, quarantine, duplicates, warnings }
}
