/**
 * Which built-in features the departments of a made-up city bring: a few of each, as a consortium would agree on. All of them
 * would be 120 columns for a few hundred defaults, more than can be learnt from and more than the privacy account bears.
 */
const BILLS = [
  'usage_change_seasonal_3m',
  'usage_trend_12m',
  'usage_variation_12m',
  'zero_months_12m',
  'late_payments_12m',
  'mean_days_late',
  'arrears_days',
] as const

const CHOSEN: Readonly<Record<string, readonly string[]>> = {
  // Employees, revenue and assets of the register are not public, and this provider's data count as public.
  registration: ['months_since_establishment', 'industry', 'region'],
  admin_license: ['licences_in_force'],
  admin_penalty: ['severity', 'penalties_36m'],
  admin_enforcement: ['enforcements_36m'],
  water_usage: BILLS,
  gas_usage: BILLS,
  electricity_usage: BILLS,
  housing_fund: [
    'log_headcount',
    'headcount_change_12m',
    'deposit_per_head',
    'gap_months_12m',
    'days_since_payment',
    'account_state',
  ],
  social_insurance: [
    'log_headcount',
    'headcount_change_12m',
    'new_hires_12m',
    'gap_months_12m',
    'arrears_months',
    'insured_kinds',
  ],
  tax_payment: [
    'log_tax_12m',
    'tax_growth',
    'credit_level',
    'late_filings_12m',
    'zero_months_12m',
    'tax_arrears',
  ],
}

/** The `features` of a data section with these sources. */
export function chosenFeatures(
  sources: readonly { readonly class: string }[],
): { readonly builtin: string; readonly only: readonly string[] }[] {
  return [...new Set(sources.map((source) => source.class))]
    .filter((code) => CHOSEN[code] !== undefined)
    .map((code) => ({ builtin: code, only: CHOSEN[code] }))
}
