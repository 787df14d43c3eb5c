import { INDUSTRIES } from '../firms.ts'
import { sigmoid } from '../sigmoid.ts'
import type { Utility } from './bills.ts'
import { isIndividual, type Subjects, tradeOf } from './subjects.ts'

/** Size and strength of a firm on the logit scale of holding an account. */
function standing({ firms }: Subjects, firm: number, size: number): number {
  return size * (firms.logStaff[firm] - 1.6) + 0.35 * firms.health[firm]
}

function youth({ firms }: Subjects, firm: number): number {
  return firms.ageMonths[firm] < 36 ? -0.5 : 0.2
}

/** 30 to 45 % of enterprises have a water account of their own (design/domain.md 6.3); tenants pay through their landlords. */
export const WATER: Utility = {
  kind: 'water',
  letter: 'W',
  price: 5.6,
  usageColumn: 'usage_m3',
  furtherAccounts: 0.34,
  otherName: 0.03,
  drift: -0.02,
  trend: 'waterUsage',
  usual: ({ water, waterSpread }) => [Math.log(water), waterSpread],
  holds: (subjects, firm) =>
    isIndividual(subjects, firm)
      ? 0.1
      : sigmoid(
          -0.65 +
            INDUSTRIES[subjects.firms.industry[firm]].water +
            standing(subjects, firm, 0.5) +
            youth(subjects, firm),
        ),
}

/** 6 to 12 % of enterprises have a gas account; 30 to 70 % of foundries, heat treatment, chemicals and kitchens. */
export const GAS: Utility = {
  kind: 'gas',
  letter: 'G',
  price: 3.75,
  usageColumn: 'usage_m3',
  furtherAccounts: 0.15,
  otherName: 0.05,
  drift: -0.09,
  trend: 'gasUsage',
  usual: ({ gas, gasSpread }) => [Math.log(gas), gasSpread],
  holds: (subjects, firm) =>
    isIndividual(subjects, firm)
      ? 0.02
      : sigmoid(
          -3 +
            INDUSTRIES[subjects.firms.industry[firm]].gas +
            tradeOf(subjects, firm).gasNeed +
            standing(subjects, firm, 0.4),
        ),
}

/** About a third of enterprises have a meter of their own. Its bills are no cause of default: they only say how a firm is. */
export const ELECTRICITY: Utility = {
  kind: 'electricity',
  letter: 'E',
  price: 0.72,
  usageColumn: 'usage_kwh',
  furtherAccounts: 0.1,
  otherName: 0.04,
  drift: -0.03,
  trend: null,
  usual: ({ produces }) => (produces ? [Math.log(9_000), 1] : [Math.log(450), 0.8]),
  holds: (subjects, firm) =>
    isIndividual(subjects, firm)
      ? 0.08
      : sigmoid(-0.9 + (tradeOf(subjects, firm).produces ? 1.2 : 0) + standing(subjects, firm, 0.5)),
}

/** Housing fund: 5 to 9 % of all enterprises, 60 % and more of medium ones. */
export function holdsFund(subjects: Subjects, firm: number): number {
  if (isIndividual(subjects, firm)) return 0
  const { logStaff, health, discipline, ageMonths } = subjects.firms
  const strength = 0.45 * health[firm] + 0.2 * discipline[firm] + (ageMonths[firm] < 36 ? -0.6 : 0.2)
  return sigmoid(-3.65 + 1.3 * (logStaff[firm] - 1.6) + strength)
}

/** Social insurance: about half of all enterprises, hardly an individual business. */
export function holdsInsurance(subjects: Subjects, firm: number): number {
  if (isIndividual(subjects, firm)) return 0.02
  const { logStaff, health, ageMonths } = subjects.firms
  return sigmoid(
    -0.05 + 0.7 * (logStaff[firm] - 1.6) + 0.4 * health[firm] + (ageMonths[firm] < 36 ? -0.4 : 0.2),
  )
}

/** Taxpayers who file returns; most individual businesses pay a fixed sum without one. */
export function holdsTax(subjects: Subjects, firm: number): number {
  if (isIndividual(subjects, firm)) return 0.15
  const { logStaff, health } = subjects.firms
  return sigmoid(0.9 + 0.4 * (logStaff[firm] - 1.6) + 0.4 * health[firm])
}
