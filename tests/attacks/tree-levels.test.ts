/**
 * Levels of boosted trees: deeper ones ask for columns that are not the committed ones. A key holder answers about a residual
 * only as the plan says, and a provider opens no masks of such a level, whoever calls it a challenge: with them the key holder
 * would see sums without noise. The control of both is the honest run, in which the same messages are sent at their place.
 */
import { describe, expect, it } from 'vitest'
import { KEY_HOLDER, PLATFORM } from '../../federation/index.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import { changed, type Deviation, type Posted, runWith } from '../unit/federation/interception.ts'

const FIRST = 'provider-1'
const inputOf = (depth: number | undefined) => ({
  ...syntheticInput({ rows: 900, providers: 3, banks: 1, seed: 4, rounds: 1, columns: 1 }),
  ...(depth !== undefined && { depth }),
})
const sentBy = (recorded: readonly Posted[], party: string, type: string) =>
  recorded.filter((message) => message.from === party && message.type === type)

describe('levels of trees', () => {
  it('control: the honest run asks for every level once, charged one by one', async () => {
    const { result, recorded } = await runWith(inputOf(3))
    expect(sentBy(recorded, PLATFORM, 'round.level').map(({ round, body }) => [round, body.level])).toEqual([
      [2, 1],
      [3, 2],
    ])
    const charged = result!.ledger.map(({ what }) => what).filter((what) => what.startsWith('gradients'))
    expect(charged).toEqual([1, 2, 3].map((level) => `gradients of round 1, level ${level}`))
    const rhos = result!.ledger
      .filter(({ what }) => what.startsWith('gradients'))
      .map(({ released }) => released)
    const width = result!.plan.providers.reduce((sum, provider) => sum + provider.width, 0)
    // The root; the left child of one node; the left children of two.
    expect(rhos).toEqual([width, width, 2 * width])
  })

  it.each([
    ['of a scorecard', undefined, 'round.done', 2],
    ['before its round', 2, 'round.start', 1],
    ['beyond the depth', 2, 'round.done', 3],
  ] as const)('a level %s is refused by the key holder', async (_, depth, at, round) => {
    let done = false
    const { code, text, recorded } = await runWith(inputOf(depth), (message) => {
      const level = {
        ...message,
        from: PLATFORM,
        to: KEY_HOLDER,
        type: 'round.level' as const,
        round,
        body: { level: 1 },
      }
      if (at === 'round.start' && message.type === at && message.to === KEY_HOLDER) return [level]
      if (at !== 'round.done' || done || message.type !== 'score.request' || message.to !== FIRST)
        return undefined
      done = true
      return [level, message]
    })
    expect(code).toBe('YX_FEDERATION_MESSAGE_UNEXPECTED')
    expect(text).toContain('round.level')
    expect(sentBy(recorded, KEY_HOLDER, 'round.query').filter((query) => query.round === round)).toEqual([])
  })

  it.each([[[PLATFORM]], [[PLATFORM, KEY_HOLDER]]])(
    'a provider opens no masks of a deeper level that %s call a challenge',
    async (servers) => {
      const declaring: Deviation = (message) => {
        const { from, to, type, round, body } = message
        if (type !== 'round.gradient' || to !== FIRST || round !== 2 || !servers.includes(from))
          return undefined
        return [{ ...changed(message, {}), type: 'challenge.declare', body: { group: body.group } }]
      }
      const { code, recorded } = await runWith(inputOf(2), declaring)
      expect(code).toBe('YX_FEDERATION_MESSAGE_UNEXPECTED')
      expect(sentBy(recorded, FIRST, 'challenge.masks')).toEqual([])
    },
  )

  it('every answer of a level has the size that the plan says, whatever the trees look like', async () => {
    // Nothing to learn: every label is good but one, so that no node is split.
    const plain = inputOf(3)
    const bad = new Uint8Array(900)
    bad[0] = 1
    const dull = { ...plain, labelHolders: plain.labelHolders.map((of) => ({ ...of, bad })) }
    const sizes = async (input: typeof plain) =>
      sentBy((await runWith(input)).recorded, FIRST, 'round.answer').map(({ round, body }) => [
        round,
        body.from,
        body.to,
        (body.answer as Uint8Array).length,
      ])
    expect(await sizes(dull)).toEqual(await sizes(plain))
  })
})
