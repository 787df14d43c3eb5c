/** The parts of a card page on how good the model is: discrimination, calibration, capture, distribution, stability. */
import { interval95, stabilityState } from '../../../models/index.ts'
import {
  calibrationChart,
  captureChart,
  distributionChart,
  isDrawable,
  ksChart,
  liftChart,
  rateText,
  rocChart,
} from './charts.ts'
import type { CardCopy } from './copy.ts'
import { type Markup, markup } from './markup.ts'
import { both, count, NONE, NOTHING, numberCell, paragraphs, percent, table, three } from './words.ts'

const withInterval = (value: number | undefined, se: number | undefined): string => {
  if (value === undefined) return NONE
  if (se === undefined) return three(value)
  const { from, to } = interval95(value, se)
  return `${three(value)} (${three(from)} – ${three(to)})`
}

export function discrimination({ metrics, curve, bands }: CardCopy): Markup {
  if (!metrics) return NOTHING
  const folds = [
    { words: { zh: '训练', en: 'training' }, of: metrics.train },
    { words: { zh: '验证', en: 'validation' }, of: metrics.validation },
    { words: { zh: '测试', en: 'test' }, of: metrics.test },
  ].flatMap(({ words, of }) => (of ? [{ words, of }] : []))
  return markup`<h2>${both({ zh: '区分能力', en: 'Telling good from bad' })}</h2>${paragraphs({
    zh: 'AUC 是随机抽取一户好企业与一户坏企业时，好企业得分更高的概率：0.5 等同抛硬币，1 为完全分开。KS 是两类企业累计占比的最大差距。括号内为 95% 区间，含抽样误差与加噪误差。测试数据未参与训练。',
    en: 'AUC is the chance that of one good and one bad firm drawn at random the good one has the higher score: 0.5 is a coin, 1 is perfect. KS is the largest distance between the two groups. Brackets hold 95 % intervals: sampling and the added noise. The test firms took no part in training.',
  })}${table(
    [
      { zh: '数据', en: 'firms' },
      { zh: 'AUC', en: '' },
      { zh: 'KS', en: '' },
      { zh: 'Gini', en: '' },
      { zh: '最差十分之一的提升度', en: 'lift, worst tenth' },
    ],
    folds.map(({ words, of }) => [
      both(words),
      numberCell(withInterval(of.auc, of.aucSe)),
      numberCell(withInterval(of.ks, of.ksSe)),
      numberCell(three(of.gini)),
      numberCell(of.lift10 === undefined ? NONE : `${of.lift10.toFixed(2)}×`),
    ]),
  )}${
    curve && bands && isDrawable({ curve })
      ? markup`<div class="pair"><div><h3>ROC, AUC ${three(metrics.test?.auc)}</h3>${rocChart({ curve })}</div><div><h3>KS ${three(metrics.test?.ks)}</h3>${ksChart({ curve, bands })}<p class="meta"><span class="key b"></span>${both({ zh: '坏企业', en: 'bad firms' })} &#160; <span class="key g"></span>${both({ zh: '好企业', en: 'good firms' })}</p></div></div>${paragraphs(
          {
            zh: `每个点是一个评分分段的边界（测试数据共 ${bands.test.length} 段）；只有这些点的数值公开过，点间连线仅便于观看。误差线与阴影为 95% 区间。`,
            en: `Each point is the edge of a score band (${bands.test.length} bands of test firms). Only these points were opened; the lines between them are a help for the eye. Bars and shade are 95 % intervals.`,
          },
        )}`
      : NOTHING
  }`
}

export function calibration({ bands, p0, observed }: CardCopy): Markup {
  if (!bands || !observed || p0 === undefined) return NOTHING
  return markup`<h2>${both({ zh: '校准：承诺与实际', en: 'Calibration: promised and observed' })}</h2>${paragraphs(
    {
      zh: '评分对应一个违约概率。若校准良好，点应落在虚线附近：观察值在误差线内与承诺一致。紫色线为保序回归（isotonic）。坐标轴在零附近放大。',
      en: 'A score stands for a default rate. In a well calibrated model the points lie by the dashed line, within their bars. The violet line pools neighbours until the rate never falls with risk (isotonic). Both axes are stretched near zero.',
    },
  )}${calibrationChart({ bands, p0 })}${table(
    [
      { zh: '等级', en: 'grade' },
      { zh: '评分', en: 'score' },
      { zh: '企业', en: 'firms' },
      { zh: '有标签', en: 'labelled' },
      { zh: '承诺', en: 'promised' },
      { zh: '观察（95%）', en: 'observed' },
    ],
    observed.map((row) => [
      row.grade,
      `${row.from}–${row.to}`,
      numberCell(count(row.firms)),
      numberCell(count(row.labelled)),
      numberCell(percent(row.expectedRate)),
      numberCell(rateText(row.observed)),
    ]),
  )}${paragraphs({
    zh: '等级表含全部有标签企业，其中包括训练用的企业；图中只含测试企业。企业过少的等级已合并。',
    en: 'The grade table is of all labelled firms, those that trained the model among them; the chart is of test firms only. Grades with few firms are merged.',
  })}`
}

export function capture({ curve, bands, metrics }: CardCopy): Markup {
  const test = metrics?.test
  if (!curve || !bands || !isDrawable({ curve }) || !test?.badRate) return NOTHING
  const whole = metrics as Parameters<typeof liftChart>[0]['metrics']
  return markup`<h2>${both({ zh: '提升与捕获', en: 'Lift and capture' })}</h2>${paragraphs({
    zh: `评分最低的十分之一企业中，包含约 ${percent(test.capture10)} 的坏企业，是平均水平的 ${test.lift10?.toFixed(2)} 倍。`,
    en: `The tenth of firms with the lowest scores holds about ${percent(test.capture10)} of all bad ones, ${test.lift10?.toFixed(2)} times as many as a tenth drawn at random.`,
  })}<div class="pair">${captureChart({ curve })}${liftChart({ bands, metrics: whole })}</div>`
}

export function distribution({ scores, grades, whitelist }: CardCopy): Markup {
  if (!scores || !grades) return NOTHING
  const { listed = 0, cut = 0, meanPd, excluded } = whitelist ?? {}
  return markup`<h2>${both({ zh: '评分分布与等级', en: 'Distribution of scores, and grades' })}</h2>${paragraphs(
    {
      zh: '评分 0–1000：600 分对应好坏比 20:1，每高 50 分好坏比翻倍。图为全部企业，无论是否有标签。',
      en: 'Scores run from 0 to 1000: 600 stands for 20 good firms to one bad, and 50 points more double that. The chart is of all firms, labelled or not.',
    },
  )}${distributionChart({ scores, grades, cut: listed > 0 ? cut : null })}${
    whitelist
      ? paragraphs({
          zh: `白名单：${count(listed)} 户，${cut} 分及以上（紫色线）${meanPd === undefined ? '' : `，平均违约概率 ${percent(meanPd)}；${count(excluded)} 户因排除规则不入名单`}。`,
          en: `Whitelist: ${count(listed)} firms of ${cut} points and more (violet line)${meanPd === undefined ? '' : `, mean default rate ${percent(meanPd)}; ${count(excluded)} firms are kept off by an exclusion rule`}.`,
        })
      : NOTHING
  }`
}

export const STATES = {
  ok: { zh: '稳定', en: 'stable' },
  watch: { zh: '关注', en: 'watch' },
  act: { zh: '须处理', en: 'act' },
} as const

const stateOf = (index: number): Markup => {
  const state = stabilityState(index)
  return markup`<span class="${state}">${both(STATES[state])}</span>`
}

export function stability({ stability: of }: CardCopy): Markup {
  if (!of) return NOTHING
  const row = (zh: string, en: string, value: number | null | undefined) => [
    both({ zh, en }),
    numberCell(three(value)),
    value === null || value === undefined ? NONE : stateOf(value),
  ]
  return markup`<h2>${both({ zh: '稳定性', en: 'Stability' })}</h2>${paragraphs({
    zh: '群体稳定性指数比较两个群体的评分分布：低于 0.10 稳定，0.10–0.25 关注，高于 0.25 须处理。',
    en: 'The population stability index compares the scores of two populations: below 0.10 they are alike, up to 0.25 is to be watched, above that something has to be done.',
  })}${table(
    [
      { zh: '比较', en: 'compared' },
      { zh: '指数', en: 'index' },
      { zh: '状态', en: 'state' },
    ],
    [
      row(
        '未参与训练的企业 对 训练企业',
        'firms outside training against those in it',
        of.restAgainstTraining,
      ),
      row(
        '有标签企业 对 全部企业（加噪）',
        'labelled firms against all firms (noisy)',
        of.labelledAgainstAll,
      ),
      row(
        of.lastModel ? `本模型 对 上一模型 ${of.lastModel.run}` : '本模型 对 上一模型（无）',
        of.lastModel
          ? `this model against the one before, ${of.lastModel.run}`
          : 'this model against the one before (none)',
        of.lastModel?.value ?? null,
      ),
    ],
  )}`
}
