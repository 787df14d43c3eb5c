import { createHash } from 'node:crypto'
import Fastify from 'fastify'
import { describe, expect, it, test } from 'vitest'
import { type ModelCardInput, modelCard } from '../../../models/index.ts'
import { CARD_POLICY, cardPage } from '../../../server/platform/cards/card-page.ts'
import { registerCards } from '../../../server/platform/cards/routes.ts'
import { products } from '../../../server/platform/products.ts'
import { allowedPart } from '../../../server/platform/release-gate.ts'
import type { RegisteredModel } from '../../../server/store/index.ts'
import { cardInput } from '../../helpers/model-card.ts'
import { publishSnapshot, testPlatform } from './test-platform.ts'

/** Names that would break out of a text, an attribute, a style or a drawing. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'/><svg onload=alert(1)>",
  '</style><style>*{background:url(https://example.org)}',
  '</title></svg><a href="javascript:alert(1)">x</a>',
  '{{7*7}}&lt;b&gt;&#60;i&#62;',
  '\u0000\u0008\u202ereversed\u2066',
]

function withNames(name: string): ModelCardInput {
  const input = cardInput()
  const [provider] = input.providers
  return {
    ...input,
    ...{ run: name, purpose: name, planHash: name, createdAt: name },
    providers: [{ ...provider, name, columns: [{ name, kind: name, bins: 3 }] }],
    plan: { ...input.plan, flags: [name], warnings: [name] },
    outcome: { accepted: false, refusal: name },
    grades: input.grades.map((grade) => ({ ...grade, grade: name })),
    stability: { ...input.stability, lastModel: { run: name, value: 0.2 } },
    learned: [{ party: name, learns: name, learnsZh: name }],
    limits: [{ en: name, zh: name }],
  }
}

/** Elements and attributes of a page, in order, without any text. */
const skeleton = (page: string): string[] =>
  [...page.matchAll(/<\/?([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/gi)].map(
    ([, tag, attributes]) =>
      `${tag}${[...attributes.matchAll(/([a-z-]+)(?:=|\s|$)/gi)].map(([, name]) => ` ${name}`).join('')}`,
  )

describe('the page of a model card', () => {
  it.each(HOSTILE)('is the same page whatever the names are: %j', (name) => {
    const page = cardPage(modelCard(withNames(name)))
    const plain = cardPage(modelCard(withNames('plain')))
    const tags = (text: string) => [...text.matchAll(/<[!/]?[a-z]+/gi)].map(([tag]) => tag)
    expect(tags(page)).toEqual(tags(plain))
    expect(skeleton(page).length).toBe(skeleton(plain).length)
    for (const unwanted of '\u0000\u0008\u202e\u2066') expect(page).not.toContain(unwanted)
  })

  it('has no script, no handler, no address and no style of an element', () => {
    const page = cardPage(modelCard(cardInput()))
    expect(page).not.toMatch(
      /<script|javascript:|\son[a-z]+=|\sstyle=|\s(?:src|href|action|xlink)=|url\(|@import/i,
    )
    expect(page.match(/https?:/g)).toBeNull()
    const [, style] = page.match(/<style>([\s\S]*?)<\/style>/) as RegExpMatchArray
    const hash = createHash('sha256').update(style).digest('base64')
    expect(CARD_POLICY).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    )
    expect(page).toContain(`content="${CARD_POLICY.replaceAll("'", '&#39;')}"`)
  })

  it('shows the figures of the card, in both languages', () => {
    const card = modelCard(cardInput())
    const page = cardPage(card)
    const { auc, ks } = card.metrics.test
    for (const text of [
      ...[auc.toFixed(3), ks.toFixed(3), '模型卡', 'Model card', 'allow-two', 'usage (4), arrears (3)'],
      ...['0.004', '0.131', '0.310', 'BBB-C', '8.1', '62.5', '仅供参考', 'for reference', 'AAA-A'],
    ])
      expect(page).toContain(text)
    // One dot for each band of the curves: ROC and capture once, KS twice, and a calibration point.
    expect(page.match(/<circle/g)).toHaveLength(5 * card.bands.test.length)
  })

  it('says so where noise was off, the model refused, or nothing was labelled', () => {
    const input = cardInput()
    const empty = input.bands.test.map((band) => ({ ...band, n: 0, bad: 0 }))
    const page = cardPage(
      modelCard({
        ...input,
        outcome: { accepted: false, refusal: 'AUC falls' },
        privacy: { epsilon: null, epsilonCounted: null, delta: 1e-6 },
        bands: { train: empty, validation: null, test: empty },
        grades: input.grades.map((grade) => ({ ...grade, labelled: 0, bads: 0 })),
        stability: { ...input.stability, labelledAgainstAll: null, lastModel: null },
      }),
    )
    expect(page).toContain('AUC falls')
    expect(page).toContain('epsilon is infinite')
    expect(page).not.toMatch(/NaN|Infinity|undefined|null/)
  })
})

describe('the copy of a card that leaves the platform', () => {
  const card = { ...modelCard(cardInput()) }

  it('holds no count of labelled firms or defaults, nor their share, nor a curve of them', () => {
    const copy = allowedPart(card, products.model_card.fields) as object
    const text = JSON.stringify(copy)
    expect(text).not.toMatch(
      /"(labelled|bads|bad|n|p0|rate|badRate|curve|bands|observed|warnings|labelHolders)"/,
    )
    expect(text).toContain('"auc"')
    expect(cardPage(copy)).toContain('This copy holds what may leave')
    expect(cardPage(copy)).not.toMatch(/NaN|undefined|1\u202f777|ROC/)
  })

  it('is served as a page under its own policy, to keys with the scope, and written to the access log', async () => {
    const { store, get, keyFor } = await testPlatform()
    const none = await get('/v1/snapshots/current/card')
    expect(none.statusCode).toBe(503)
    await publishSnapshot(store, { card })
    const answer = await get('/v1/snapshots/current/card')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.headers['content-security-policy']).toBe(CARD_POLICY)
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(answer.body).toBe(cardPage(allowedPart(card, products.model_card.fields) as object))
    const refused = await get('/v1/snapshots/current/card', await keyFor('Bank B', ['scores:read']))
    expect(refused.statusCode).toBe(403)
    expect((await get('/v1/snapshots/current/card', null)).statusCode).toBe(401)
  })
})

test('the operator reads the whole card of any registered model, and of the champion', async () => {
  const app = Fastify()
  const card = modelCard(cardInput())
  const models = {
    model: async () => ({ cardText: JSON.stringify(card) }) as RegisteredModel,
    serving: async () => ({ champion: null, challenger: null, share: 0, salt: '' }),
  }
  registerCards(app, {}, models)
  const page = await app.inject({ url: '/control/models/3/card.html' })
  expect(page.body).toBe(cardPage(card))
  expect(page.headers['content-security-policy']).toBe(CARD_POLICY)
  expect((await app.inject({ url: '/control/models/x/card.html' })).statusCode).toBe(400)
  expect((await app.inject({ url: '/control/model/card.html' })).statusCode).toBe(503)
})
