/** `yinxin label-holder check` in words: what is read, what the labels would be, what is left out, what leaves the house, what fails. */
import { describeReport, type LoanInspection, type PlacedRule } from '../../features/index.ts'

export type Language = 'zh' | 'en'

export interface LabelCheck {
  readonly name: string
  readonly inspection: LoanInspection
  /** Number of enterprises of the roster; null if there is none yet. */
  readonly rosterSize: number | null
  /** Faults outside the loans: the roster. */
  readonly faults: readonly Error[]
}

/** Everything that keeps labels from being frozen. */
export function faultsOf({ inspection, faults }: LabelCheck): Error[] {
  return [...faults, ...inspection.faults]
}

type Say = (zh: string, en: string) => string

/** The check as text; it names no enterprise, no loan and no cell. */
export function describeLabels(check: LabelCheck, language: Language): string {
  const say: Say = (zh, en) => (language === 'zh' ? zh : en)
  const heading = (zh: string, en: string) => ['', say(zh, en), '']
  return [
    say(
      `${check.name}：按贷款台账检查标签。没有发送任何内容。`,
      `${check.name}: labels checked against the loans. Nothing was sent.`,
    ),
    ...heading('一、读到了什么', '1. What was read'),
    check.inspection.batches
      .map((batch) =>
        'fault' in batch
          ? `  ✗ ${batch.source.class}: ${say('未能读取，见第六部分', 'not read, see part 6')}`
          : describeReport(batch.report, language)
              .trimEnd()
              .replace(/^(?=.)/gm, '  '),
      )
      .join('\n\n'),
    ...heading('二、怎样算好坏', '2. What good and bad mean'),
    ...definitionLines(check, say),
    ...heading('三、标签会是什么', '3. What the labels would be'),
    ...labelLines(check, say),
    ...heading('四、哪些不使用，为什么', '4. What is left out, and why'),
    ...leftOutLines(check, say, language),
    ...heading('五、什么会离开本单位', '5. What would leave the house'),
    ...leavingLines(say),
    ...heading('六、问题与处理办法', '6. What fails, and how to mend it'),
    ...faultLines(check, say),
    '',
  ].join('\n')
}

function definitionLines({ inspection }: LabelCheck, say: Say): string[] {
  const { asOf, bookedFrom, bookedTo, frozenOn, performanceMonths, badDaysPastDue, indeterminateFrom } =
    inspection.definition
  return [
    say(
      `  观察期：${bookedFrom} 至 ${bookedTo} 放款的贷款，均晚于特征基准日 ${asOf}。`,
      `  Observed: loans booked from ${bookedFrom} to ${bookedTo}, all after the day of the features, ${asOf}.`,
    ),
    say(
      `  表现期：放款后 ${performanceMonths} 个月，须在快照日 ${frozenOn} 前结束。`,
      `  Performance: the ${performanceMonths} months after booking, which end by the day of the snapshot, ${frozenOn}.`,
    ),
    say(
      `  坏：表现期内任一日逾期达 ${badDaysPastDue} 天，或已核销；其后还清仍为坏。`,
      `  Bad: ${badDaysPastDue} days past due on any day of it, or written off; also if paid up later.`,
    ),
    say(
      `  不定：逾期 ${indeterminateFrom} 至 ${badDaysPastDue - 1} 天，不使用。好：其余。`,
      `  Indeterminate: ${indeterminateFrom} to ${badDaysPastDue - 1} days, left out. Good: all others.`,
    ),
    inspection.definition.loansPerEnterprise === 'worst'
      ? say('  一户多笔：取最差的一笔。', '  Several loans of one enterprise: the worst one counts.')
      : say('  一户多笔：取首笔。', '  Several loans of one enterprise: the first one counts.'),
  ]
}

function labelLines({ inspection, rosterSize }: LabelCheck, say: Say): string[] {
  const { enterprises, snapshot } = inspection
  if (enterprises === null)
    return [say('  尚不知道：先解决第六部分的问题。', '  Not known yet: see part 6 first.')]
  const { good, bad } = enterprises
  const rate = good + bad === 0 ? '-' : `${((100 * bad) / (good + bad)).toFixed(2)}%`
  return [
    say(
      `  好 ${good} 户，坏 ${bad} 户，坏户率 ${rate}。`,
      `  Enterprises: ${good} good, ${bad} bad; bad rate ${rate}.`,
    ),
    rosterSize === null
      ? say('  没有名册：以上为全部有贷款的企业。', '  No roster: these are all enterprises with loans.')
      : say(`  均在名册上（名册共 ${rosterSize} 户）。`, `  All of them are on the roster of ${rosterSize}.`),
    ...(snapshot === null ? [] : [`  SHA-256 ${snapshot.record.hash}`]),
  ]
}

function leftOutLines({ inspection }: LabelCheck, say: Say, language: Language): string[] {
  const { loans, enterprises } = inspection
  if (loans === null || enterprises === null) return [say('  尚不知道。', '  Not known yet.')]
  const ruleLine = (sign: string, unit: string) => (rule: PlacedRule) => {
    const more = rule.count > rule.firstPlaces.length && rule.firstPlaces.length > 0 ? ' ...' : ''
    const places = rule.firstPlaces.length === 0 ? [] : [`      ${rule.firstPlaces.join(', ')}${more}`]
    return [`  ${sign} ${unit} ${rule.count}: ${rule.reason[language]} (${rule.id})`, ...places]
  }
  const observed = loans.loans - loans.outside
  const leftOut = loans.leftOut.reduce((sum, { count }) => sum + count, 0)
  return [
    say(
      `  企业：不定 ${enterprises.indeterminate} 户，有贷款但均不可用 ${enterprises.withoutOutcome} 户，不在名册上 ${enterprises.offRoster} 户。`,
      `  Enterprises: ${enterprises.indeterminate} indeterminate, ${enterprises.withoutOutcome} with loans that cannot be used, ${enterprises.offRoster} not on the roster.`,
    ),
    say(
      `  贷款：共 ${loans.loans} 笔，观察期外 ${loans.outside} 笔；期内 ${observed} 笔中，好 ${loans.good}、坏 ${loans.bad}、不定 ${loans.indeterminate}、表现期未满 ${loans.open}、有问题 ${leftOut}。`,
      `  Loans: ${loans.loans} in all, ${loans.outside} not booked in the window; of the other ${observed}, ${loans.good} good, ${loans.bad} bad, ${loans.indeterminate} indeterminate, ${loans.open} with an open window, ${leftOut} with faults.`,
    ),
    ...loans.leftOut.flatMap(ruleLine('!', say('贷款', 'loans'))),
    ...loans.ignored.flatMap(ruleLine('·', say('记录', 'records'))),
  ]
}

function leavingLines(say: Say): string[] {
  return [
    say(
      '  没有任何贷款、还款或企业名单。标签快照也只留在本单位。',
      '  No loan, no repayment, no list of enterprises. The frozen labels stay here too.',
    ),
    say(
      '  联合训练时发出：名册上每户一对看似随机的份额，平台与密钥方合谋才能还原；一个只能看出标签是否变过的摘要。',
      '  During a training: for each enterprise of the roster a pair of shares that look random, which only platform and key holder together could undo; a digest that shows whether the labels have changed.',
    ),
    say(
      '  两台服务器公开的只有加噪的汇总：总户数、坏户数、各分数段的户数与坏户数。',
      '  What the two servers open of them is sums with noise: how many are labelled and bad, in all and in each band of scores.',
    ),
  ]
}

function faultLines(check: LabelCheck, say: Say): string[] {
  const faults = faultsOf(check)
  if (faults.length === 0) {
    return [
      say(
        '  ✓ 没有问题。下一步：yinxin label-holder snapshot CONFIG',
        '  ✓ Nothing. Next: yinxin label-holder snapshot CONFIG',
      ),
    ]
  }
  return faults.map((fault) => `  ✗ ${fault.message} (${(fault as { code?: string }).code ?? 'unexpected'})`)
}
