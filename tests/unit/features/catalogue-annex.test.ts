import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadCatalogue } from '../../../features/index.ts'

const { classes } = await loadCatalogue()
const klass = (code: string) => {
  const found = classes.get(code)
  if (found === undefined) throw new Error(`no class ${code}`)
  return found
}

/** The annex of the policy, typed again from its table: class by class, field by field. */
const ANNEX: readonly (readonly [string, string])[] = [
  [
    'admin_license',
    '企业名称 统一社会信用代码 行政相对人类别 法定代表人姓名 法定代表人证件类型 法定代表人证件号码 行政许可决定文书名称 行政许可决定文书号 行政许可类别 行政许可证书名称 行政许可编号 行政许可内容 行政许可决定日期 行政许可有效期 行政许可状态 行政机关名称 行政机关统一社会信用代码 数据提供单位',
  ],
  [
    'admin_penalty',
    '企业名称 统一社会信用代码 行政相对人类别 法定代表人姓名 法定代表人证件类型 法定代表人证件号码 行政处罚决定文书名称 行政处罚决定文书号 违法行为类型 违法事实 行政处罚依据 行政处罚内容 罚款金额 没收违法所得和没收财物的金额 暂扣或吊销证照名称及编号 行政处罚决定日期 行政处罚有效期 公示截止期 行政机关名称 行政机关统一社会信用代码 数据提供单位',
  ],
  [
    'admin_enforcement',
    '企业名称 统一社会信用代码 法定代表人姓名 法定代表人证件类型 法定代表人证件号码 行政强制决定文书名称 行政强制文书号 行政强制执行理由 行政强制执行依据 行政强制执行方式 执行时间 行政机关名称 行政机关统一社会信用代码 数据提供单位',
  ],
  [
    'water_usage',
    '企业名称 统一社会信用代码 水用户信息（户名户号） 缴纳水费明细 近3个月月均用水量 近6个月月均用水量 当前是否欠费',
  ],
  [
    'gas_usage',
    '企业名称 统一社会信用代码 燃气用户信息（户名户号） 缴纳燃气费明细 近3个月月均燃气用量 近6个月月均燃气用量 当前是否欠费',
  ],
  [
    'housing_fund',
    '企业名称 统一社会信用代码 近一年月均缴存人数 近一年住房公积金缴存总额 近一年连续正常缴纳周期（月） 最近一次正常缴费日期',
  ],
]

const annexFields = (code: string) => [
  ...new Set(klass(code).fields.flatMap(({ annex }) => (annex === undefined ? [] : [annex]))),
]

test.each(ANNEX)('%s has the fields of the annex in its order and no other', (code, names) => {
  expect(annexFields(code)).toEqual(names.split(' '))
})

test('the annex has 18 + 21 + 14 + 7 + 7 + 6 = 73 fields in rows 1 to 6, and no other class claims one', () => {
  const counts = [...classes.values()]
    .map(({ code }) => annexFields(code).length)
    .filter((count) => count > 0)
  expect(counts).toEqual([18, 21, 14, 7, 7, 6])
  expect(counts.reduce((sum, count) => sum + count)).toBe(73)
  expect(ANNEX.map(([code]) => klass(code).annexRow)).toEqual([1, 2, 3, 4, 5, 6])
  const others = [...classes.values()].filter(({ code }) => !ANNEX.some(([annex]) => annex === code))
  expect(others.map(({ annexRow }) => annexRow)).toEqual(others.map(() => null))
})

test('rows 1 to 3 are collected and due already, rows 4 to 6 stay at the provider with their due months', () => {
  expect(ANNEX.map(([code]) => [klass(code).sharing, klass(code).due])).toEqual([
    ['collected', 'shared'],
    ['collected', 'shared'],
    ['collected', 'shared'],
    ['authorised', '2022-05'],
    ['authorised', '2022-05'],
    ['authorised', '2022-08'],
  ])
})

test('identity documents are sensitive and never used; everything else of the classes in public is public', () => {
  const sensitive = [...classes.values()].flatMap(({ code, fields }) =>
    fields
      .filter(({ grade }) => grade === 'G3')
      .map(({ name, modelUse }) => [code, name, modelUse].join(' ')),
  )
  const administrative = ['admin_license', 'admin_penalty', 'admin_enforcement']
  expect(sensitive).toEqual(
    administrative.flatMap((code) => [
      `${code} legal_rep_id_type never`,
      `${code} legal_rep_id_number never`,
    ]),
  )
})

test('a column of either national form finds its field', () => {
  const found = (code: string, column: string) =>
    klass(code).fields.find(({ codes }) => codes?.includes(column))?.name
  const both: readonly (readonly [string, string, string, string])[] = [
    ['admin_license', 'enterprise_name', 'XK_XDR_MC', 'XK_XDR'],
    ['admin_license', 'license_category', 'XK_XKLB', 'XK_SPLB'],
    ['admin_license', 'license_valid_to', 'XK_YXQZI', 'XK_JZQ'],
    ['admin_license', 'license_doc_title', 'XK_XKWS', 'XK_XMMC'],
    ['admin_license', 'legal_rep_name', 'XK_FRDB', 'XK_FR'],
    ['admin_license', 'authority_name', 'XK_XKJG', 'XK_XZJG'],
    ['admin_license', 'organisation_code', 'XK_XDR_ZZJG', 'XK_XDR_ZDM'],
    ['admin_license', 'business_registration_no', 'XK_XDR_GSZC', 'XK_XDR_GSDJ'],
    ['admin_penalty', 'penalty_category', 'CF_CFLB', 'CF_CFLB1'],
    ['admin_penalty', 'penalty_content', 'CF_NR', 'CF_JG'],
    ['admin_penalty', 'authority_name', 'CF_CFJG', 'CF_XZJG'],
    ['admin_penalty', 'organisation_code', 'CF_XDR_ZZJG', 'CF_XDR_ZDM'],
  ]
  for (const [code, field, newer, older] of both) {
    expect([code, found(code, newer), found(code, older)]).toEqual([code, field, field])
  }
  for (const prefix of ['XK', 'CF']) {
    const code = prefix === 'XK' ? 'admin_license' : 'admin_penalty'
    for (const end of ['GSZC', 'ZZJG', 'SWDJ', 'SYDW', 'SHZZ']) {
      expect(klass(code).fields.find(({ codes }) => codes?.includes(`${prefix}_XDR_${end}`))).toMatchObject({
        required: false,
      })
    }
  }
})

test('a file a class, named by its code', () => {
  const folder = new URL('../../../features/catalogue/classes', import.meta.url)
  expect(readdirSync(folder).sort()).toEqual([...classes.keys()].map((code) => `${code}.json`).sort())
})
