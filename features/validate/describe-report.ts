import type { BatchReport, BrokenRule, ReportSeverity } from './request.ts'

const WORDS = {
  zh: {
    head: ({ batch, class: code, classVersion, receivedOn }: BatchReport) =>
      `批次 ${batch}，类别 ${code}（第 ${classVersion} 版），${receivedOn} 收到`,
    counts: (received: string, accepted: string, quarantined: string, duplicates: string) =>
      `收到 ${received} 条 = 接收 ${accepted} 条 + 隔离 ${quarantined} 条 + 重复 ${duplicates} 条`,
    more: (late: string, warned: string) => `接收的记录中：迟报 ${late} 条，有提示 ${warned} 条`,
    columns: '对应的列：',
    none: '（来源中没有）',
    ignored: '未使用的列：',
    hints: '先看这里：',
    severity: { refuse: '隔离', warn: '提示', duplicate: '重复' } satisfies Record<ReportSeverity, string>,
    rule: ({ severity, count }: BrokenRule, word: string) =>
      `[${word}] ${number(count)} 条${severity === 'warn' ? '（已接收）' : ''}`,
    reason: '原因：',
    mend: '处理：',
    places: '位置：',
    andMore: ' 等',
    clean: '没有发现问题。',
    comma: '、',
  },
  en: {
    head: ({ batch, class: code, classVersion, receivedOn }: BatchReport) =>
      `Batch ${batch}, class ${code} version ${classVersion}, received on ${receivedOn}`,
    counts: (received: string, accepted: string, quarantined: string, duplicates: string) =>
      `received ${received} = accepted ${accepted} + in quarantine ${quarantined} + duplicates ${duplicates}`,
    more: (late: string, warned: string) => `of the accepted: late ${late}, with warnings ${warned}`,
    columns: 'columns: ',
    none: '(not in the source)',
    ignored: 'columns not used: ',
    hints: 'look here first:',
    severity: { refuse: 'quarantine', warn: 'warning', duplicate: 'duplicate' } satisfies Record<
      ReportSeverity,
      string
    >,
    rule: ({ severity, count }: BrokenRule, word: string) =>
      `[${word}] ${number(count)} record${count === 1 ? '' : 's'}${severity === 'warn' ? ' (accepted)' : ''}`,
    reason: 'why: ',
    mend: 'mend: ',
    places: 'first: ',
    andMore: ' ...',
    clean: 'nothing to report.',
    comma: ', ',
  },
} as const

/**
 * A report as plain text for the people who mend the records: counts, hints at whole columns, each broken rule with its reason, what
 * to do and the first places. It repeats no cell.
 */
export function describeReport(report: BatchReport, language: 'zh' | 'en'): string {
  const words = WORDS[language]
  const lines = [
    words.head(report),
    words.counts(
      number(report.received),
      number(report.accepted),
      number(report.quarantined),
      number(report.duplicates),
    ),
    words.more(number(report.late), number(report.warned)),
  ]
  const renamed = report.columns.filter(({ field, from }) => from !== field)
  if (renamed.length > 0) {
    lines.push(
      words.columns + renamed.map(({ field, from }) => `${field} <- ${from ?? words.none}`).join(words.comma),
    )
  }
  if (report.ignoredColumns.length > 0) lines.push(words.ignored + report.ignoredColumns.join(words.comma))
  if (report.hints.length > 0) {
    lines.push('', words.hints, ...report.hints.map(({ rule, text }) => `  ${text[language]} (${rule})`))
  }
  if (report.byRule.length === 0) lines.push('', words.clean)
  for (const rule of report.byRule) {
    const more = rule.count > rule.firstPlaces.length ? words.andMore : ''
    lines.push(
      '',
      `${words.rule(rule, words.severity[rule.severity])} ${rule.rule}`,
      `  ${words.reason}${rule.reason[language]}`,
      `  ${words.mend}${rule.mend[language]}`,
      `  ${words.places}${rule.firstPlaces.join(words.comma)}${more}`,
    )
  }
  return `${lines.map(printable).join('\n')}\n`
}

/** Names of columns and files come from others: on a terminal, what steers it must not come with them. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}

function number(count: number): string {
  return count.toLocaleString('en-US')
}
