import { FIRST_DAY, LAST_DAY } from './read-date.ts'
import { REGION_EDITION } from './region.ts'
import type { BothLanguages } from './request.ts'

/** A rule that follows from a field's type alone; its id is class, field and suffix: `water_usage.bill_month.excel-serial`. */
export interface GenericRule {
  readonly severity: 'refuse' | 'warn'
  readonly reason: BothLanguages
  readonly mend: BothLanguages
}

const AT_THE_SOURCE: BothLanguages = {
  zh: '请在源头更正后重新报送',
  en: 'correct the record at its source and send it again',
}

function refuse(zh: string, en: string, mend: BothLanguages = AT_THE_SOURCE): GenericRule {
  return { severity: 'refuse', reason: { zh, en }, mend }
}

function warn(zh: string, en: string, mend: BothLanguages): GenericRule {
  return { severity: 'warn', reason: { zh, en }, mend }
}

const EXPORT_DATES: BothLanguages = {
  zh: '导出时把日期写成文本，如 2025-06-30',
  en: 'export dates as text, such as 2025-06-30',
}

const REVIEWED_CODES: BothLanguages = {
  zh: '请核对营业执照；确为登记机关所发的代码，请列入例外清单',
  en: 'compare with the business licence; a code that the register really gave out belongs on the list of exceptions',
}

const PERSONAL: BothLanguages = { zh: '请核对证件', en: 'compare with the document' }

/** Every generic rule of one field, by its suffix. */
export const GENERIC_RULES = {
  required: refuse('必填项为空', 'a required cell is empty', {
    zh: '请补填；没有内容的记录不要报送',
    en: 'fill it in, or do not send a record that has none',
  }),
  placeholder: refuse(
    '单元格里是程序留下的空值或错误标记（如 NULL、#N/A）',
    'the cell holds a mark for nothing or for an error (such as NULL, #N/A)',
    {
      zh: '没有值时请留空；错误标记请在表格中更正',
      en: 'leave the cell empty where there is no value; mend the formula where it shows an error',
    },
  ),
  damaged: refuse(
    '文字已损坏（含替换符或控制字符）',
    'the text is damaged (it holds replacement or control characters)',
    {
      zh: '请用正确的编码重新导出',
      en: 'export again in the right encoding',
    },
  ),
  length: refuse('文字超过最大长度', 'the text is longer than the field may be', {
    zh: '请缩短，或检查是否有列错位',
    en: 'shorten it, or look whether columns have moved',
  }),
  'spreadsheet-number': refuse(
    '号码被表格软件改成了科学计数法，原号码已丢失',
    'a spreadsheet has turned the number into scientific notation; its digits are lost',
    {
      zh: '请把该列设为文本格式后从源系统重新导出',
      en: 'make the column a text column and export it from the system again',
    },
  ),
  'resident-number-inside': refuse(
    '文字中含有公民身份号码',
    'the text holds an identity number of a person',
    {
      zh: '请脱敏后重新报送',
      en: 'mask it and send the record again',
    },
  ),
  enum: refuse('不在目录所列的取值之内', 'not one of the texts that the catalogue lists', {
    zh: '请用目录中的取值；确有新取值的，请提请更新目录',
    en: 'use one of the listed texts; ask for a new version of the class if one is missing',
  }),
  'other-text': refuse('“其他”后没有写明具体内容', '其他 (other) stands without saying what', {
    zh: '请写成“其他-具体内容”',
    en: 'write 其他- and what it is',
  }),
  boolean: refuse('不是 是/否、1/0、true/false', 'not 是/否, 1/0 or true/false'),
  'uscc-length': refuse(
    '统一社会信用代码不是 18 位',
    'the credit code does not have 18 characters',
    REVIEWED_CODES,
  ),
  'uscc-symbols': refuse(
    '统一社会信用代码含有不允许的字符（GB 32100 不用 I、O、S、V、Z）',
    'the credit code holds a character that GB 32100 does not use (I, O, S, V, Z and others)',
    {
      zh: '请检查是否把 0 写成 O、1 写成 I',
      en: 'look for a letter O for 0 or I for 1',
    },
  ),
  'uscc-region': refuse(
    '统一社会信用代码第 3 至 8 位不是六位数字',
    'characters 3 to 8 of the credit code are not the six digits of a region',
    REVIEWED_CODES,
  ),
  'uscc-organisation-check': refuse(
    '统一社会信用代码中组织机构代码的校验码不对（GB 11714）',
    'the check character of the organisation code inside the credit code is wrong (GB 11714)',
    REVIEWED_CODES,
  ),
  'uscc-check': refuse(
    '统一社会信用代码的校验码不对（GB 32100）',
    'the check character of the credit code is wrong (GB 32100)',
    REVIEWED_CODES,
  ),
  'uscc-province': warn(
    '统一社会信用代码中的行政区划不属于任何省份',
    'the region in the credit code belongs to no province',
    REVIEWED_CODES,
  ),
  'resident-length': refuse(
    '公民身份号码不是 18 位（GB 11643）',
    'the identity number does not have 18 characters (GB 11643)',
    PERSONAL,
  ),
  'resident-symbols': refuse(
    '公民身份号码含有不允许的字符（GB 11643）',
    'the identity number holds a character that GB 11643 does not use',
    PERSONAL,
  ),
  'resident-region': refuse(
    '公民身份号码的前两位不是省份',
    'the first two digits of the identity number are no province',
    PERSONAL,
  ),
  'resident-birthday': refuse(
    '公民身份号码中的出生日期不存在',
    'the birthday in the identity number does not exist',
    PERSONAL,
  ),
  'resident-check': refuse(
    '公民身份号码的校验码不对（GB 11643）',
    'the check character of the identity number is wrong (GB 11643)',
    PERSONAL,
  ),
  'region-form': refuse('行政区划代码不是六位数字', 'the region code is not six digits'),
  'region-unknown': refuse(
    `行政区划代码不在清单内（${REGION_EDITION}）`,
    `the region code is not on the list (${REGION_EDITION})`,
    {
      zh: '请核对；确有的代码请加入自有清单',
      en: 'correct it, or add it to the list of your own if it is in use',
    },
  ),
  'industry-form': refuse(
    '行业代码不是门类字母加 2 至 4 位数字（GB/T 4754）',
    'the industry code is not a section letter with two to four digits (GB/T 4754)',
  ),
  'industry-division': refuse(
    '行业大类在所注版本中不存在（GB/T 4754）',
    'the edition that stands beside the industry code has no such division (GB/T 4754)',
    {
      zh: '请核对代码和版本（2011 或 2017）',
      en: 'compare code and edition (2011 or 2017)',
    },
  ),
  'industry-section': refuse(
    '行业门类字母与大类不符（GB/T 4754）',
    'section letter and division of the industry code do not belong together (GB/T 4754)',
    {
      zh: '请核对代码和版本（2011 或 2017）',
      en: 'compare code and edition (2011 or 2017)',
    },
  ),
  'date-form': refuse('日期写法无法识别', 'the date is written in a way that is not known', EXPORT_DATES),
  'date-impossible': refuse('没有这一天或这一时刻', 'there is no such day or time'),
  'date-range': refuse(
    `日期不在 ${FIRST_DAY} 至 ${LAST_DAY} 之间`,
    `the day is not between ${FIRST_DAY} and ${LAST_DAY}`,
  ),
  'excel-serial': refuse(
    '看起来是 Excel 日期序号（如 45747 即 2025-03-31），而不是日期',
    'it looks like an Excel serial number, not a date (45747 would be 2025-03-31)',
    {
      zh: '导出时把日期写成文本；确认整列都是序号的，可在配置 excelDates 中列出该字段',
      en: 'export dates as text; if the whole column is meant so, name the field under "excelDates" in the configuration',
    },
  ),
  'month-day': refuse(
    '应填月份，但写的是月中的某一天',
    'a month is wanted, a day inside a month stands there',
    {
      zh: '请写成 2025-06，或该月第一天',
      en: 'write 2025-06, or the first day of the month',
    },
  ),
  'number-form': refuse('数字写法无法识别', 'the number is written in a way that is not known', {
    zh: '请写成 1234.50；千分位逗号须三位一组',
    en: 'write 1234.50; commas stand between groups of three digits',
  }),
  unit: refuse('所写单位与字段单位不符', 'the unit that is written is not the one of the field', {
    zh: '请换算成字段的单位（注意元与万元）',
    en: 'convert the amount into the unit of the field (yuan or 10,000 yuan)',
  }),
  decimals: refuse('小数位数过多，不予四舍五入', 'more decimals than the field has; nothing is rounded', {
    zh: '请在源头按字段的小数位数给出',
    en: 'give the number with the decimals of the field',
  }),
  digits: refuse('数字过大，超过字段的位数', 'the number is larger than the field may be', {
    zh: '请检查单位和列是否错位',
    en: 'look at the unit, and whether columns have moved',
  }),
  scientific: warn(
    '数字用科学计数法写成，表格软件可能已丢失末位',
    'the number is written in scientific notation; a spreadsheet may have lost its last digits',
    {
      zh: '请核对；建议以文本导出',
      en: 'compare it with the system; better export it as text',
    },
  ),
  late: warn('报送晚于规定的工作日', 'the record came later than the working days that it may take', {
    zh: '请按时报送',
    en: 'send records in time',
  }),
  'name-variant': warn(
    '同一代码在本批中对应不同名称',
    'the same credit code stands beside another name in this batch',
    {
      zh: '请核对名称或代码（括号全半角、“有限公司/有限责任公司”之别不计）',
      en: 'compare name and code (width of brackets and 有限公司/有限责任公司 do not count)',
    },
  ),
  'code-variant': warn(
    '同一名称在本批中对应不同代码',
    'the same name stands beside another credit code in this batch',
    {
      zh: '请核对名称或代码',
      en: 'compare name and code',
    },
  ),
} as const satisfies Readonly<Record<string, GenericRule>>

export type GenericSuffix = keyof typeof GENERIC_RULES

/** Rules over records as a whole. */
export const RECORD_RULES = {
  'key.unique': refuse(
    '同一主键有内容不同的多条记录，不作取舍',
    'several records with the same key and different content; none is chosen',
    {
      zh: '请在源头确定哪一条正确，只报送该条',
      en: 'find out at the source which one is right, and send that one alone',
    },
  ),
  'record.repeated': {
    reason: {
      zh: '与本批中更早的一条记录完全相同，未重复收录',
      en: 'the same as an earlier record of the batch in every cell; it was left out',
    },
    mend: { zh: '无需处理；请检查导出是否重复', en: 'nothing to be done; see why the export has it twice' },
  },
} as const

/** What to do about a broken rule of a class, which says itself only why. */
export const CLASS_RULE_MEND = AT_THE_SOURCE
