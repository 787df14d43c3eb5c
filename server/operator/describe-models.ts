/** Registered models in plain words, Chinese or English. */
import type { ModelSummary } from '../platform/models/model-summary.ts'
import type { ModelEvent } from '../store/index.ts'
import type { Comparison, Figure } from './compare-models.ts'

export type Language = 'zh' | 'en'

const WORDS = {
  draft: { zh: '草稿', en: 'draft' },
  approved: { zh: '已批准', en: 'approved' },
  champion: { zh: '冠军', en: 'champion' },
  challenger: { zh: '挑战者', en: 'challenger' },
  retired: { zh: '已退役', en: 'retired' },
  registered: { zh: '登记', en: 'registered' },
  adopted: { zh: '沿用旧平台的模型', en: 'taken over from an older platform' },
  signed: { zh: '签署模型卡', en: 'card signed' },
  approve: { zh: '批准', en: 'approved' },
  challenge: { zh: '成为挑战者', en: 'made the challenger' },
  promote: { zh: '成为冠军', en: 'made the champion' },
  displace: { zh: '让出冠军', en: 'displaced' },
  restore: { zh: '恢复为冠军', en: 'brought back' },
  retire: { zh: '退役', en: 'retired' },
} as const

const HASH_SHOWN = 12
const three = (value: number): string => value.toFixed(3)
const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`

const figure = (of: Figure | null): string =>
  of === null ? '-' : `${of.value.toFixed(4)} (${three(of.interval.from)}-${three(of.interval.to)})`

function testFigure({ metrics }: ModelSummary, name: string): string {
  const value = (metrics.test as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'number' ? three(value) : '-'
}

/** One line a model, the newest last. */
export function describeModels(
  models: readonly ModelSummary[],
  challengerShare: number,
  language: Language,
): string {
  const say = (zh: string, en: string) => (language === 'zh' ? zh : en)
  if (models.length === 0) return `${say('还没有模型。', 'No models yet.')}\n`
  const lines = models.map((model) => {
    const { version, state, run, planHash, accepted, registeredAt, approvals, required } = model
    const missing = required.filter((name) => !approvals.some(({ party }) => party === name))
    return [
      String(version).padStart(3),
      WORDS[state][language].padEnd(say('', 'challenger').length),
      `AUC ${testFigure(model, 'auc')}  KS ${testFigure(model, 'ks')}`,
      run,
      planHash.slice(0, HASH_SHOWN),
      registeredAt.slice(0, 19),
      ...(accepted ? [] : [say('验证未通过', 'refused by validation')]),
      ...(state === 'challenger'
        ? [say(`评 ${challengerShare}‰`, `rates ${challengerShare} of a thousand`)]
        : []),
      ...(approvals.length > 0 ? [say(`已签署：${names(approvals)}`, `signed by ${names(approvals)}`)] : []),
      ...(missing.length > 0 && accepted && ['draft', 'approved'].includes(state)
        ? [say(`还缺：${missing.join('、')}`, `lacks ${missing.join(', ')}`)]
        : []),
    ].join('  ')
  })
  return `${lines.join('\n')}\n`
}

const names = (approvals: ModelSummary['approvals']): string => approvals.map(({ party }) => party).join(', ')

/** Two models side by side. */
export function describeComparison(comparison: Comparison, language: Language): string {
  const say = (zh: string, en: string) => (language === 'zh' ? zh : en)
  const { versions, states, figures, privacy, columns, sameLabels, sameRoster } = comparison
  const verdict = (larger: boolean | null) => {
    if (larger === null) return say('无法比较', 'cannot be told')
    return larger ? say('超出误差', 'more than its error') : say('在误差之内', 'within its error')
  }
  const epsilon = (value: number | null) => (value === null ? '-' : value.toFixed(2))
  const title = (index: 0 | 1) =>
    `${versions[index]} ${WORDS[states[index] as keyof typeof WORDS]?.[language] ?? states[index]}`
  const row = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(16) : cell.padEnd(24)))
      .join(' ')
      .trimEnd()
  const list = (what: string, which: readonly string[]) =>
    which.length === 0 ? [] : [`${what}: ${which.join(', ')}`]
  return [
    row(['', title(0), title(1), say('差值与判断', 'difference')]),
    ...figures.map(({ fold, figure: name, values, difference, se, larger }) =>
      row([
        `${fold} ${name.toUpperCase()}`,
        figure(values[0]),
        figure(values[1]),
        difference === null || se === null
          ? '-'
          : `${signed(difference)} ± ${(1.96 * se).toFixed(4)}, ${verdict(larger)}`,
      ]),
    ),
    ...privacy.map(({ figure: name, values }) => row([name, epsilon(values[0]), epsilon(values[1])])),
    say(
      `共有 ${columns.both} 列；${versions[0]} 独有 ${columns.onlyFirst.length} 列，${versions[1]} 独有 ${columns.onlySecond.length} 列`,
      `${columns.both} columns in both, ${columns.onlyFirst.length} in ${versions[0]} alone, ${columns.onlySecond.length} in ${versions[1]} alone`,
    ),
    ...list(`  ${versions[0]}`, columns.onlyFirst),
    ...list(`  ${versions[1]}`, columns.onlySecond),
    ...(sameLabels && sameRoster
      ? []
      : [
          say(
            '注意：两个模型的标签快照或名册不同，差值也可能来自数据。',
            'Note: they are about other labels or another roster, so a difference may come from the data.',
          ),
        ]),
    say(
      '区间与误差为 95%，已含噪声；误差按两次独立测量计，同一批测试企业上的真实误差更小。',
      'Intervals and errors are of 95 %, noise included; errors are taken as of two independent measurements, on the same test firms they are smaller.',
    ),
    '',
  ].join('\n')
}

/** The history, one line an entry. */
export function describeHistory(events: readonly ModelEvent[], language: Language): string {
  return events
    .map(({ at, version, kind, who, note }) => {
      const said = note === '' ? '' : `  ${note.slice(0, 32)}`
      return `${at}  ${String(version).padStart(3)}  ${WORDS[kind][language]}  ${who}${said}\n`
    })
    .join('')
}
