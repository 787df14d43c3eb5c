import { describe, expect, test } from 'vitest'
import { classOf, loadCatalogue, syntheticUscc } from '../../../features/index.ts'
import { brokenRules, type SampleRecord } from './rule-evaluator.ts'

const catalogue = await loadCatalogue()
const days = { asOf: '2025-06-30', received: '2025-07-05' }
const uscc = syntheticUscc('130925', 7)
const authority = { authority_name: '某县行政审批局', authority_uscc: '11130925000000000X' }
// The example of GB 11643 itself.
const EXAMPLE_ID = '11010519491231002X'

const good: Record<string, SampleRecord> = {
  admin_license: {
    ...{ enterprise_name: '某管件有限公司', uscc, counterparty_category: '法人及非法人组织', ...authority },
    ...{ legal_rep_name: '张三', legal_rep_id_type: '身份证', legal_rep_id_number: EXAMPLE_ID },
    ...{ license_doc_title: '许可决定书', license_doc_no: '许〔2025〕1号', license_category: '普通' },
    ...{
      license_decision_date: '2025-06-01',
      license_valid_from: '2025-06-01',
      license_valid_to: '2099-12-31',
    },
  },
  admin_penalty: {
    ...{ enterprise_name: '某管件有限公司', uscc, counterparty_category: '法人及非法人组织', ...authority },
    ...{ penalty_doc_title: '处罚决定书', penalty_doc_no: '罚〔2025〕1号', violation_type: '违法排放' },
    ...{ penalty_category: '警告;罚款', fine_amount_wan: 2.5, confiscated_amount_wan: 0 },
    ...{
      penalty_decision_date: '2025-06-01',
      penalty_valid_to: '2026-06-01',
      publication_end_date: '2028-06-01',
    },
  },
  admin_enforcement: { enterprise_name: '某厂', uscc, ...authority, enforcement_date: '2025-06-01' },
  water_usage: {
    ...{
      enterprise_name: '某厂',
      uscc,
      water_account_name: '某厂',
      water_account_no: '1',
      bill_month: '2025-05-01',
    },
    ...{
      usage_m3: 0,
      amount_due_yuan: 100,
      amount_paid_yuan: 104.5,
      due_date: '2025-06-20',
      paid_date: '2025-06-30',
    },
  },
  gas_usage: {
    ...{
      enterprise_name: '某厂',
      uscc,
      gas_account_name: '某厂',
      gas_account_no: '1',
      bill_month: '2025-05-01',
    },
    ...{
      usage_m3: 9,
      amount_due_yuan: 30,
      amount_paid_yuan: 30,
      due_date: '2025-06-20',
      paid_date: '2025-04-28',
    },
  },
  housing_fund: {
    enterprise_name: '某厂',
    uscc,
    deposit_month: '2025-05-01',
    headcount: 6,
    deposit_yuan: 4800,
  },
  tax_payment: {
    ...{ enterprise_name: '某厂', uscc, tax_period: '2025-05-01', tax_type: '增值税', amount_due_yuan: 500 },
    ...{
      amount_paid_yuan: 500,
      filing_due_date: '2025-06-16',
      filed_date: '2025-06-10',
      paid_date: '2025-06-10',
    },
  },
  loan: {
    uscc,
    loan_no: '1',
    booked_date: '2025-07-01',
    maturity_date: '2026-07-01',
    principal_yuan: 300000,
  },
}

test.each(Object.keys(good))('a sound record of %s breaks no rule', (code) => {
  expect(brokenRules(classOf(catalogue, code), good[code], days)).toEqual([])
})

test('a record of which only the key is known breaks no refusing rule', () => {
  for (const klass of catalogue.classes.values()) {
    const broken = brokenRules(klass, { uscc: '12130925000000000X' }, days)
    expect(broken.filter((id) => klass.rules.find((rule) => rule.id === id)?.severity === 'refuse')).toEqual(
      [],
    )
  }
})

type Change = Record<string, string | number | undefined>
/** Rules that the sound record breaks once it is changed; undefined empties a cell. */
function broken(code: string, change: Change): string[] {
  const cells = Object.entries({ ...good[code], ...change }).filter(([, cell]) => cell !== undefined)
  return brokenRules(classOf(catalogue, code), Object.fromEntries(cells) as SampleRecord, days)
}

describe.each<[string, [string, Change][]]>([
  [
    'admin_license',
    [
      ['name-not-only-digits', { enterprise_name: '130925' }],
      ['enterprise-is-organisation', { counterparty_category: '个体工商户' }],
      ['individual-is-individual', { uscc: `92${uscc.slice(2)}` }],
      ['legal-rep-name-without-digits', { legal_rep_name: '张3' }],
      ['resident-id-check', { legal_rep_id_number: '110105194912310021' }],
      ['decision-not-in-future', { license_decision_date: '2025-07-06' }],
      ['valid-from-before-to', { license_valid_to: '2025-05-31' }],
      ['authority-no-enterprise', { authority_uscc: uscc }],
    ],
  ],
  [
    'admin_penalty',
    [
      ['violation-type-given', { violation_type: undefined }],
      ['fine-given', { fine_amount_wan: undefined }],
      ['fine-amount-wan-not-negative', { fine_amount_wan: -1 }],
      ['fine-in-wan-yuan', { fine_amount_wan: 25000 }],
      ['certificate-given', { penalty_category: '吊销许可证件' }],
      ['certificate-given', { penalty_category: '警告;暂扣许可证件' }],
      ['valid-to-after-decision', { penalty_valid_to: '2025-05-31' }],
      ['publication-after-decision', { publication_end_date: '2025-05-31' }],
      ['publication-at-most-three-years', { publication_end_date: '2028-06-02' }],
    ],
  ],
  ['admin_enforcement', [['enforcement-not-in-future', { enforcement_date: '2026-01-01' }]]],
  [
    'water_usage',
    [
      ['account-name-is-enterprise', { water_account_name: '某产业园' }],
      [
        'bill-month-not-in-future',
        {
          bill_month: '2025-08-01',
          due_date: '2025-09-01',
          paid_date: undefined,
          amount_paid_yuan: undefined,
        },
      ],
      ['usage-not-negative', { usage_m3: -0.01 }],
      ['paid-not-above-due', { amount_paid_yuan: 151.01 }],
      ['paid-date-not-in-future', { paid_date: '2025-07-06' }],
      ['paid-after-month-begins', { paid_date: '2025-04-30' }],
      ['due-after-month-begins', { due_date: '2025-04-30' }],
      ['paid-date-given', { paid_date: undefined }],
    ],
  ],
  ['gas_usage', [['paid-not-above-due', { amount_paid_yuan: 46.01 }]]],
  [
    'housing_fund',
    [
      ['deposit-per-head-at-least-100', { deposit_yuan: 599.99 }],
      ['deposit-per-head-at-most-8000', { deposit_yuan: 48000.01 }],
    ],
  ],
  ['tax_payment', [['paid-not-above-due', { amount_paid_yuan: 1001.01 }]]],
  [
    'loan',
    [
      ['maturity-after-booking', { maturity_date: '2025-07-01' }],
      ['principal-positive', { principal_yuan: 0 }],
      ['written-off-after-booking', { written_off_date: '2025-06-30' }],
    ],
  ],
])('%s', (code, cases) => {
  test.each(cases)('breaks %s', (name, change) => {
    expect(broken(code, change)).toEqual([`${code}.${name}`])
  })
})

test('what looks wrong and is not, is kept', () => {
  const kept: [string, Change][] = [
    // A passport has no check character.
    ['admin_license', { legal_rep_id_type: '护照号', legal_rep_id_number: 'E12345678' }],
    ['admin_license', { license_valid_to: undefined }],
    ['admin_penalty', { publication_end_date: '2028-06-01' }],
    ['admin_penalty', { penalty_category: '警告', fine_amount_wan: undefined }],
    // A bill that corrects an earlier one.
    ['water_usage', { amount_due_yuan: -100, amount_paid_yuan: -100 }],
    // A meter that is paid beforehand.
    ['gas_usage', { paid_date: '2025-01-01' }],
    ['housing_fund', { headcount: 0, deposit_yuan: 0 }],
  ]
  for (const [code, change] of kept) {
    expect([code, change, broken(code, change)]).toEqual([code, change, []])
  }
})
