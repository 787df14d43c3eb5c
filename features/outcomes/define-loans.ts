import { firstFault, sourceFault } from '../check-data-section.ts'
import { featuresErrors } from '../errors.ts'
import { defineOutcome, type OutcomeDefinition } from './definition.ts'
import type { LoanClass, LoansSection } from './loans-section.ts'

/**
 * Definition of the section, once its sources are such that loans can be judged by them.
 *
 * @throws YX_FEATURES_OUTCOME_DEFINITION_INVALID
 */
export function defineLoans(section: LoansSection): OutcomeDefinition {
  const { asOf, bookedFrom, bookedTo, frozenOn } = section
  const { performanceMonths, badDaysPastDue, indeterminateFrom, loansPerEnterprise } = section
  const wanted: readonly LoanClass[] = ['loan', 'loan_repayment']
  for (const klass of wanted) {
    if (section.sources.some((source) => source.class === klass)) continue
    throw new featuresErrors.OutcomeDefinitionInvalid(
      'sources',
      `none of the class "${klass}"`,
      'outcomes need loans and their repayments',
    )
  }
  const other = section.sources.findIndex((source) => !(wanted as readonly string[]).includes(source.class))
  if (other >= 0) {
    throw new featuresErrors.OutcomeDefinitionInvalid(
      `sources[${other}].class`,
      'neither "loan" nor "loan_repayment"',
      'outcomes come of these two classes only',
    )
  }
  const fault = firstFault(section.sources, (source, index) => sourceFault(source, `sources[${index}]`))
  if (fault !== null) throw new featuresErrors.OutcomeDefinitionInvalid(fault.where, fault.what, fault.rule)
  return defineOutcome({
    ...{ asOf, bookedFrom, bookedTo, frozenOn },
    ...(performanceMonths !== undefined && { performanceMonths }),
    ...(badDaysPastDue !== undefined && { badDaysPastDue }),
    ...(indeterminateFrom !== undefined && { indeterminateFrom }),
    ...(loansPerEnterprise !== undefined && { loansPerEnterprise }),
  })
}
