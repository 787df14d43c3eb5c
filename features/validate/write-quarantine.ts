import { chmod } from 'node:fs/promises'
import { featuresErrors } from '../errors.ts'
import { quoteName, quoteText, type Session } from '../source/session.ts'
import { RECORD_RULES } from './generic-rules.ts'
import { outcomeTables } from './validate-records.ts'

/** Without it spreadsheets take the file for one in another encoding. */
const BYTE_ORDER_MARK = '\ufeff'

/**
 * Writes every record of a validated batch that was not accepted into a CSV file (UTF-8 with a byte order mark, so that spreadsheets
 * show Chinese), in the order of the source: `row`, `rule`, `field`, `reason_zh`, `reason_en`, a line for each broken rule.
 *
 * The file belongs beside the data and is readable by its owner only: a reason may say what a cell would mean.
 *
 * @param target the table of accepted records that `validateRecords` was given
 * @param file path of the file to write
 * @param shown name of the file for messages
 * @throws YX_FEATURES_QUARANTINE_UNWRITTEN
 */
export async function writeQuarantine(
  session: Session,
  target: string,
  file: string,
  shown: string = 'the list of quarantined records',
): Promise<void> {
  const { quarantine, duplicates } = outcomeTables(target)
  const { zh, en } = RECORD_RULES['record.repeated'].reason
  const repeated = `SELECT source_row, rule, '', ${quoteText(`${zh}（第 `)} || first_row || ' 条）', ${quoteText(`${en} (record `)} || first_row || ')' FROM ${quoteName(duplicates)}`
  const rows = `SELECT source_row AS "${BYTE_ORDER_MARK}row", rule, field, reason_zh, reason_en FROM ${quoteName(quarantine)} UNION ALL ${repeated} ORDER BY 1, 2`
  try {
    await session.run(`COPY (${rows}) TO ${quoteText(file)} (FORMAT csv, HEADER)`)
    await chmod(file, 0o600)
  } catch (cause) {
    throw new featuresErrors.QuarantineUnwritten(shown, String((cause as Error).message).split(':', 1)[0])
  }
}
