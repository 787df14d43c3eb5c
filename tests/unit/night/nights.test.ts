/** Nights of a consortium against sums in the clear, bit for bit (protocol.md section 7). */
import { describe, expect, it } from 'vitest'
import { type NightWorld, worldsOfFile } from '../../helpers/nights.ts'

const world = worldsOfFile()

const partsOf = ({ parts }: { parts: readonly { provider: string; part: string }[] }) =>
  parts.map(({ part }) => part).join(' ')

/** Whether any rule fires, in the clear. */
const excludedOf = (night: NightWorld) => {
  const all = night.names.map((name) => (night.data.get(name) as { exclusions: Uint8Array }).exclusions)
  return all[0].map((_, row) => (all.some((one) => one[row] === 1) ? 1 : 0))
}

describe('a night with everybody there', () => {
  it('opens the sum of points of the data of the day, as trained and after three providers refreshed', async () => {
    const night = await world()
    const first = await night.night()
    expect([...first.totals]).toEqual([...night.totals()])
    expect(first.staleSince).toBeNull()
    const before = night.totals()
    for (const name of night.names.slice(0, 3)) night.change(name)
    const second = await night.night()
    expect([...second.totals]).toEqual([...night.totals()])
    expect([...second.totals]).not.toEqual([...before])
    expect(new Set(second.totals).size).toBeGreaterThan(10)
    expect(partsOf(second)).toBe('fresh fresh fresh fresh')
    expect([...second.excluded]).toEqual([...excludedOf(night)])
    expect(second.excluded).toContain(1)
  })

  it('holds back what one provider refreshed alone, on the first night and later, until three have changed', async () => {
    const night = await world()
    const trained = night.snapshot()
    night.change('provider-2')
    const first = await night.night()
    expect(partsOf(first)).toBe('fresh held fresh fresh')
    expect([...first.totals]).toEqual([...night.totals(trained)])
    expect([...first.totals]).not.toEqual([...night.totals()])
    expect(first.staleSince).toBe('2026-11-24T22:00:00.000Z')
    night.change('provider-1')
    const second = await night.night()
    expect(partsOf(second)).toBe('held held fresh fresh')
    expect([...second.totals]).toEqual([...night.totals(trained)])
    night.change('provider-4')
    const third = await night.night()
    expect(partsOf(third)).toBe('fresh fresh fresh fresh')
    expect([...third.totals]).toEqual([...night.totals()])
    expect(third.staleSince).toBeNull()
  })
})

describe('absent providers', () => {
  it('are carried over with their last points and flags, dated, alone and several at once, and come back', async () => {
    const night = await world({ providers: 6 })
    await night.night()
    for (const name of ['provider-1', 'provider-2', 'provider-3']) night.change(name)
    await night.night()
    const then = night.snapshot()
    const since = night.clock.toISOString()
    // One is away, three others refresh.
    night.away.add('provider-3')
    for (const name of ['provider-4', 'provider-5', 'provider-6']) night.change(name)
    night.change('provider-3', [3, 4])
    const mixed = night.snapshot().set('provider-3', then.get('provider-3')!)
    const one = await night.night()
    expect(partsOf(one)).toBe('fresh fresh carried fresh fresh fresh')
    expect([...one.totals]).toEqual([...night.totals(mixed)])
    expect([...one.excluded]).toEqual([...excludedOf(night)])
    expect(one.staleSince).toBe(since)
    expect(one.parts[2]).toMatchObject({ since, reason: 'it is not there' })
    // Two more leave: their masks with each other are of another night than those with the first.
    night.away.add('provider-1').add('provider-5')
    const three = await night.night()
    expect(partsOf(three)).toBe('carried fresh carried fresh carried fresh')
    expect([...three.totals]).toEqual([...night.totals(mixed)])
    expect(three.staleSince).toBe(since)
    // The first comes back alone with other data, while two are away: held back.
    night.away.delete('provider-3')
    const back = await night.night()
    expect(partsOf(back)).toBe('carried fresh held fresh carried fresh')
    expect([...back.totals]).toEqual([...night.totals(mixed)])
    night.away.clear()
    for (const name of ['provider-1', 'provider-2']) night.change(name, [100, 101])
    const all = await night.night()
    expect(partsOf(all)).toBe('fresh fresh fresh fresh fresh fresh')
    expect([...all.totals]).toEqual([...night.totals()])
  })

  it('of the first night stop it, because there is nothing to carry over', async () => {
    const night = await world()
    night.away.add('provider-4')
    await expect(night.night()).rejects.toMatchObject({ code: 'YX_FEDERATION_NOTHING_TO_CARRY' })
  })

  it('longer than the policy allows stop it', async () => {
    const night = await world({ policy: { mostStaleDays: 2 } })
    await night.night()
    night.away.add('provider-4')
    await night.night()
    await night.night()
    await expect(night.night()).rejects.toMatchObject({ code: 'YX_FEDERATION_NIGHT_TOO_STALE' })
    night.away.clear()
    expect(partsOf(await night.night())).toBe('fresh fresh fresh fresh')
  })
})

describe('a changed roster', () => {
  it('rates new enterprises once every provider has them, and maps a carried vector by the lineage', async () => {
    const night = await world()
    await night.night()
    night.away.add('provider-2')
    const size = 800
    // Two enterprises come in the middle and at the end, three leave, the first two change places.
    const moved = [1, 0, -1, ...Array.from({ length: size - 5 }, (_, i) => i + 2), -1]
    night.moveRoster(moved)
    const grown = await night.night()
    expect(partsOf(grown)).toBe('fresh carried fresh fresh')
    const waiting = [2, moved.length - 1]
    expect([...grown.unrated.keys()].filter((row) => grown.unrated[row] === 1)).toEqual(waiting)
    const clear = night.totals()
    for (const row of waiting) clear[row] = 0
    expect([...grown.totals]).toEqual([...clear])
    night.away.clear()
    const all = await night.night()
    expect([...all.totals]).toEqual([...night.totals()])
    expect(all.unrated).not.toContain(1)
  })

  it('is no change of data: one provider that refreshes beside it is held back still', async () => {
    const night = await world()
    await night.night()
    const before = night.snapshot()
    night.change('provider-1', [0, 1, 2])
    night.moveRoster([-1, ...Array.from({ length: 800 }, (_, row) => row)])
    const result = await night.night()
    expect(partsOf(result)).toBe('held fresh fresh fresh')
    // The new row is of today, the others of the day before.
    expect(result.unrated).not.toContain(1)
    const old = night.points('provider-1', before.get('provider-1'))
    const now = night.points('provider-1')
    const held = night.totals().map((total, row) => (row === 0 ? total : total - now[row] + old[row - 1]))
    expect([...result.totals]).toEqual([...held])
  })
})
