/** A plan in plain words, Chinese or English, for whoever decides on it. */
import type { PlanSummary, RunPlan } from '../../federation/index.ts'
import type { KnownPlan } from './plan-folder.ts'

export type Language = 'zh' | 'en'

const HASH_SHOWN = 12

/** How a plan stands. */
export function standingOf({ pending, plan, decision }: KnownPlan, now: Date): keyof typeof STANDINGS {
  if (decision) return decision.approved ? 'approved' : 'refused'
  if (pending.over !== '') return 'over'
  return Date.parse(plan.expires) > now.getTime() ? 'waits' : 'expired'
}

const STANDINGS = {
  waits: { zh: '待决定', en: 'waits' },
  approved: { zh: '已同意', en: 'approved' },
  refused: { zh: '已拒绝', en: 'refused' },
  expired: { zh: '已过期', en: 'expired' },
  over: { zh: '已结束', en: 'over' },
} as const

/** One line for a list. */
export function planLine(known: KnownPlan, now: Date, language: Language): string {
  const { pending, plan } = known
  const standing = STANDINGS[standingOf(known, now)][language]
  return `${pending.planHash.slice(0, HASH_SHOWN)}  ${standing.padEnd(8)}  ${pending.proposedAt}  ${plan.purpose}  ${plan.run}`
}

/** @param party whose node shows it */
export function describePlan(
  { pending, plan }: KnownPlan,
  party: string,
  summary: PlanSummary,
  language: Language,
): string {
  const say = (zh: string, en: string) => (language === 'zh' ? zh : en)
  const part = (title: string, lines: readonly string[]) => ['', title, ...lines.map((line) => `  ${line}`)]
  const { authorisation } = plan
  return [
    say(`计划 ${pending.planHash}`, `Plan ${pending.planHash}`),
    say(
      `联合计算 ${plan.run}，提出时间 ${pending.proposedAt}，有效期至 ${plan.expires}`,
      `of run ${plan.run}, proposed at ${pending.proposedAt}, good until ${plan.expires}`,
    ),
    ...part(say('一、目的与参与方', '1. What for, and who takes part'), [
      say(`目的：${plan.purpose}`, `purpose: ${plan.purpose}`),
      say(
        `名册：${plan.rows} 户（${plan.rosterDigest.slice(0, HASH_SHOWN)}）`,
        `roster: ${plan.rows} firms (${plan.rosterDigest.slice(0, HASH_SHOWN)})`,
      ),
      say(`标签方：${plan.labelHolders.join('、')}`, `label holders: ${plan.labelHolders.join(', ')}`),
      authorisation
        ? say(
            `授权名单：第 ${authorisation.version} 版`,
            `list of authorised firms: version ${authorisation.version}`,
          )
        : say('没有授权名单', 'no list of authorised firms'),
      ...(plan.flags.length === 0
        ? []
        : [say(`标志：${plan.flags.join('、')}`, `flags: ${plan.flags.join(', ')}`)]),
    ]),
    ...part(say('二、使用哪些列', '2. Which columns'), columnLines(plan, party, say)),
    ...part(say('三、轮数与噪声', '3. Rounds and noise'), [
      say(
        `训练 ${plan.rounds} 轮，暗题 ${plan.challenges} 次，评估至多 ${plan.evaluations} 次，每列 ${plan.bins} 箱`,
        `${plan.rounds} training rounds, ${plan.challenges} hidden challenges, at most ${plan.evaluations} evaluations, ${plan.bins} bins a column`,
      ),
      ...(plan.logistic
        ? [
            say(
              `其中逻辑回归 ${plan.logistic.rounds} 轮，平台为此 ${plan.logistic.openings} 次得知各训练企业的总分`,
              `${plan.logistic.rounds} of the rounds are logistic: for them the platform learns the total of every training firm, ${plan.logistic.openings} times`,
            ),
          ]
        : []),
      ...(plan.booster
        ? [
            say(
              `模型：提升树，每棵 ${plan.booster.depth} 层，收缩 ${plan.booster.shrinkage}，每叶至少 ${plan.booster.leastRows} 户；每层单独计入隐私账`,
              `model: boosted trees of ${plan.booster.depth} levels, shrinkage ${plan.booster.shrinkage}, at least ${plan.booster.leastRows} firms a leaf; the ledger counts every level`,
            ),
          ]
        : [say('模型：评分卡', 'model: scorecard')]),
      say(
        `每台服务器的噪声：标准差 ${plan.sigma}（标签总数 ${plan.labelSigma}），以一户为单位`,
        `noise of each server: standard deviation ${plan.sigma} (sums of labels ${plan.labelSigma}), in units of one firm`,
      ),
    ]),
    ...part(say('四、什么会离开本节点', '4. What will leave this node'), leavingLines(summary, say)),
    ...part(say('五、隐私账', '5. What it costs in privacy'), [
      say(
        `标签期的 ε：之前 ${epsilon(summary.epsilonBefore, say)}，之后至多 ${epsilon(summary.epsilonAfter, say)}（未经审计的提供方按 128 列计）`,
        `epsilon of the label period: ${epsilon(summary.epsilonBefore, say)} before, at most ${epsilon(summary.epsilonAfter, say)} after (128 columns for each provider that no auditor has confirmed)`,
      ),
    ]),
    ...part(
      say('六、与本节点上次同意的计划相比', '6. Against the plan that this node approved before'),
      changeLines(summary, say),
    ),
    '',
  ].join('\n')
}

type Say = (zh: string, en: string) => string

const epsilon = (value: number | null, say: Say): string =>
  value === null ? say('无上限', 'unbounded') : value.toFixed(2)

function columnLines(plan: RunPlan, party: string, say: Say): string[] {
  return plan.providers.flatMap((provider) => {
    const grade = provider.grade ?? say('未说明', 'not stated')
    const own = provider.name === party ? say('（本单位）', ' (this node)') : ''
    const open = provider.publicData ? say('，公开数据', ', public data') : ''
    return [
      say(
        `${provider.name}${own}：${provider.columns.length} 列，字段最高级别 ${grade}${open}`,
        `${provider.name}${own}: ${provider.columns.length} columns, highest grade of their fields ${grade}${open}`,
      ),
      `  ${provider.columns.map(({ name, bins }) => `${name} (${bins})`).join(', ')}`,
      ...provider.extractors.map(({ name, hash }) => `  ${name}  SHA-256 ${hash}`),
    ]
  })
}

function leavingLines({ leaving }: PlanSummary, say: Say): string[] {
  const size = (bytes: number) =>
    bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`
  return [
    ...leaving.map(({ type, to, times, bytes }) =>
      say(
        `${type} → ${to}：${times} 条，合计至多约 ${size(bytes)}`,
        `${type} to ${to}: ${times} messages, at most about ${size(bytes)} together`,
      ),
    ),
    say(
      '此外仅有不足 1 kB 的回执。各种报文的内容见 docs/reference/messages.md。',
      'Beside these, receipts of less than 1 kB. What each kind carries: docs/reference/messages.md.',
    ),
  ]
}

function changeLines({ changes }: PlanSummary, say: Say): string[] {
  if (changes === null) return [say('此前没有同意过计划。', 'No plan was approved before.')]
  if (changes.length === 0) return [say('没有不同。', 'No difference.')]
  return changes.map(
    ({ what, before, after }) => `${what}: ${before || say('无', 'none')} → ${after || say('无', 'none')}`,
  )
}
