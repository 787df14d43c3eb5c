/** Why a loan or a repayment of an accepted record is not used. Counts are kept under these names. */
export interface LoanRule {
  readonly id: string
  readonly reason: { readonly zh: string; readonly en: string }
}

const rule = (id: string, zh: string, en: string): LoanRule => ({ id, reason: { zh, en } })

/** Rules that leave a loan out, in the order in which they are tried: a loan counts under the first that it breaks. */
export const LOAN_RULES = {
  conflicting: rule(
    'loan.number-not-unique',
    '同一借据号对应多条内容不同的记录：请在业务系统中核对借据号',
    'one loan number with records that differ: correct the number at its source',
  ),
  bookedAfterMaturity: rule(
    'loan.booked-after-maturity',
    '放款日期晚于到期日期：请核对两个日期',
    'booked after its maturity: correct one of the two dates',
  ),
  repaymentsRefused: rule(
    'loan.repayments-refused',
    '该笔贷款有还款记录未通过校验：改正被隔离的还款记录后再用',
    'a repayment of it was refused: mend the repayments in quarantine',
  ),
  repaymentsConflicting: rule(
    'loan.instalment-not-unique',
    '同一期次有多条内容不同的还款记录：每期只保留一条',
    'one instalment with records that differ: keep one record an instalment',
  ),
  beforeBooking: rule(
    'loan.date-before-booking',
    '应还、实还或核销日期早于放款日期：请核对日期',
    'an instalment due or paid, or a write-off, before the booking: correct the dates',
  ),
  paymentUnclear: rule(
    'loan.payment-unclear',
    '还款记录只有金额没有日期，或只有日期没有金额：请补全',
    'a payment with an amount but no date, or a date but no amount: complete it',
  ),
  withoutRepayments: rule(
    'loan.without-repayments',
    '没有任何还款记录：请补充还款计划，否则无法判断好坏',
    'no repayment record at all: add its instalments, or its outcome cannot be known',
  ),
} as const

/** Rules on repayments that belong to no loan that is used. */
export const REPAYMENT_WITHOUT_LOAN = rule(
  'loan_repayment.without-loan',
  '还款记录找不到对应的借据：请补充贷款台账或核对借据号',
  'a repayment whose loan number is in no accepted loan: add the loan, or correct the number',
)

/** A refused repayment whose loan number cannot be told: any loan could be the one it belongs to. */
export const REFUSED_WITHOUT_LOAN = rule(
  'loan_repayment.refused-without-loan',
  '被隔离的还款记录无法确认借据号：改正后再用，否则某笔贷款可能缺少一期还款',
  'a refused repayment whose loan number cannot be told: mend it, since some loan may lack an instalment',
)

/** Records that repeat another one in everything an outcome rests on count once; they are no fault, but are counted. */
export const REPEATED = {
  loan: rule('loan.repeated', '重复的贷款记录：只计一次', 'a loan record that repeats another: counted once'),
  repayment: rule(
    'loan_repayment.repeated',
    '重复的还款记录：只计一次',
    'a repayment record that repeats another: counted once',
  ),
} as const
