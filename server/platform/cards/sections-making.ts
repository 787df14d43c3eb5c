/** The parts of a card page on how the model was made: providers, who learned what, privacy, settings, limits. */
import type { CardCopy } from './copy.ts'
import { type Markup, markup } from './markup.ts'
import { both, count, NONE, NOTHING, numberCell, paragraphs, percent, table, type Words } from './words.ts'

export function providers({ providers: list, plan }: CardCopy): Markup {
  if (!list) return NOTHING
  const firms = plan?.firms
  return markup`<h2>${both({ zh: '数据提供方与字段', en: 'Providers and their columns' })}</h2>${paragraphs({
    zh: '此处只列各方在共同签署的计划书中公开的内容：字段名称与分箱数。每个字段的强弱、分箱边界与分值只有其提供方知道。哪些企业在某一提供方处有数据，同样不为他人所知。',
    en: 'What stands here is what the plan, which every party signed, says openly: names of columns and numbers of bins. How strong a column is, where its bins are cut and what they score is known to its provider alone, and so is which firms it holds.',
  })}${table(
    [
      { zh: '提供方', en: 'provider' },
      { zh: '数据', en: 'data' },
      { zh: '字段', en: 'columns' },
      { zh: '分箱', en: 'bins' },
      { zh: '参与评分的企业', en: 'firms scored with it' },
      { zh: '字段名称（分箱数）', en: 'names (bins)' },
    ],
    list.map((provider) => [
      provider.name,
      provider.publicData ? both({ zh: '公共', en: 'public' }) : both({ zh: '非公共', en: 'not public' }),
      numberCell(provider.columns.length),
      numberCell(provider.width),
      numberCell(
        firms && provider.firms !== undefined
          ? `${count(provider.firms)} (${percent(provider.firms / firms)})`
          : count(provider.firms),
      ),
      markup`<span class="columns">${provider.columns.map(({ name, bins }, index) => [index > 0 ? ', ' : '', name, ` (${bins})`])}</span>`,
    ]),
  )}`
}

const PARTIES: Readonly<Record<string, string>> = {
  'every party': '各方',
  platform: '平台',
  'key holder': '密钥持有方',
  provider: '数据提供方',
  bank: '银行',
  'platform or key holder with any providers': '平台或密钥持有方与任意提供方合谋',
  'platform with key holder': '平台与密钥持有方合谋',
  assumption: '前提',
}

export function learned({ learned: rows }: CardCopy): Markup {
  if (!rows) return NOTHING
  return markup`<h2>${both({ zh: '各方获知了什么', en: 'Who learned what' })}</h2>${table(
    [
      { zh: '参与方', en: 'party' },
      { zh: '获知内容', en: 'learned' },
    ],
    rows.map(({ party, learns, learnsZh }) => [
      both({ zh: PARTIES[party] ?? party, en: party }),
      markup`${paragraphs({ zh: learnsZh, en: learns })}`,
    ]),
  )}`
}

export function privacy({ privacy: account, countSd }: CardCopy): Markup {
  if (!account || account.epsilon === undefined) return NOTHING
  const { epsilon, epsilonCounted, delta } = account
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? '∞' : value.toFixed(1)
  return markup`<h2>${both({ zh: '隐私', en: 'Privacy' })}</h2>${paragraphs(
    {
      zh: '原始数据、标签、权重从未离开各自的单位：两台服务器各持一份随机份额，任何一台单独看都是随机数；公开的只有加噪的合计。',
      en: 'No row, label or weight ever left its house. Two servers each hold one random share, which alone is nothing but chance; only sums are opened, with noise added by both.',
    },
    epsilon === null
      ? {
          zh: '本次运行关闭了噪声：公开的合计为精确值，没有隐私界限（ε 无穷大）。不得用于真实数据。',
          en: 'Noise was switched off in this run: what was opened is exact, and no bound holds (epsilon is infinite). Not for real data.',
        }
      : {
          zh: `ε = ${number(epsilon)}（δ = ${delta}）：全部提供方与一台服务器合谋，就“某户有标签企业是否违约”所能获知的上限；按未经审计的计算口径为 ${number(epsilonCounted)}。ε 越小越好，远大于 10 时承诺很弱；它不涵盖特征数据，也不涵盖企业是否有标签。总分为精确值。`,
          en: `Epsilon is ${number(epsilon)} at delta ${delta}: a bound on what all providers and one server together may learn of whether one labelled firm defaulted; ${number(epsilonCounted)} as the budget counts it, where no auditor has confirmed the columns. Smaller is better; far above 10 the promise is weak. It covers neither features nor being labelled at all; totals are exact.`,
        },
    {
      zh: `每个公开计数的噪声标准差为 ${countSd?.toFixed(1) ?? NONE}（两台服务器合计，单位：户）。`,
      en: `Every opened count carries noise with a standard deviation of ${countSd?.toFixed(1) ?? NONE} firms, both servers together.`,
    },
  )}`
}

export function making({ training, plan, calibration, purpose, p0, planHash }: CardCopy): Markup {
  if (!training) return NOTHING
  const rows: (readonly [string, string, string | number | null | undefined])[] = [
    ['用途', 'purpose', purpose],
    ['企业总数', 'firms on the roster', plan?.firms && count(plan.firms)],
    ['训练企业', 'firms in training', training.rows && count(training.rows)],
    ['其中有标签（加噪）', 'labelled among them (noisy)', training.labelled && count(training.labelled)],
    ['其中坏企业（加噪）', 'bad among them (noisy)', training.bads && count(training.bads)],
    ['坏企业占比', 'share of bads', p0 === undefined ? undefined : percent(p0)],
    ['标签方数量', 'label holders', plan?.labelHolders],
    ['训练折', 'folds that trained', plan?.trainFolds?.join(', ')],
    ['轮数', 'rounds', training.rounds],
    ['树的层数', 'levels of a tree', training.depth],
    ['每字段最多分箱', 'bins a column, at most', training.bins],
    ['岭参数', 'ridge', training.lambda],
    ['噪声标准差（每台服务器）', 'noise, sd of each server', training.sigma],
    ['隐蔽检验轮', 'hidden checks among the rounds', plan?.challenges],
    [
      '校准：截距，斜率',
      'calibration: level, slope',
      calibration && `${calibration.intercept.toFixed(3)}, ${calibration.slope.toFixed(3)}`,
    ],
    [
      '授权名单版本',
      'version of the authorisation list',
      plan?.authorisation === null ? NONE : plan?.authorisation?.version,
    ],
    [
      '仅用公共数据评分的企业',
      'firms rated on public data only',
      plan?.authorisation ? count(plan.authorisation.publicOnly) : undefined,
    ],
    ['计划书摘要', 'digest of the plan', planHash],
  ]
  return markup`<h2>${both({ zh: '如何得出', en: 'How it was made' })}</h2>${paragraphs(typeof training?.depth === 'number' ? TREES : SCORECARD)}${table(
    [
      { zh: '设置', en: 'setting' },
      { zh: '值', en: 'value' },
    ],
    rows.flatMap(([zh, en, value]) =>
      value === undefined || value === null ? [] : [[both({ zh, en }), markup`<code>${value}</code>`]],
    ),
  )}`
}

const SCORECARD: Words = {
  zh: '模型为相加式评分卡：每个字段分箱，每箱一个分值，总分为各提供方分值之和。各提供方在本地训练自己的部分，彼此看不到数据。',
  en: 'The model is an additive scorecard: every column is cut into bins, every bin has points, and a score is the sum over all providers. Each provider trained its own part in its own house.',
}
const TREES: Words = {
  zh: '模型为提升树：每个提供方在本地用自己的字段逐轮长出小树，每个叶子一个分值，总分为各提供方分值之和。树的分裂点和企业落入的叶子只有该提供方知道。',
  en: 'The model is boosted trees: every provider grew small trees on its own columns, round by round, in its own house; every leaf has points, and a score is the sum over all providers. Splits, and which firms fall where, are known to that provider alone.',
}

export function limits({ limits: list }: CardCopy): Markup {
  if (!list) return NOTHING
  return markup`<h2>${both({ zh: '用途与局限', en: 'Intended use and limits' })}</h2><ul>${list.map((words) => markup`<li><span class="zh" lang="zh-CN">${words.zh}</span> <span class="en" lang="en">${words.en}</span></li>`)}</ul>`
}
