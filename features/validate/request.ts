import type { CatalogueClass } from '../catalogue/class-types.ts'
import type { StagedTable } from '../source/source-types.ts'
import type { IndustryEdition } from './industry.ts'

/** One batch of records of one class, as it came. */
export interface ValidationRequest {
  readonly klass: CatalogueClass
  readonly staged: StagedTable
  /** Canonical name of a field -> name of its column in the source, where they differ. */
  readonly columns?: Readonly<Record<string, string>>
  /** Table to make of the accepted records; `target_quarantine` and `target_duplicates` are made beside it. */
  readonly target: string
  /** Day of the features, `YYYY-MM-DD`. */
  readonly asOf: string
  /** Day on which the batch came, `YYYY-MM-DD`. */
  readonly receivedOn: string
  /** Reviewed credit codes that break a check character and are taken all the same. */
  readonly exceptions?: ReadonlySet<string>
  /** Name of the batch, for the report. */
  readonly batch: string
  /** Fields of dates and months whose cells are Excel serial numbers and meant as such. */
  readonly excelDates?: readonly string[]
  /** Region codes that are taken beside those of the product. */
  readonly regions?: ReadonlySet<string>
  /** Edition of industry codes beside which none stands, default 2017. */
  readonly industryEdition?: IndustryEdition
}

/** A text in both languages of the people who mend records. */
export interface BothLanguages {
  readonly zh: string
  readonly en: string
}

/** What a broken rule does to a record: keep it out, be counted, or leave it out because the same record stands there already. */
export type ReportSeverity = 'refuse' | 'warn' | 'duplicate'

/** A rule that at least one record of a batch breaks. */
export interface BrokenRule {
  readonly rule: string
  readonly field: string
  readonly severity: ReportSeverity
  /** Records that break it; of warnings and lateness, accepted ones. */
  readonly count: number
  readonly reason: BothLanguages
  readonly mend: BothLanguages
  /** Where the first of them stand, at most five. */
  readonly firstPlaces: readonly string[]
}

/**
 * What became of a batch; `received` = `accepted` + `quarantined` + `duplicates`. No text in it repeats a cell.
 */
export interface BatchReport {
  readonly batch: string
  readonly class: string
  readonly classVersion: number
  /** Day on which the batch came, `YYYY-MM-DD`. */
  readonly receivedOn: string
  readonly received: number
  readonly accepted: number
  /** Records that break at least one refusing rule. */
  readonly quarantined: number
  /** Records that repeat an earlier one of the batch in every cell, left out. */
  readonly duplicates: number
  /** Accepted records that came after their time. */
  readonly late: number
  /** Accepted records that break at least one warning rule. */
  readonly warned: number
  readonly byRule: readonly BrokenRule[]
  /** Columns none of whose cells keep a rule: a fault of the export rather than of records. */
  readonly hints: readonly { readonly field: string; readonly rule: string; readonly text: BothLanguages }[]
  /** Which column of the source each field was read from; null where the source has none. */
  readonly columns: readonly { readonly field: string; readonly from: string | null }[]
  readonly ignoredColumns: readonly string[]
}
