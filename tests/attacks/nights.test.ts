/** Attacks on nightly scores (security.md T17, T18, T27): differences of nights, sets, late vectors, replays, carried flags. */
import { describe, expect, it } from 'vitest'
import { addInto, subtractWords, unpackResidues } from '../../engine/index.ts'
import { KEY_HOLDER, PLATFORM } from '../../federation/index.ts'
import { addVectors, maskOf, nightSeed, noVectors, stripPair } from '../../federation/night/masks.ts'
import type { SetEntry } from '../../federation/night/set.ts'
import { wordsOfBytes } from '../../federation/runs/words.ts'
import { type NightWorld, worldsOfFile } from '../helpers/nights.ts'
import { changed, intercept, type Posted } from '../unit/federation/interception.ts'

const ROWS = 800
const world = worldsOfFile()

const ofType = (recorded: readonly Posted[], type: string, from?: string) =>
  recorded.filter((message) => message.type === type && (from === undefined || message.from === from))
const difference = (a: Int32Array, b: Int32Array): number[] => Array.from(a, (value, row) => value - b[row])
/** Codes with which a party refuses from now on. */
function faultsOf(night: NightWorld, party: string): string[] {
  const codes: string[] = []
  night.consortium.nodes.get(party)!.onFault = (_, fault) => codes.push((fault as { code: string }).code)
  return codes
}
/** The key holder's mask of a provider in a night, which an attacker does not have. */
function keyHolderMask(night: NightWorld, provider: string, name: string) {
  const { membership } = night.consortium.nodes.get(KEY_HOLDER)!
  return maskOf(
    membership.suite,
    nightSeed(membership.suite, membership.pairSecret(provider, 'night'), name),
    name,
    ROWS,
  )
}

describe("last total minus tonight's is one provider's change", () => {
  const changeOf = (night: NightWorld, name: string) => {
    const before = night.points(name)
    night.change(name)
    return difference(night.points(name), before)
  }

  it('control: with the rule off the attack recovers the change of every firm exactly', async () => {
    const night = await world({ policy: { leastChanged: 1 } })
    const first = await night.night()
    const secret = changeOf(night, 'provider-2')
    expect(secret.filter((value) => value !== 0).length).toBeGreaterThan(2)
    const second = await night.night()
    expect(difference(second.totals, first.totals)).toEqual(secret)
  })

  it('with the rule the difference is nothing at all', async () => {
    const night = await world()
    const first = await night.night()
    changeOf(night, 'provider-2')
    const second = await night.night()
    expect(difference(second.totals, first.totals).every((value) => value === 0)).toBe(true)
  })

  it('a platform that does not follow the rule gets nothing of the key holder', async () => {
    const night = await world({ policyOf: (party) => ({ leastChanged: party === PLATFORM ? 1 : 3 }) })
    const first = await night.night()
    changeOf(night, 'provider-2')
    const recorded = intercept(night.consortium)
    const codes = faultsOf(night, KEY_HOLDER)
    const second = await night.night()
    expect(ofType(recorded, 'night.commit')).toHaveLength(2)
    expect(codes).toEqual(['YX_FEDERATION_NIGHT_WITHHELD'])
    expect(ofType(recorded, 'night.masks')).toHaveLength(1)
    expect(difference(second.totals, first.totals).every((value) => value === 0)).toBe(true)
  })

  it('two providers that come back to old data do not leave a third alone', async () => {
    const night = await world()
    const old = night.snapshot()
    await night.night()
    for (const name of ['provider-1', 'provider-2', 'provider-3']) night.change(name)
    const second = await night.night()
    // Three differ from the last opening, but only one from the one before.
    night.change('provider-1', [50, 51, 52])
    for (const name of ['provider-2', 'provider-3']) night.data.set(name, old.get(name)!)
    const third = await night.night()
    expect(difference(third.totals, second.totals).every((value) => value === 0)).toBe(true)
    expect(third.parts.map(({ part }) => part)).toEqual(['held', 'held', 'held', 'fresh'])
  })
})

describe('what the platform may ask for', () => {
  const refusedWith = async (
    code: string,
    lie: (message: Posted, earlier: Record<string, unknown>) => Record<string, unknown>,
  ) => {
    const night = await world()
    let earlier: Record<string, unknown> = {}
    intercept(night.consortium, (message) => {
      if (message.type === 'night.commit') earlier = message.body
      return undefined
    })
    await night.night()
    await night.restart()
    night.away.add('provider-4')
    const recorded = intercept(night.consortium, (message) =>
      message.type === 'night.commit' ? [changed(message, lie(message, earlier))] : undefined,
    )
    await expect(night.night()).rejects.toMatchObject({ cause: code })
    expect(ofType(recorded, 'night.commit').length).toBeGreaterThan(0)
    expect(ofType(recorded, 'night.masks')).toEqual([])
  }
  const entriesOf = (message: Posted) => message.body.entries as SetEntry[]
  const REFUSED = 'YX_FEDERATION_NIGHT_REFUSED'

  it('not a set that leaves a provider out', () =>
    refusedWith(REFUSED, (message) => ({
      entries: entriesOf(message).filter(({ provider }) => provider !== 'provider-4'),
    })))

  it('not another vector than the last one that was opened', () =>
    refusedWith(REFUSED, (message) => ({
      entries: entriesOf(message).map((entry) =>
        entry.provider === 'provider-4' ? { ...entry, night: 'night-20260101-000000-01-00000000' } : entry,
      ),
    })))

  it('not with the signature of last night', () =>
    refusedWith(REFUSED, (message, earlier) => ({
      shares: (message.body.shares as object[]).map((share, index) =>
        index === 0 ? (earlier.shares as object[])[0] : share,
      ),
    })))

  it('not with a version that its provider did not sign', () =>
    refusedWith(REFUSED, (message) => ({
      entries: entriesOf(message).map((entry) =>
        entry.provider === 'provider-1' ? { ...entry, version: 'ab'.repeat(32) } : entry,
      ),
    })))

  it('not exclusions that are carried over without a factor that it does not know', () =>
    refusedWith(REFUSED, () => ({ blinding: '' })))

  it('not with fewer providers than the key holder asks for, even if the platform does not mind', async () => {
    const night = await world({ leastProvidersOf: (party) => (party === KEY_HOLDER ? 5 : 3) })
    const recorded = intercept(night.consortium)
    await expect(night.night()).rejects.toMatchObject({ cause: 'YX_FEDERATION_TOO_FEW_PROVIDERS' })
    expect(ofType(recorded, 'night.masks')).toEqual([])
  })

  it('a second vector under one name is refused by the provider', async () => {
    const night = await world()
    const recorded = intercept(night.consortium, (message) =>
      message.type === 'night.collect' && message.to === 'provider-1' ? [message, message] : undefined,
    )
    const codes = faultsOf(night, 'provider-1')
    await night.night().catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(ofType(recorded, 'night.share', 'provider-1')).toHaveLength(1)
    expect(codes).toEqual([REFUSED])
  })
})

describe('a vector that came late (T27)', () => {
  it("stays masked whatever seeds the platform talks out of the others; control: without the key holder's mask it is the points", async () => {
    const night = await world()
    await night.night()
    // The vector of provider-2 is on its way when the platform gives up waiting.
    let late: Posted | undefined
    intercept(night.consortium, (message) => {
      if (late || message.type !== 'night.share' || message.from !== 'provider-2') return undefined
      late = message
      setTimeout(() => night.consortium.nights.lost('provider-2'), 5)
      return []
    })
    let name = ''
    intercept(night.consortium, (message) => {
      if (message.type === 'night.collect' && !late) name = night.consortium.nodes.get(PLATFORM)!.night
      return undefined
    })
    await night.night()
    expect(late).toBeDefined()
    // Next night it says that the late vector was the last one opened: the others believe it and give all their seeds.
    night.away.add('provider-2')
    const recorded = intercept(night.consortium, (message) =>
      message.type === 'night.collect'
        ? [
            changed(message, {
              entries: (message.body.entries as SetEntry[]).map((entry) =>
                entry.provider === 'provider-2' ? { ...entry, night: name } : entry,
              ),
            }),
          ]
        : undefined,
    )
    await expect(night.night()).rejects.toThrow()
    const seeds = new Map(
      ofType(recorded, 'night.share').flatMap(({ from, body }) =>
        (body.seeds as { provider: string; seed: Uint8Array }[])
          .filter(({ provider }) => provider === 'provider-2')
          .map(({ seed }) => [from, seed] as const),
      ),
    )
    expect([...seeds.keys()].sort()).toEqual(['provider-1', 'provider-3', 'provider-4'])
    expect(ofType(recorded, 'night.masks')).toEqual([])
    const { suite } = night.consortium.nodes.get(PLATFORM)!.membership
    const { points, exclusions } = late!.body as Record<string, Uint8Array>
    const vector = { points: wordsOfBytes(points, ROWS), exclusions: unpackResidues(exclusions, ROWS) }
    for (const [peer, seed] of seeds) stripPair(suite, vector, seed, name, peer < 'provider-2')
    const secret = [...night.points('provider-2')]
    const read = () => [...new Int32Array(Uint32Array.from(vector.points).buffer)]
    expect(read().filter((value, row) => value === secret[row]).length).toBeLessThan(3)
    // Nor with any sum of masks that the key holder ever released.
    for (const { body } of ofType(recorded, 'night.masks')) {
      const less = Uint32Array.from(vector.points)
      subtractWords(less, wordsOfBytes(body.points as Uint8Array, ROWS))
      expect([...new Int32Array(less.buffer)]).not.toEqual(secret)
    }
    subtractWords(vector.points, keyHolderMask(night, 'provider-2', name).points)
    expect(read()).toEqual(secret)
  })
})

describe('rows that a carried vector lacks', () => {
  it('stay closed: the total of the others alone is not opened', async () => {
    const night = await world()
    await night.night()
    night.away.add('provider-3')
    night.moveRoster([...Array.from({ length: ROWS }, (_, row) => row), -1, -1])
    const recorded = intercept(night.consortium)
    await night.night()
    const [{ body }] = ofType(recorded, 'night.masks')
    const words = wordsOfBytes(body.points as Uint8Array, ROWS + 2)
    expect([...words.subarray(ROWS)]).toEqual([0, 0])
    expect([...unpackResidues(body.exclusions as Uint8Array, ROWS + 2).subarray(ROWS)]).toEqual([0, 0])
    expect(words.subarray(0, ROWS).filter((word) => word === 0).length).toBeLessThan(3)
  })
})

describe('exclusions of a provider that is carried over', () => {
  it('are seen as other numbers each night; control: unblinded they are the same, which shows whose rule fired', async () => {
    const night = await world()
    const { suite } = night.consortium.nodes.get(PLATFORM)!.membership
    const flags = night.names.map((name) => night.data.get(name)!.exclusions)
    const alone = Array.from({ length: ROWS }, (_, row) => row).filter(
      (row) => flags[3][row] === 1 && flags.slice(0, 3).every((of) => of[row] === 0),
    )
    expect(alone.length).toBeGreaterThan(3)
    /** What the platform sees of a night: its sum and what was released. */
    const seen = (recorded: readonly Posted[]): Float64Array => {
      const bytes = night.files.get(PLATFORM)!.pieces.get('pending-sum')!
      const sum = unpackResidues(bytes.subarray(4 * ROWS, 10 * ROWS), ROWS)
      const { body } = ofType(recorded, 'night.masks').at(-1)!
      addInto(sum, unpackResidues(body.exclusions as Uint8Array, ROWS))
      return sum
    }
    const first = intercept(night.consortium)
    await night.night()
    const before = seen(first)
    const opened = (ofType(first, 'night.commit')[0].body as { night: string }).night
    night.away.add('provider-4')
    const second = intercept(night.consortium)
    const result = await night.night()
    const after = seen(second)
    expect(alone.every((row) => before[row] !== 0 && after[row] !== 0 && before[row] !== after[row])).toBe(
      true,
    )
    expect([...result.excluded]).toEqual(
      Array.from({ length: ROWS }, (_, row) => (flags.some((of) => of[row] === 1) ? 1 : 0)),
    )
    // The masked sum as it went to be blinded, and the key holder's masks as they are.
    const raw = unpackResidues(ofType(second, 'night.blind')[0].body.exclusions as Uint8Array, ROWS)
    const tonight = (ofType(second, 'night.commit')[0].body as { night: string }).night
    const masks = noVectors(ROWS)
    for (const name of night.names)
      addVectors(masks, keyHolderMask(night, name, name === 'provider-4' ? opened : tonight))
    addInto(raw, masks.exclusions)
    expect(alone.map((row) => raw[row])).toEqual(alone.map((row) => before[row]))
    expect(suite.name).toBe('international')
  })
})
