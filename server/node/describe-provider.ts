/** `yinxin provider check` in words for a data officer: what is read, what is used, what leaves the house, what fails. */
import {
  type BatchReport,
  describeReport,
  type FeatureGroup,
  type PreparedData,
} from '../../features/index.ts'
import type { ProviderConfig } from '../config.ts'

export type Language = 'zh' | 'en'

/** How much of the roster a group of features covers; null without a roster. */
export interface Coverage {
  readonly party: string
  readonly enterprises: number
  readonly onRoster: number | null
}

export interface ProviderCheck {
  readonly name: string
  readonly asOf: string
  readonly prepared: PreparedData
  readonly coverage: readonly Coverage[]
  readonly rosterSize: number | null
  readonly authorisation: ProviderConfig['authorisation']
  /** Faults outside the data: the roster, the authorisation list. */
  readonly faults: readonly Error[]
}

/** Everything that would stop a run. */
export function faultsOf({ prepared, faults }: ProviderCheck): Error[] {
  const unread = prepared.batches.flatMap((batch) => ('fault' in batch ? [batch.fault] : []))
  return [...faults, ...unread, ...prepared.faults]
}

const pick = (language: Language, zh: string, en: string): string => (language === 'zh' ? zh : en)

export function describeProvider(check: ProviderCheck, language: Language): string {
  const say = (zh: string, en: string) => pick(language, zh, en)
  const faults = faultsOf(check)
  const heading = (zh: string, en: string) => ['', say(zh, en), '']
  return [
    say(
      `${check.name}：按 ${check.asOf} 检查数据。没有发送任何内容。`,
      `${check.name}: data checked as of ${check.asOf}. Nothing was sent.`,
    ),
    ...heading('一、读到了什么', '1. What was read'),
    ...check.prepared.batches.flatMap((batch) =>
      'fault' in batch
        ? [`  ✗ ${batch.source.class}: ${say('未能读取，见第五部分', 'not read, see part 5')}`]
        : [indent(describeReport(batch.report, language))],
    ),
    ...conflictLines(check, say),
    ...heading('二、会用到哪些特征', '2. Which features would be used'),
    ...check.prepared.groups.flatMap((group) => groupLines(group, check, language)),
    ...heading('三、什么会离开本单位', '3. What would leave the house'),
    ...leavingLines(check, say),
    ...heading('四、哪些企业的数据可用', '4. Whose data may be used'),
    ...ruleLines(check, say),
    ...heading('五、问题与处理办法', '5. What fails, and how to mend it'),
    ...(faults.length === 0
      ? [say('  ✓ 没有问题，可以参加联合计算。', '  ✓ Nothing: this node can take part.')]
      : faults.map((fault) => `  ✗ ${fault.message} (${(fault as { code?: string }).code ?? 'unexpected'})`)),
    '',
  ].join('\n')
}

type Say = (zh: string, en: string) => string

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '  ')

function conflictLines({ prepared }: ProviderCheck, say: Say): string[] {
  return Object.entries(prepared.conflicts)
    .filter(([, count]) => count > 0)
    .map(([code, count]) =>
      say(
        `  ! ${code}：${count} 条记录在多个来源中主键相同而内容不同，均不使用`,
        `  ! ${code}: ${count} records with one key and different content in several sources; none of them is used`,
      ),
    )
}

function groupLines(group: FeatureGroup, check: ProviderCheck, language: Language): string[] {
  const coverage = check.coverage.find(({ party }) => party === group.party)!
  const share =
    coverage.onRoster === null || check.rosterSize === null
      ? ''
      : pick(
          language,
          `，其中 ${coverage.onRoster} 户在名册上（名册共 ${check.rosterSize} 户）`,
          `, ${coverage.onRoster} of them on the roster of ${check.rosterSize}`,
        )
  return [
    pick(
      language,
      `  ${group.party}（${group.identity.name}）：${coverage.enterprises} 户企业${share}`,
      `  ${group.party} (${group.identity.name}): ${coverage.enterprises} enterprises${share}`,
    ),
    `    SHA-256 ${group.identity.hash}`,
    pick(language, '    读取字段：', '    reads: ') +
      group.reads.map(({ field, grade }) => `${field} (${grade})`).join(', '),
    ...group.table.columns.map(({ card, present }) => {
      const filled = present.reduce((sum, flag) => sum + flag, 0)
      const part = present.length === 0 ? 0 : Math.round((100 * filled) / present.length)
      return `    - ${card.name}  ${card.title[language]}; ${card.window}; ${card.unit}; ${part}%`
    }),
  ]
}

function leavingLines({ prepared }: ProviderCheck, say: Say): string[] {
  const columns = prepared.groups.reduce((sum, group) => sum + group.table.columns.length, 0)
  return [
    say(
      `  没有任何原始记录、企业名单或特征值。`,
      `  No raw record, no list of enterprises, no value of a feature.`,
    ),
    say(
      `  联合计算时发出：${columns} 列特征的名称与分箱数、看似随机的份额、经加密并加噪的汇总。`,
      `  During a run: names and numbers of bins of ${columns} columns, shares that look random, and sums that are encrypted and carry noise.`,
    ),
    say(
      '  每晚评分时发出：每户的掩码分值，平台只能得到各单位分值之和。',
      '  Every night: masked points of each enterprise, of which the platform learns only the sum over all providers.',
    ),
  ]
}

function ruleLines({ authorisation }: ProviderCheck, say: Say): string[] {
  if (!authorisation) {
    return [
      say(
        '  未写明规则：仅公开数据的提供单位可以不写。',
        '  No rules stated: only a provider of public data may leave them out.',
      ),
    ]
  }
  const { training, inference } = authorisation
  return [
    say(
      `  训练：未授权企业${training.allowed ? '可以' : '不'}参与。依据：${training.legalBasis}`,
      `  Training: firms without authorisation ${training.allowed ? 'take part' : 'do not take part'}. Basis: ${training.legalBasis}`,
    ),
    say(
      `  评分：${inference.needed ? '需要' : '不需要'}企业授权。依据：${inference.legalBasis}`,
      `  Scores: ${inference.needed ? 'need' : 'do not need'} the firm's authorisation. Basis: ${inference.legalBasis}`,
    ),
  ]
}

/** The reports of the batches that were read. */
export function reportsOf({ prepared }: ProviderCheck): BatchReport[] {
  return prepared.batches.flatMap((batch) => ('report' in batch ? [batch.report] : []))
}
