import { numberFrom, quoteName, type Session } from '../source/session.ts'
import type { StagedTable } from '../source/source-types.ts'
import type { MappedField } from './map-columns.ts'
import type { Mark } from './marks.ts'
import type { BatchReport, BothLanguages } from './request.ts'

/** Fewer cells do not make a column. */
const FEWEST_CELLS = 3

/** What a whole column of faults is, in words that go on after "all 12,000 cells of bill_month". */
const WHOLE_COLUMN: Readonly<Record<string, BothLanguages>> = {
  required: { zh: '全部为空', en: 'are empty' },
  'excel-serial': { zh: '看起来都是 Excel 日期序号', en: 'look like Excel serial numbers' },
  'date-form': { zh: '的日期写法都无法识别', en: 'hold dates in a way that is not known' },
  'month-day': { zh: '都是某一天而不是月份', en: 'hold days where months are wanted' },
  unit: { zh: '的单位都与字段不符', en: 'are in another unit than the field' },
  decimals: { zh: '的小数位数都过多', en: 'have more decimals than the field' },
  'number-form': { zh: '的数字写法都无法识别', en: 'hold numbers in a way that is not known' },
  'spreadsheet-number': {
    zh: '都被表格软件改成了科学计数法',
    en: 'were turned into scientific notation by a spreadsheet',
  },
  enum: { zh: '都不在目录所列的取值之内', en: 'are none of the listed texts' },
}

const OTHERWISE: BothLanguages = { zh: '都不符合这条规则', en: 'break this rule' }

/**
 * Columns none of whose cells keep a refusing rule: one fault of the export, not thousands of records.
 *
 * @param broken marks with the number of records that have them
 */
export async function findHints(
  session: Session,
  staged: StagedTable,
  fields: readonly MappedField[],
  broken: ReadonlyMap<Mark, number>,
): Promise<BatchReport['hints']> {
  const hints: { field: string; rule: string; text: BothLanguages }[] = []
  for (const [{ field, rule, suffix, severity }, count] of broken) {
    const column = fields.find(({ declared }) => declared.name === field)?.column
    if (suffix === undefined || severity !== 'refuse' || !column || count < FEWEST_CELLS) continue
    const cell = `${quoteName(column.name)}::VARCHAR`
    const cells =
      suffix === 'required'
        ? staged.rows
        : await numberFrom(
            session,
            `SELECT count(nullif(trim(${cell}), '')) FROM ${quoteName(staged.relation)}`,
          )
    if (cells !== count) continue
    const number = count.toLocaleString('en-US')
    const { zh, en } = WHOLE_COLUMN[suffix] ?? OTHERWISE
    hints.push({
      field,
      rule,
      text: { zh: `${field} 列的 ${number} 个单元格${zh}`, en: `all ${number} cells of ${field} ${en}` },
    })
  }
  return hints
}
