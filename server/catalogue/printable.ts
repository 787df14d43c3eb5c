/**
 * The catalogue as text. Columns hold only letters of one width; titles, whose Chinese is twice as wide, end a line, so that
 * everything stands in line in any terminal.
 */
import type { Catalogue, CatalogueClass, CatalogueField } from '../../features/index.ts'

const SHARING = {
  collected: 'collected at the platform 物理归集',
  authorised:
    'stays at the provider, used by joint modelling or calls that the enterprise authorised 接口调用（经企业授权）',
  own: "a party's own records 机构自有",
}
const LEGEND = [
  'grade  G1 public 公开   G2 authorised by the enterprise 企业授权   G3 sensitive personal, two consents 个人敏感（企业和本人双重授权）',
  'use    key join only 仅用于匹配   feature 可作特征   description report only 仅用于报告   never 不得使用',
  'need   yes 必填   no 选填   derived computed from the other fields 由明细计算',
]

/** Every class on a line of its own, then version and hash. */
export function printableCatalogue({ version, hash, classes }: Catalogue): string {
  const head = ['class', 'version', 'sharing', 'public', 'due', 'update', 'fields', 'rules']
  const rows = [...classes.values()].map((klass) => ({
    cells: [
      ...[klass.code, klass.version, klass.sharing, klass.public ? 'yes' : 'no', klass.due ?? '-'],
      ...[klass.updateCycle, klass.fields.length, klass.rules.length],
    ].map(String),
    tail: both(klass.title),
  }))
  return lines([...table(head, 'title', rows), '', `catalogue version ${version}, hash ${hash}`])
}

/** One class with its fields and rules. */
export function printableClass(klass: CatalogueClass): string {
  const { code, version, title, annexRow, sharing, responsibleUnit, due, updateCycle, key, lateAfter } = klass
  const rows = klass.fields.map((field) => ({
    cells: [
      ...[field.name, typeText(field), field.unit ?? '-', field.grade, field.modelUse],
      field.derived ? 'derived' : field.required ? 'yes' : 'no',
    ],
    tail: [
      both(field.title),
      ...(field.codes === undefined ? [] : [`[${field.codes.join(', ')}]`]),
      ...valuesText(field),
    ].join('  '),
  }))
  return lines([
    `${code}, version ${version}: ${both(title)}`,
    `  sharing   ${SHARING[sharing]}${klass.public ? '; public by law 依法公开' : ''}`,
    `  unit      ${both(responsibleUnit)}`,
    `  due       ${due === 'shared' ? 'shared already 已共享' : (due ?? 'not said 未规定')}; update ${updateCycle}`,
    `  annex     ${annexRow === null ? 'not in the annex 附件未列' : `row ${annexRow}`}`,
    `  key       ${key.join(' + ')}`,
    ...(lateAfter === undefined
      ? []
      : [`  late      more than ${lateAfter.workingDays} working days 个工作日 after ${lateAfter.field}`]),
    '',
    ...table(['field', 'type', 'unit', 'grade', 'use', 'need'], 'title  [codes]  values', rows),
    '',
    ...LEGEND,
    '',
    'rules',
    ...klass.rules.flatMap(({ id, severity, field, reason }) => [
      `  ${severity.padEnd(6)}  ${id} (${field})`,
      `          ${reason.zh}`,
      `          ${reason.en}`,
    ]),
  ])
}

/** What the class files of a folder add to the built-in catalogue, or replace in it. */
export function printableCheck(before: Catalogue, after: Catalogue): string {
  const changes = [...after.classes.values()].flatMap((klass) => {
    const earlier = before.classes.get(klass.code)
    if (earlier?.version === klass.version) return []
    const what = earlier === undefined ? 'adds' : `replaces version ${earlier.version} of`
    return [
      `${what} ${klass.code}, version ${klass.version}: ${klass.fields.length} fields, ${klass.rules.length} rules, ${both(klass.title)}`,
    ]
  })
  return lines([
    ...(changes.length === 0 ? ['no class file in the folder 文件夹中没有类别文件'] : changes),
    `every class file is valid 全部有效; catalogue hash ${after.hash}`,
  ])
}

function both({ zh, en }: { readonly zh: string; readonly en: string }): string {
  return `${zh} / ${en}`
}

function lines(list: readonly string[]): string {
  return `${list.join('\n')}\n`
}

function typeText({ type, precision, scale, maxLength }: CatalogueField): string {
  if (type === 'decimal') return `${type}(${precision},${scale})`
  return maxLength === undefined ? type : `${type}(${maxLength})`
}

function valuesText({ values, otherText }: CatalogueField): string[] {
  if (values === undefined) return []
  return [[...values.map(({ value }) => value), ...(otherText ? ['其他-…'] : [])].join(' | ')]
}

function table(
  head: readonly string[],
  tail: string,
  rows: readonly { readonly cells: readonly string[]; readonly tail: string }[],
): string[] {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map(({ cells }) => cells[column].length)),
  )
  return [{ cells: head, tail }, ...rows].map(
    ({ cells, tail: end }) =>
      `${cells.map((cell, column) => cell.padEnd(widths[column])).join('  ')}  ${end}`,
  )
}
