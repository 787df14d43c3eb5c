/**
 * The card of a model as one page of HTML that stands alone: no script, no address outside, drawings in SVG. It is made from the card
 * or from what may leave of it, so it can show nothing else; parts that are missing are left out, and the page says so.
 */
import { createHash } from 'node:crypto'
import { interval95 } from '../../../models/index.ts'
import type { CardCopy } from './copy.ts'
import { type Markup, markup, Markup as Text } from './markup.ts'
import { learned, limits, making, privacy, providers } from './sections-making.ts'
import { calibration, capture, discrimination, distribution, stability } from './sections-quality.ts'
import { STYLE } from './style.ts'
import { both, count, NONE, NOTHING, paragraphs, three } from './words.ts'

/** Allows the page its own style and nothing else; the same goes into the header where it is served. */
export const CARD_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`

const tile = (value: string, zh: string, en: string): Markup =>
  markup`<div class="tile"><b>${value}</b>${both({ zh, en })}</div>`

function summary({ metrics, plan, scores, providers: list, privacy: account }: CardCopy): Markup {
  const test = metrics?.test
  const interval = (value?: number, se?: number) => {
    if (value === undefined || se === undefined) return ''
    const { from, to } = interval95(value, se)
    return ` ${three(from)}–${three(to)}`
  }
  const firms = plan?.firms ?? scores?.firms.reduce((sum, rows) => sum + rows, 0)
  const epsilon = account?.epsilon
  return markup`<div class="tiles">${
    test
      ? [
          tile(
            three(test.auc),
            `测试 AUC，95% 区间${interval(test.auc, test.aucSe)}`,
            `test AUC, 95 % interval${interval(test.auc, test.aucSe)}`,
          ),
          tile(
            three(test.ks),
            `测试 KS，95% 区间${interval(test.ks, test.ksSe)}`,
            `test KS, 95 % interval${interval(test.ks, test.ksSe)}`,
          ),
        ]
      : NOTHING
  }${firms === undefined ? NOTHING : tile(count(firms), '已评分企业', 'firms scored')}${
    list
      ? tile(
          String(list.length),
          `数据提供方，共 ${list.reduce((sum, { columns }) => sum + columns.length, 0)} 个字段`,
          `providers with ${list.reduce((sum, { columns }) => sum + columns.length, 0)} columns`,
        )
      : NOTHING
  }${
    epsilon === undefined
      ? NOTHING
      : tile(
          epsilon === null ? '∞' : epsilon.toFixed(1),
          '隐私 ε（越小越好）',
          'privacy epsilon (smaller is better)',
        )
  }</div>`
}

function warnings({ outcome, plan, calibration: scale, bands }: CardCopy): Markup {
  const items: { zh: string; en: string }[] = []
  if (outcome && !outcome.accepted)
    items.push({
      zh: `该模型被验证拒绝，未发布任何评分：${outcome.refusal}`,
      en: `This model was refused by the validation and no score of it was published: ${outcome.refusal}`,
    })
  if (plan?.flags && plan.flags.length > 0)
    items.push({
      zh: `本次运行偏离生产规则：${plan.flags.join('；')}`,
      en: `This run departs from the rules of production: ${plan.flags.join('; ')}`,
    })
  if (scale && !scale.calibrated)
    items.push({
      zh: '未能校准：违约概率为未经校准的估计。',
      en: 'It could not be calibrated: default rates are raw estimates.',
    })
  if (bands && bands.validation === null)
    items.push({
      zh: '没有验证折（基准测试运行）。',
      en: 'There was no validation fold (a benchmark run).',
    })
  for (const warning of plan?.warnings ?? [])
    items.push({ zh: `运行提示：${warning}`, en: `Said by the run: ${warning}` })
  return items.length === 0
    ? NOTHING
    : markup`<div class="warn" role="note">${items.map((words) => paragraphs(words))}</div>`
}

const LANGUAGES = [
  { id: 'both', text: '双语 Both' },
  { id: 'zh', text: '中文' },
  { id: 'en', text: 'English' },
]

/** The page as a whole document. */
export function cardPage(card: CardCopy): string {
  const choices = LANGUAGES.map(({ id, text }, index) => {
    const checked = index === 0 ? new Text(' checked') : ''
    return markup`<label><input type="radio" name="lang" id="lang-${id}"${checked}>${text}</label>`
  })
  const partial = card.curve === undefined || card.learned === undefined
  return markup`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${CARD_POLICY}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer"><title>模型卡 Model card ${card.run ?? ''}</title><style>${new Text(STYLE)}</style></head><body><main>
<fieldset class="lang" aria-label="语言 Language">${choices}</fieldset>
<h1>${both({ zh: '模型卡', en: 'Model card' })}</h1>
<p class="meta">${card.run ?? NONE} · ${card.createdAt?.slice(0, 16).replace('T', ' ') ?? NONE} UTC</p>
${paragraphs({
  zh: '多个部门与银行在互不展示任何一行数据的前提下，共同训练了一张企业信用评分卡。本页说明它如何得出、有多好、隐私如何保护，以及不能用来做什么。',
  en: 'Departments and banks trained one credit scorecard together without showing each other a single row. This page says how it was made, how good it is, how privacy was kept, and what it is not for.',
})}
${warnings(card)}${summary(card)}${
  partial
    ? paragraphs({
        zh: '这是可对外提供的部分：涉及违约计数的内容只留给签署计划书的各方。',
        en: 'This copy holds what may leave the platform: what tells counts of defaults stays with the parties that signed the plan.',
      })
    : NOTHING
}
${discrimination(card)}${calibration(card)}${capture(card)}${distribution(card)}${stability(card)}${providers(card)}${learned(card)}${privacy(card)}${making(card)}${limits(card)}
</main></body></html>
`.text
}
