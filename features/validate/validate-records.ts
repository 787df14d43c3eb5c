import { isDay } from '../days.ts'
import { featuresErrors } from '../errors.ts'
import { numberFrom, quoteName, quoteText, type Session } from '../source/session.ts'
import { RECORD_RULES } from './generic-rules.ts'
import { findHints } from './hints.ts'
import { type MappedField, mapColumns } from './map-columns.ts'
import { isMarked, isMarkedByAny, type KnownRule, type Mark } from './marks.ts'
import { findNameVariants } from './name-variants.ts'
import { excelDay } from './read-date.ts'
import { genericRule, readRecords, scratch } from './read-records.ts'
import { findRepeats } from './repeats.ts'
import type { BatchReport, BrokenRule, ReportSeverity, ValidationRequest } from './request.ts'
import { earliestInTime } from './working-days.ts'

/** How many places a report names for a rule. */
const PLACES = 5

/**
 * Checks a staged batch of records against its class. Makes three tables: `target`, the accepted records (`source_row` and every
 * field that a source brings, but sensitive ones that nothing may be done with); `target_quarantine`, one row for each refusing
 * rule that a record breaks (`source_row`, `rule`, `field`, `reason_zh`, `reason_en`); `target_duplicates` (`source_row`,
 * `first_row`, `rule`), records left out because an earlier one says the same. Every record is in exactly one of the three.
 *
 * Whatever fails, none of the tables is left.
 *
 * @throws YX_FEATURES_VALIDATION_REQUEST_INVALID; the errors of `mapColumns`; YX_FEATURES_RULE_NOT_COMPILED,
 * _CALENDAR_YEAR_UNKNOWN, _RECORDS_UNACCOUNTED
 */
export async function validateRecords(session: Session, request: ValidationRequest): Promise<BatchReport> {
  checkRequest(request)
  const { fields, ignored } = mapColumns(
    request.batch,
    request.klass,
    request.staged.columns,
    request.columns,
  )
  await checkTarget(session, request)
  const validation = new Validation(session, request, fields)
  try {
    const report = await validation.run()
    return {
      ...report,
      columns: fields.map(({ declared, column }) => ({ field: declared.name, from: column?.name ?? null })),
      ignoredColumns: ignored,
    }
  } catch (cause) {
    for (const table of Object.values(outcomeTables(request.target))) {
      await session.run(`DROP TABLE IF EXISTS ${quoteName(table)}`)
    }
    throw cause
  }
}

/** Names of the tables that a validation leaves. */
export function outcomeTables(target: string): { accepted: string; quarantine: string; duplicates: string } {
  return { accepted: target, quarantine: `${target}_quarantine`, duplicates: `${target}_duplicates` }
}

function checkRequest(request: ValidationRequest): void {
  const { batch, klass, excelDates = [], exceptions = new Set(), regions = new Set() } = request
  const check = (right: boolean, what: string, rule: string): void => {
    if (!right) throw new featuresErrors.ValidationRequestInvalid(batch, what, rule)
  }
  check(isDay(request.asOf), '"asOf"', 'it is a day, written YYYY-MM-DD')
  check(isDay(request.receivedOn), 'the day of receipt', 'it is a day, written YYYY-MM-DD')
  for (const name of excelDates) {
    const type = klass.fields.find((field) => field.name === name)?.type
    const rule = `it names fields of class "${klass.code}" that are dates or months`
    check(type === 'date' || type === 'month', `"excelDates", "${name}"`, rule)
  }
  const codes = [...exceptions].every((code) => /^[0-9A-Z]{18}$/.test(code))
  check(codes, '"exceptions"', 'each is a credit code: 18 digits and capital letters')
  const six = [...regions].every((code) => /^\d{6}$/.test(code))
  check(six, '"regions"', 'each is a region code: six digits')
}

/** A table of that name would be taken for the result, or dropped when this validation fails. */
async function checkTarget(session: Session, { batch, target }: ValidationRequest): Promise<void> {
  const names = Object.values(outcomeTables(target)).map(quoteText).join(', ')
  const taken = `SELECT count(*) FROM duckdb_tables() WHERE table_name IN (${names})`
  if ((await numberFrom(session, taken)) === 0) return
  const rule = 'no table of this name, nor of the two made beside it, is in the session yet'
  throw new featuresErrors.ValidationRequestInvalid(batch, `target "${target}"`, rule)
}

type Counted = Omit<BatchReport, 'columns' | 'ignoredColumns'>

class Validation {
  readonly #session: Session
  readonly #request: ValidationRequest
  readonly #fields: readonly MappedField[]
  readonly #tables: ReturnType<typeof outcomeTables>
  readonly #scratch: { marked: string; clashing: string; odd: string }
  readonly #counts: BrokenRule[] = []

  constructor(session: Session, request: ValidationRequest, fields: readonly MappedField[]) {
    this.#session = session
    this.#request = request
    this.#fields = fields
    this.#tables = outcomeTables(request.target)
    const name = (purpose: string): string => scratch(request.target, purpose)
    this.#scratch = { marked: name('marked'), clashing: name('clashing'), odd: name('odd names') }
  }

  async run(): Promise<Counted> {
    try {
      return await this.#run()
    } finally {
      for (const table of Object.values(this.#scratch))
        await this.#sql(`DROP TABLE IF EXISTS ${quoteName(table)}`)
    }
  }

  async #run(): Promise<Counted> {
    const { batch, klass, staged, target } = this.#request
    const { accepted, quarantine, duplicates } = this.#tables
    const marks = await readRecords(this.#session, this.#request, this.#fields)
    const marked = quoteName(this.#scratch.marked)
    const words = marks.columns.map(quoteName)
    await this.#sql(
      `CREATE TEMP TABLE ${marked} AS SELECT source_row, ${words.join(', ')} FROM ${quoteName(accepted)} WHERE ${isMarkedByAny(marks.all)}`,
    )
    const broken = await this.#broken(marks.all)
    const hints = await findHints(this.#session, staged, this.#fields, broken)
    await this.#findRepeats()
    await this.#quarantine([...broken.keys()].filter(({ severity }) => severity === 'refuse'))
    const keptOut = `source_row IN (SELECT source_row FROM ${quoteName(quarantine)}) OR source_row IN (SELECT source_row FROM ${quoteName(duplicates)})`
    await this.#sql(`DELETE FROM ${quoteName(accepted)} WHERE ${keptOut}`)
    await this.#sql(`DELETE FROM ${marked} WHERE ${keptOut}`)
    const warned = await this.#warnings([...broken.keys()].filter(({ severity }) => severity === 'warn'))
    const late = await this.#late()
    for (const word of words) await this.#sql(`ALTER TABLE ${quoteName(accepted)} DROP COLUMN ${word}`)
    const count = (of: string, table: string): Promise<number> =>
      numberFrom(this.#session, `SELECT count(${of}) FROM ${quoteName(table)}`)
    const counts = {
      accepted: await count('*', target),
      quarantined: await count('DISTINCT source_row', quarantine),
      duplicates: await count('*', duplicates),
    }
    const accounted = counts.accepted + counts.quarantined + counts.duplicates
    if (accounted !== staged.rows) throw new featuresErrors.RecordsUnaccounted(batch, staged.rows, accounted)
    const byRule = [...this.#counts].sort((a, b) => order(a) - order(b) || b.count - a.count)
    return {
      batch,
      class: klass.code,
      classVersion: klass.version,
      receivedOn: this.#request.receivedOn,
      received: staged.rows,
      ...counts,
      late,
      warned,
      byRule,
      hints,
    }
  }

  /** The marks that some record has, with the number of records. */
  async #broken(marks: readonly Mark[]): Promise<Map<Mark, number>> {
    const broken = new Map<Mark, number>()
    if (marks.length === 0) return broken
    const counts = marks.map((mark) => `count(*) FILTER (WHERE ${isMarked(mark)})::DOUBLE`)
    const sql = `SELECT ${counts.join(', ')} FROM ${quoteName(this.#scratch.marked)}`
    for await (const chunk of this.#session.chunks(sql)) {
      for (const [index, mark] of marks.entries()) {
        const count = chunk.getColumnVector(index).getItem(0) as number
        if (count > 0) broken.set(mark, count)
      }
    }
    return broken
  }

  async #findRepeats(): Promise<void> {
    const { target, staged, klass } = this.#request
    const { clashing } = this.#scratch
    const { duplicates } = this.#tables
    if (klass.key.length === 0) {
      await this.#sql(
        `CREATE TABLE ${quoteName(duplicates)} (source_row BIGINT, first_row BIGINT, rule VARCHAR)`,
      )
      await this.#sql(`CREATE TEMP TABLE ${quoteName(clashing)} (source_row BIGINT)`)
      return
    }
    const rule = `${klass.code}.record.repeated`
    const records = { target, relation: staged.relation, key: klass.key, fields: this.#fields }
    await findRepeats(this.#session, records, { repeated: duplicates, clashing }, rule)
    const repeated = { ...RECORD_RULES['record.repeated'], rule, field: klass.key.join(', ') }
    await this.#count({ ...repeated, severity: 'duplicate' }, quoteName(duplicates))
  }

  async #quarantine(marks: readonly Mark[]): Promise<void> {
    const { klass } = this.#request
    const { quarantine, duplicates } = this.#tables
    const { marked, clashing } = this.#scratch
    const clash = {
      ...RECORD_RULES['key.unique'],
      rule: `${klass.code}.key.unique`,
      field: klass.key.join(', '),
    }
    await this.#sql(
      `CREATE TABLE ${quoteName(quarantine)} (source_row BIGINT, rule VARCHAR, field VARCHAR, reason_zh VARCHAR, reason_en VARCHAR)`,
    )
    const once = `source_row NOT IN (SELECT source_row FROM ${quoteName(duplicates)})`
    for (const mark of marks) {
      const from = `${quoteName(marked)} WHERE ${isMarked(mark)} AND ${once}`
      await this.#refuse(mark, from, mark.suffix === 'excel-serial')
    }
    await this.#refuse(clash, quoteName(clashing), false)
  }

  /** Puts the records of a FROM clause into quarantine, with one reason. */
  async #refuse(rule: KnownRule, from: string, excel: boolean): Promise<void> {
    const { staged } = this.#request
    const quarantine = quoteName(this.#tables.quarantine)
    const literals = [rule.rule, rule.field, rule.reason.zh, rule.reason.en].map(quoteText)
    const column = this.#fields.find(({ declared }) => declared.name === rule.field)?.column
    if (excel && column) {
      // Only here, in the house of the data, does a reason say what the cell would mean.
      const day = excelDay(`${quoteName(column.name)}::VARCHAR`)
      const reasons = [literals[2], literals[3]].map(
        (text, index) =>
          `${text} || coalesce(${quoteText(index === 0 ? '；此处为 ' : '; here ')} || (${day})::VARCHAR, '')`,
      )
      await this.#sql(
        `INSERT INTO ${quarantine} SELECT source_row, ${[literals[0], literals[1], ...reasons].join(', ')} FROM ${quoteName(staged.relation)} JOIN (SELECT source_row FROM ${from}) USING (source_row)`,
      )
    } else await this.#sql(`INSERT INTO ${quarantine} SELECT source_row, ${literals.join(', ')} FROM ${from}`)
    await this.#count(rule, from)
  }

  /** Counts warnings of accepted records; the result is the number of records with any. */
  async #warnings(marks: readonly Mark[]): Promise<number> {
    const { klass, target } = this.#request
    const odd = quoteName(this.#scratch.odd)
    const marked = quoteName(this.#scratch.marked)
    for (const mark of marks) await this.#count(mark, `${marked} WHERE ${isMarked(mark)}`)
    const named = ['uscc', 'enterprise_name'].every((name) =>
      this.#fields.some(({ declared, column }) => declared.name === name && column !== null),
    )
    const warned = `SELECT source_row FROM ${marked} WHERE ${isMarkedByAny(marks)}`
    if (!named) return numberFrom(this.#session, `SELECT count(*) FROM (${warned})`)
    await findNameVariants(this.#session, target, this.#scratch.odd)
    await this.#count(genericRule(klass, 'enterprise_name', 'name-variant'), `${odd} WHERE variant`)
    await this.#count(genericRule(klass, 'uscc', 'code-variant'), `${odd} WHERE shared`)
    return numberFrom(this.#session, `SELECT count(*) FROM (${warned} UNION SELECT source_row FROM ${odd})`)
  }

  async #late(): Promise<number> {
    const { klass, receivedOn, target } = this.#request
    const { lateAfter } = klass
    if (lateAfter === undefined) return 0
    const earliest = earliestInTime(receivedOn, lateAfter.workingDays)
    const from = `${quoteName(target)} WHERE ${quoteName(lateAfter.field)} < DATE ${quoteText(earliest)}`
    return this.#count(genericRule(klass, lateAfter.field, 'late'), from)
  }

  /** Counts the records of a FROM clause under a rule, if there are any. */
  async #count(
    rule: Omit<KnownRule, 'severity'> & { readonly severity: ReportSeverity },
    from: string,
  ): Promise<number> {
    const sql = `SELECT count(*)::DOUBLE, min(source_row, ${PLACES})::VARCHAR FROM ${from}`
    let count = 0
    for await (const chunk of this.#session.chunks(sql)) {
      count = chunk.getColumnVector(0).getItem(0) as number
      const rows = chunk.getColumnVector(1).getItem(0) as string | null
      if (rows === null) continue
      const firstPlaces = (JSON.parse(rows) as number[]).map((row) => this.#request.staged.place(row))
      const { rule: id, field, severity, reason, mend } = rule
      this.#counts.push({ rule: id, field, severity, count, reason, mend, firstPlaces })
    }
    return count
  }

  #sql(sql: string): Promise<void> {
    return this.#session.run(sql)
  }
}

function order({ severity }: BrokenRule): number {
  return ['refuse', 'duplicate', 'warn'].indexOf(severity)
}
