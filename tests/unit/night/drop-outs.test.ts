/** Every point at which a provider may leave a night, and what a restart finds (docs/explanation/nightly-scores.md). */
import { describe, expect, it } from 'vitest'
import { KEY_HOLDER, type Node, PLATFORM } from '../../../federation/index.ts'
import type { Body, MessageType } from '../../../federation/messages/schema.ts'
import { type NightWorld, worldsOfFile } from '../../helpers/nights.ts'
import { changed, type Deviation, intercept, onFirst, type Posted } from '../federation/interception.ts'

const world = worldsOfFile()

const partsOf = ({ parts }: { parts: readonly { part: string }[] }) => parts.map(({ part }) => part).join(' ')

/** Lets the messages of one type from one party vanish once, and the platform see that the party is silent. */
function silence(night: NightWorld, from: string, type: MessageType): Posted[] {
  let done = false
  const deviation: Deviation = (message) => {
    if (done || message.from !== from || message.type !== type) return undefined
    done = true
    setTimeout(() => night.consortium.nights.lost(from), 5)
    return []
  }
  return intercept(night.consortium, deviation)
}

const sets = (recorded: readonly Posted[]) => recorded.filter(({ type }) => type === 'night.commit')
const answers = (recorded: readonly Posted[]) => recorded.filter(({ type }) => type === 'night.masks')

describe('a provider leaves', () => {
  it.each([
    ['before it said its version', 'night.ready', 1],
    ['after the set was named, before its vector came', 'night.share', 2],
  ] as const)('%s: the night goes on without it, with its last vector', async (_, type, attempts) => {
    const night = await world()
    await night.night()
    const recorded = silence(night, 'provider-2', type)
    const result = await night.night()
    expect(partsOf(result)).toBe('fresh carried fresh fresh')
    expect(result.parts[1].reason).toBe('it stopped answering')
    expect([...result.totals]).toEqual([...night.totals()])
    const opened = new Set(recorded.filter(({ type: of }) => of === 'night.open').map(({ body }) => body))
    expect(opened.size).toBe(attempts === 1 ? 4 : 7)
    // One set asked for, one answered, whatever attempts there were.
    expect(sets(recorded)).toHaveLength(1)
    expect(answers(recorded)).toHaveLength(1)
  })

  it('by an answer that cannot be read: the night goes on without it, and names it', async () => {
    const night = await world()
    await night.night()
    intercept(night.consortium, (message) =>
      message.from === 'provider-2' && message.type === 'night.ready'
        ? [changed(message, { version: 7 })]
        : undefined,
    )
    const result = await night.night()
    expect(partsOf(result)).toBe('fresh carried fresh fresh')
    expect(result.parts[1].reason).toContain('"night.ready" from provider-2 does not fit')
  })

  it('while exclusions are blinded, when another one is absent already: a new name, both carried over', async () => {
    const night = await world({ providers: 6 })
    await night.night()
    night.away.add('provider-5')
    const recorded = silence(night, 'provider-1', 'night.blinded')
    const result = await night.night()
    expect(partsOf(result)).toBe('carried fresh fresh fresh carried fresh')
    expect([...result.totals]).toEqual([...night.totals()])
    expect(sets(recorded)).toHaveLength(1)
    const entries = sets(recorded)[0].body.entries as { night: string }[]
    const shares = recorded.filter(({ type }) => type === 'night.share')
    // Five shared under the name that was given up, four under the one that was opened.
    expect(shares).toHaveLength(9)
    expect(new Set(entries.map(({ night: of }) => of)).size).toBe(2)
  })

  it('after its vector came: its vector is in', async () => {
    const night = await world()
    await night.night()
    const recorded = intercept(night.consortium, (message) => {
      if (message.type === 'night.commit') night.consortium.nights.lost('provider-3')
      return undefined
    })
    expect(partsOf(await night.night())).toBe('fresh fresh fresh fresh')
    expect(sets(recorded)).toHaveLength(1)
  })

  it('and the vector of another one is late: under the name that was given up it has no place in the next', async () => {
    const night = await world()
    await night.night()
    let late: Posted | undefined
    let given = false
    intercept(night.consortium, (message, { nodes, nights }) => {
      const { from, to, type } = message
      if (type === 'night.share' && from === 'provider-2') setTimeout(() => nights.lost(from), 5)
      const held = type === 'night.share' && (from === 'provider-2' || (from === 'provider-3' && !late))
      if (held && from === 'provider-3') late = message
      // It leaves as the next attempt begins, before its sender hears of that.
      if (late && !given && type === 'night.open' && to === 'provider-3') {
        given = true
        void (nodes.get('provider-3') as Node).post(PLATFORM, 'night.share', late.body as Body<'night.share'>)
      }
      return held ? [] : undefined
    })
    expect(partsOf(await night.night())).toBe('fresh carried fresh fresh')
    expect(given).toBe(true)
  })

  it.each([{}, { entries: [] }])('nobody by a message of another provider: %j', async (body) => {
    const night = await world()
    await night.night()
    const deviation = onFirst({ from: 'provider-2', type: 'night.ready' }, (message) => [
      changed({ ...message, to: 'provider-1', type: 'night.collect', body: {} }, body),
      message,
    ])
    intercept(night.consortium, deviation)
    expect(partsOf(await night.night())).toBe('fresh fresh fresh fresh')
  })

  it('and refuses by its own policy: it is carried over, with its reason', async () => {
    let may = true
    const night = await world({
      policyOf: (party) => ({ mayScore: party !== 'provider-2' || may }),
    })
    await night.night()
    may = false
    // The policy is read when a process starts.
    await night.restart()
    const result = await night.night()
    expect(partsOf(result)).toBe('fresh carried fresh fresh')
    expect(result.parts[1].reason).toMatch(/takes no part in nightly scoring/)
  })
})

describe('a party is started anew in the middle of a night', () => {
  /** Swallows the first message to a party from the platform, until the party is started anew. */
  function restartBefore(night: NightWorld, party: string, type: MessageType): Posted[] {
    let done = false
    return intercept(night.consortium, (message, { nodes }) => {
      if (done || message.to !== party || message.type !== type) return undefined
      done = true
      void night
        .restartOne(party)
        .then(() => (nodes.get(PLATFORM) as Node).post(party, type, message.body as Body<MessageType>))
      return []
    })
  }

  it('a provider, after it said its version: it knows nothing of the night, says so, and is carried over', async () => {
    const night = await world()
    await night.night()
    const recorded = restartBefore(night, 'provider-2', 'night.collect')
    const result = await night.night()
    expect(partsOf(result)).toBe('fresh carried fresh fresh')
    expect(result.parts[1].reason).toContain('no such night is open')
    expect([...result.totals]).toEqual([...night.totals()])
    expect(sets(recorded)).toHaveLength(1)
    // The next night has it again.
    expect(partsOf(await night.night())).toBe('fresh fresh fresh fresh')
  })

  it('the key holder, before it was asked to open: it is asked again, in the same night', async () => {
    const night = await world()
    await night.night()
    const recorded = restartBefore(night, KEY_HOLDER, 'night.commit')
    const result = await night.night()
    expect(partsOf(result)).toBe('fresh fresh fresh fresh')
    expect([...result.totals]).toEqual([...night.totals()])
    // The same opening under the name that was asked for first, and one collection of vectors.
    expect(new Set(sets(recorded).map(({ body }) => body.night))).toEqual(new Set([result.night]))
    expect(recorded.filter(({ type }) => type === 'night.collect')).toHaveLength(4)
  })
})

describe('the key holder is silent', () => {
  it('before it heard: the night stops, and the same opening is asked for first thing after a restart', async () => {
    const night = await world()
    await night.night()
    const recorded = intercept(night.consortium, (message) => {
      if (message.type !== 'night.commit') return undefined
      setTimeout(() => night.consortium.nights.lost(KEY_HOLDER), 5)
      return []
    })
    const before = night.totals()
    await expect(night.night()).rejects.toMatchObject({ code: 'YX_FEDERATION_PARTY_LOST' })
    expect(answers(recorded)).toHaveLength(0)
    await night.restart()
    for (const name of night.names) night.change(name)
    const finished = await night.night()
    expect([...finished.totals]).toEqual([...before])
    expect([...(await night.night()).totals]).toEqual([...night.totals()])
  })

  it('after it opened: it answers the same again, from its disk', async () => {
    const night = await world()
    await night.night()
    const given: Posted[] = []
    intercept(night.consortium, (message) => {
      if (message.type !== 'night.masks') return undefined
      given.push(message)
      setTimeout(() => night.consortium.nights.lost(KEY_HOLDER), 5)
      return []
    })
    await expect(night.night()).rejects.toMatchObject({ code: 'YX_FEDERATION_PARTY_LOST' })
    await night.restart()
    const again = intercept(night.consortium)
    const finished = await night.night()
    expect(answers(again).map(({ body }) => body)).toEqual(given.map(({ body }) => body))
    expect([...finished.totals]).toEqual([...night.totals()])
    expect(again.filter(({ to, from }) => from === PLATFORM && to !== KEY_HOLDER)).toEqual([])
  })

  it('and another set is asked for under the name that it opened: refused, also after a restart', async () => {
    const night = await world()
    await night.night()
    let asked: Record<string, unknown> = {}
    intercept(night.consortium, (message) => {
      if (message.type === 'night.commit') asked = message.body
      return undefined
    })
    await night.night()
    await night.restart()
    const deviation: Deviation = (message) =>
      message.type === 'night.commit'
        ? [changed(message, { ...asked, withheld: new Uint8Array(800).fill(1) })]
        : undefined
    const recorded = intercept(night.consortium, deviation)
    await expect(night.night()).rejects.toMatchObject({ cause: 'YX_FEDERATION_SECOND_SET' })
    expect(answers(recorded)).toEqual([])
  })
})

describe('a provider is taken off the member list', () => {
  /** The office's next list, at every node. */
  function withoutMember({ consortium }: NightWorld, gone: string): void {
    const members = [...consortium.enrolled.values()].map(({ member }) => member)
    const list = {
      ...{ consortium: 'one process', suite: 'international' as const, version: 1 },
      members: members.filter(({ name }) => name !== gone),
    }
    for (const [name, { membership }] of consortium.nodes) if (name !== gone) membership.accept(list)
  }

  it('its last vector serves on, dated; the model is still rated with every provider it was trained with', async () => {
    const night = await world()
    const first = await night.night()
    withoutMember(night, 'provider-3')
    const before = night.snapshot()
    night.change('provider-1')
    night.change('provider-2')
    night.change('provider-3')
    night.change('provider-4')
    const result = await night.night()
    expect(partsOf(result)).toBe('fresh fresh carried fresh')
    expect(result.parts[2]).toMatchObject({ reason: 'it is no longer a member', since: expect.any(String) })
    const asItWas = new Map(night.data).set('provider-3', before.get('provider-3') as never)
    expect([...result.totals]).toEqual([...night.totals(asItWas)])
    expect([...result.totals]).not.toEqual([...first.totals])
    // Tomorrow, too: the vector is kept under masks of a member that nobody shares a secret with any more.
    const again = await night.night()
    expect(partsOf(again)).toBe('fresh fresh carried fresh')
    expect([...again.totals]).toEqual([...night.totals(asItWas)])
    expect(again.parts[2].since).toBe(result.parts[2].since)
  })

  it('before it was in any night: there is nothing to carry over, and the night says so', async () => {
    const night = await world()
    withoutMember(night, 'provider-3')
    await expect(night.night()).rejects.toMatchObject({ code: 'YX_FEDERATION_NOTHING_TO_CARRY' })
  })
})
