/**
 * Attacks on the book of openings (security.md T18, T22): a version that says other things than it said, many openings of
 * which any two differ by enough, and a key holder that has lost what it opened.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { KEY_HOLDER, memoryLedger, PLATFORM } from '../../federation/index.ts'
import { KeyHolderMemory } from '../../federation/night/key-holder-memory.ts'
import type { NightTotals } from '../../federation/night/night-context.ts'
import { ProviderMemory } from '../../federation/night/provider-memory.ts'
import type { SetEntry } from '../../federation/night/set.ts'
import { type NightWorld, worldsOfFile } from '../helpers/nights.ts'
import { changed, intercept, type Posted } from '../unit/federation/interception.ts'

const ROWS = 800
const world = worldsOfFile()
afterEach(() => vi.restoreAllMocks())

const difference = (a: Int32Array, b: Int32Array): number[] => Array.from(a, (value, row) => value - b[row])
const ofType = (recorded: readonly Posted[], type: string) =>
  recorded.filter((message) => message.type === type)

describe('firms taken off the list of authorised ones and put on again', () => {
  const TAKEN_OFF = [0, 1, 2, 5, 8, 13]

  /** One provider refreshes what it holds of firms that the list left out for a night. @returns totals now less before */
  async function attack() {
    const all = new Uint8Array(ROWS).fill(1)
    const night = await world({ authorised: all })
    const issue = (version: number, out: readonly number[]) => {
      const list = all.map((_, row) => (out.includes(row) ? 0 : 1))
      night.desk!.handOut(night.desk!.issue(version, list))
    }
    const first = await night.night()
    issue(2, TAKEN_OFF)
    await night.night()
    issue(3, [])
    const before = night.points('provider-2')
    night.change('provider-2', TAKEN_OFF)
    const third = await night.night()
    return {
      seen: difference(third.totals, first.totals),
      secret: difference(night.points('provider-2'), before),
      parts: third.parts.map(({ part }) => part),
    }
  }

  it('control: a version that forgets what it said of them counts as unchanged, which shows the change of each', async () => {
    vi.spyOn(ProviderMemory.prototype, 'withSaid').mockImplementation(async (_, vector) => vector)
    const { seen, secret, parts } = await attack()
    expect(secret.filter((value) => value !== 0).length).toBeGreaterThan(2)
    expect(seen).toEqual(secret)
    expect(parts).toEqual(['fresh', 'fresh', 'fresh', 'fresh'])
  })

  it('a version remembers what it said last: the provider has changed, and is held back', async () => {
    const { seen, parts } = await attack()
    expect(seen.every((value) => value === 0)).toBe(true)
    expect(parts).toEqual(['fresh', 'held', 'fresh', 'fresh'])
  })
})

describe('nine openings of which any two differ by three providers', () => {
  /** Levels of four providers in each opening: every pair of columns has every pair of levels once. */
  const ARRAY = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [a, b, (a + b) % 3, (a + 2 * b) % 3]))

  /** The platform says which version was a provider's last, and so has what it asks for of those that are kept. */
  async function attack() {
    let deviates = false
    const night = await world({
      policyOf: (party) => ({ leastChanged: party === PLATFORM && deviates ? 99 : 3 }),
    })
    const secrets = [night.points('provider-1')]
    const opened = [await night.night()]
    const tags = [await versionsOfAttempt(night)]
    for (const rows of [
      [0, 1, 2, 5, 8, 13],
      [0, 2, 8, 21, 34, 55],
    ]) {
      for (const name of night.names) night.change(name, rows)
      secrets.push(night.points('provider-1'))
      tags.push(await versionsOfAttempt(night))
    }
    expect(new Set(tags.map((of) => of.get('provider-1'))).size).toBe(3)
    deviates = true
    await night.restart()
    let levels: readonly number[] = []
    const recorded = intercept(night.consortium, (message) => {
      if (message.type !== 'night.agreed') return undefined
      const last = (message.body.last as SetEntry[]).map((entry) => ({
        ...entry,
        version: tags[levels[night.names.indexOf(entry.provider)]].get(entry.provider) as string,
      }))
      return [changed(message, { last })]
    })
    let refusal = ''
    for (levels of ARRAY.slice(1)) {
      try {
        opened.push(await night.night())
      } catch (fault) {
        refusal = (fault as { cause: string }).cause
      }
    }
    return { opened, secrets, refusal, released: ofType(recorded, 'night.masks').length }
  }

  /** Versions that the providers offer in an attempt that the platform gives up before it asks for any opening. */
  async function versionsOfAttempt(night: NightWorld): Promise<ReadonlyMap<string, string>> {
    let shares = 0
    let versions: ReadonlyMap<string, string> = new Map()
    let over = false
    intercept(night.consortium, ({ type, body }) => {
      if (over) return undefined
      if (type === 'night.collect')
        versions = new Map((body.entries as SetEntry[]).map(({ provider, version }) => [provider, version]))
      if (type !== 'night.share') return undefined
      if (++shares === night.names.length)
        setTimeout(() => night.consortium.nights.broken('nobody', new Error('given up')), 5)
      return []
    })
    await expect(night.night()).rejects.toThrow('given up')
    over = true
    return versions
  }

  /** Of a provider at one place: a level less level 0, from the sums of the openings with each. */
  const solve = (opened: readonly NightTotals[], place: number, level: number): number[] =>
    Array.from({ length: ROWS }, (_, row) => {
      const sum = (of: number) =>
        opened.reduce((total, { totals }, at) => total + (ARRAY[at][place] === of ? totals[row] : 0), 0)
      return (sum(level) - sum(0)) / 3
    })

  it('control: if versions may come back, they are solved for the changes of one provider', async () => {
    vi.spyOn(KeyHolderMemory.prototype, 'hasOpened').mockReturnValue(false)
    const { opened, secrets, released } = await attack()
    expect(released).toBe(8)
    for (const level of [1, 2]) {
      const secret = difference(secrets[level], secrets[0])
      expect(secret.filter((value) => value !== 0).length).toBeGreaterThan(2)
      expect(solve(opened, 0, level)).toEqual(secret)
    }
  })

  it('the key holder opens no version again after a later one', async () => {
    const { refusal, released } = await attack()
    expect(refusal).toBe('YX_FEDERATION_NIGHT_WITHHELD')
    // 0112 and 0221 go on from 0000; each of the others wants a level that was left.
    expect(released).toBe(2)
  })
})

describe('a key holder whose book of openings is older than its ledger', () => {
  const BOOK = 'openings.json'

  /** Three refresh, and after the book was set back one of them alone. @returns what was opened before and after */
  async function attack(setBack: (night: NightWorld, book: Uint8Array | null, ledgers: string[]) => void) {
    const night = await world()
    await night.night()
    const { pieces } = night.files.get(KEY_HOLDER)!
    const book = pieces.get(BOOK) as Uint8Array
    const ledgers = [night.ledgers.platform.text, night.ledgers.keyHolder.text]
    for (const name of ['provider-1', 'provider-2', 'provider-3']) night.change(name)
    const before = await night.night()
    setBack(night, book, ledgers)
    await night.restart()
    const plain = night.points('provider-2')
    night.change('provider-2', [1, 2, 3, 5, 8, 13])
    const recorded = intercept(night.consortium)
    const secret = difference(night.points('provider-2'), plain)
    const after = await night.night().catch((fault) => fault.cause as string)
    return { before, after, secret, released: ofType(recorded, 'night.masks').length }
  }
  const putBack = (night: NightWorld, book: Uint8Array | null) => {
    const { pieces } = night.files.get(KEY_HOLDER)!
    if (book) pieces.set(BOOK, book)
    else pieces.delete(BOOK)
  }

  it('control: with ledgers that are as old, the last opening is forgotten and the change of one provider shows', async () => {
    const { before, after, secret } = await attack((night, book, [platform, keyHolder]) => {
      putBack(night, book)
      night.ledgers.platform = memoryLedger(platform)
      night.ledgers.keyHolder = memoryLedger(keyHolder)
    })
    expect(secret.filter((value) => value !== 0).length).toBeGreaterThan(2)
    expect(difference((after as NightTotals).totals, before.totals)).toEqual(secret)
  })

  it.each([
    ['an older copy', (book: Uint8Array) => book],
    ['gone', () => null],
  ])('its book is %s: nothing more of that model is opened', async (_, form) => {
    const { after, released } = await attack((night, book) => putBack(night, form(book as Uint8Array)))
    expect(after).toBe('YX_FEDERATION_NIGHT_BOOK_BEHIND')
    expect(released).toBe(0)
  })

  it("its ledger is as old: the platform's has the night", async () => {
    const { after, released } = await attack((night, book, [, keyHolder]) => {
      putBack(night, book)
      night.ledgers.keyHolder = memoryLedger(keyHolder)
    })
    expect(after).toBe('YX_FEDERATION_NIGHT_BOOK_BEHIND')
    expect(released).toBe(0)
  })
})
