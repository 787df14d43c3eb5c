/**
 * The `loans` section of a label holder's configuration: what good and bad mean, and where the loans stand. Paths are relative to
 * the folder of the configuration.
 */
import Type, { type Static, type TSchema } from 'typebox'
import { sourceSection } from '../data-section.ts'

const Path = Type.String({ minLength: 1 })
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

export const loansSection = object({
  asOf: Day,
  bookedFrom: Day,
  bookedTo: Day,
  frozenOn: Day,
  performanceMonths: Type.Optional(Type.Integer()),
  badDaysPastDue: Type.Optional(Type.Integer()),
  indeterminateFrom: Type.Optional(Type.Integer()),
  loansPerEnterprise: Type.Optional(Type.Union([Type.Literal('worst'), Type.Literal('first')])),
  /** Of the classes `loan` and `loan_repayment`, at least one each. */
  sources: Type.Array(sourceSection, { minItems: 2 }),
  /** Folder of the frozen label files. */
  snapshots: Path,
  /** Folder for lists of records in quarantine. */
  quarantine: Type.Optional(Path),
  memoryMb: Type.Optional(Type.Integer({ minimum: 256 })),
  threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
})

export type LoansSection = Static<typeof loansSection>

/** Classes of records that outcomes come of. */
export type LoanClass = 'loan' | 'loan_repayment'
