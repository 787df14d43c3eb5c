/**
 * What the catalogue says of a class of records: its fields, who answers for them, what may be done with each, and the rules
 * that a record must keep. A class is data, one JSON file; nothing in it is code.
 */

/** G1 public, G2 authorised by the enterprise, G3 sensitive personal (masked; enterprise and person must both agree). */
export type Grade = 'G1' | 'G2' | 'G3'

/** What a model may do with a field: join on it, make features of it, show it in a report, nothing. */
export type ModelUse = 'key' | 'feature' | 'description' | 'never'

/**
 * Type of a field, and its type in the table of accepted records: `uscc`, `name`, `text`, `enum`, `resident_id`, `region`,
 * `industry` VARCHAR; `set` VARCHAR, parts joined by `;`; `date` and `month` (its first day) DATE; `decimal` DECIMAL(precision, scale);
 * `integer` BIGINT; `boolean` BOOLEAN.
 */
export type FieldType =
  | 'uscc'
  | 'name'
  | 'text'
  | 'enum'
  | 'set'
  | 'resident_id'
  | 'region'
  | 'industry'
  | 'date'
  | 'month'
  | 'decimal'
  | 'integer'
  | 'boolean'

/** A refusing rule sends the record into quarantine, a warning one only into the report. */
export type Severity = 'refuse' | 'warn'

/**
 * A field's name, a number field times a constant, a constant (a day is written `YYYY-MM-DD`), or a date the run knows: `as_of`,
 * the day of the features, `received`, the day of the batch.
 */
export type Operand =
  | { readonly field: string }
  | { readonly times: number; readonly of: string }
  | { readonly value: number | string | boolean }
  | { readonly day: 'as_of' | 'received' }

/** Conditions of the rule language: each is true, false or unknown of one record, and compiled to one SQL expression. */
export type Condition =
  | { readonly op: 'present' | 'absent'; readonly field: string }
  | {
      readonly op: '==' | '!=' | '<' | '<=' | '>' | '>='
      readonly left: Operand
      readonly right: Operand
      /** Widens what the comparison takes: by days for dates; for numbers by a share of the right side's size and an amount. */
      readonly tolerance?: { readonly days?: number; readonly share?: number; readonly absolute?: number }
    }
  | { readonly op: 'in'; readonly field: string; readonly values: readonly string[] }
  | { readonly op: 'contains'; readonly field: string; readonly text: string }
  /** RE2 syntax, matched against the whole text; `.` is any character. */
  | { readonly op: 'matches'; readonly field: string; readonly pattern: string }
  /** A resident identity number whose check character is right (GB 11643). */
  | { readonly op: 'resident_id'; readonly field: string }
  | { readonly op: 'and' | 'or'; readonly all: readonly Condition[] }
  | { readonly op: 'not'; readonly condition: Condition }

/**
 * A rule over one record: where `when` is true (always, without it), `check` must not be false. Of an absent cell every condition
 * but `present` and `absent` is neither true nor false, in the way of SQL.
 */
export interface Rule {
  /** Unique in the class, such as `water_usage.paid-not-above-due`. */
  readonly id: string
  readonly severity: Severity
  /** The field that the report points at. */
  readonly field: string
  readonly when?: Condition
  readonly check: Condition
  /** Why the record is refused, in words for a data officer; names the rule, never a value. */
  readonly reason: { readonly zh: string; readonly en: string }
}

export interface CatalogueField {
  /** Canonical name, lower case with underscores. */
  readonly name: string
  readonly title: { readonly zh: string; readonly en: string }
  readonly type: FieldType
  readonly precision?: number
  readonly scale?: number
  /** Longest text, in characters. */
  readonly maxLength?: number
  /** `yuan`, `wan_yuan`, `m3`, `kWh`, `persons`, `months`, ...: letters, digits, `_`, `/` and `%`. */
  readonly unit?: string
  /** Accepted texts of an `enum` or parts of a `set`, each with what other generations write for it. */
  readonly values?: readonly { readonly value: string; readonly also?: readonly string[] }[]
  /** True: an `enum` or a part of a `set` may also be `其他-` followed by text. */
  readonly otherText?: boolean
  readonly required: boolean
  readonly grade: Grade
  readonly modelUse: ModelUse
  /** Column names of national forms, newest generation first: a source may use any of them, or the canonical name, or the title. */
  readonly codes?: readonly string[]
  /** The annex's own name of the field; several fields may share one. Absent: not in the annex. */
  readonly annex?: string
  /** True: computed by the extractor from detail rows; a source need not have it. */
  readonly derived?: boolean
}

/** One class of records, such as water bills: one row a record. */
export interface CatalogueClass {
  readonly code: string
  readonly version: number
  readonly title: { readonly zh: string; readonly en: string }
  /** Group heading and row of the annex, or null for classes named in the policy's body only. */
  readonly annexRow: number | null
  /** `collected`: stored at the platform; `authorised`: stays at the provider, used by joint modelling or authorised calls; `own`: a party's own records, such as a bank's loans. */
  readonly sharing: 'collected' | 'authorised' | 'own'
  /** True where every field but those of grade G3 is public by law. */
  readonly public: boolean
  readonly responsibleUnit: { readonly zh: string; readonly en: string }
  /** `shared`, or the month by which it is due, `YYYY-MM`; null where the annex names none. */
  readonly due: string | null
  /** How often a provider refreshes it. */
  readonly updateCycle: 'daily' | 'monthly' | 'quarterly' | 'yearly'
  readonly fields: readonly CatalogueField[]
  /** Fields that together identify a record; a second record with the same ones is a duplicate. */
  readonly key: readonly string[]
  /** A record is late when it arrives more working days after this date. */
  readonly lateAfter?: { readonly field: string; readonly workingDays: number }
  readonly rules: readonly Rule[]
}
