/** Who is fresh, held back or carried over, and which openings may be made at all. */
import { describe, expect, it } from 'vitest'
import { chooseSet, type Last, type Ready } from '../../../federation/night/choose-set.ts'
import { isLater, isNightId, nightId } from '../../../federation/night/night-id.ts'
import { alongRows, lackedRows } from '../../../federation/night/row-map.ts'
import { mayDiffer, tooFewChanged } from '../../../federation/night/versions.ts'

const nobody = () => false
const versions = (text: string) => new Map(text.split(' ').map((one) => one.split(':') as [string, string]))

describe('the rule on versions', () => {
  const earlier = [
    { night: 'n2', versions: versions('a:2 b:2 c:2 d:1') },
    { night: 'n1', versions: versions('a:1 b:1 c:1 d:1') },
  ]
  const refused = (text: string, isPublic: (name: string) => boolean = nobody) =>
    tooFewChanged(earlier, versions(text), isPublic, 3)

  it('lets the same versions pass, and three that changed', () => {
    expect(refused('a:2 b:2 c:2 d:1')).toBeNull()
    expect(refused('a:3 b:3 c:3 d:1')).toBeNull()
  })

  it('refuses one or two that changed, and names the opening', () => {
    expect(refused('a:3 b:2 c:2 d:1')).toEqual({ night: 'n2', changed: 1 })
    expect(refused('a:3 b:3 c:2 d:1')).toEqual({ night: 'n2', changed: 2 })
  })

  it('looks at every earlier opening, not at the last alone', () => {
    // Three differ from the last one, but only a differs from the one before.
    expect(refused('a:3 b:1 c:1 d:1')).toEqual({ night: 'n1', changed: 1 })
  })

  it('does not count public data, and counts who is in one of the two only', () => {
    const isA = (name: string) => name === 'a'
    expect(tooFewChanged(earlier.slice(0, 1), versions('a:3 b:2 c:2 d:1'), isA, 3)).toBeNull()
    expect(refused('a:2 b:2 c:2')).toEqual({ night: 'n2', changed: 1 })
  })

  it('counts what is not known against both', () => {
    expect(mayDiffer(0, 1, 3)).toBe(false)
    expect(mayDiffer(2, 1, 3)).toBe(false)
    expect(mayDiffer(3, 1, 3)).toBe(true)
  })
})

interface ChoiceOptions {
  last?: Map<string, Last>
  holdAll?: boolean
  former?: readonly string[]
}

describe('the choice of a set', () => {
  const providers = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, publicData: name === 'e' }))
  const last = new Map<string, Last>(providers.map(({ name }) => [name, { night: 'n1', version: '1' }]))
  const ready = (text: string): Map<string, Ready> =>
    new Map(
      text.split(' ').map((one) => {
        const [name, version, holds = 'yes'] = one.split(':')
        return [name, { version, base: '1', holds: holds === 'yes' }]
      }),
    )
  const partsOf = (text: string, options: ChoiceOptions = {}) => {
    const choice = chooseSet({
      ...{ night: 'n2', providers, ready: ready(text), obstacle: () => null, leastChanged: 3 },
      ...{ last: options.last ?? last, holdAll: options.holdAll ?? false },
      isFormer: (name, version) => options.former?.includes(`${name}:${version}`) ?? false,
    })
    return choice.entries
      .map(({ provider, night, version }) => `${provider}:${choice.parts.get(provider)}:${night}:${version}`)
      .join(' ')
  }

  it('takes everybody fresh where three changed, or none', () => {
    expect(partsOf('a:2 b:2 c:2 d:1 e:1')).toBe(
      'a:fresh:n2:2 b:fresh:n2:2 c:fresh:n2:2 d:fresh:n2:1 e:fresh:n2:1',
    )
  })

  it('holds back what changed alone, but not public data', () => {
    expect(partsOf('a:2 b:1 c:1 d:1 e:2')).toBe(
      'a:held:n2:1 b:fresh:n2:1 c:fresh:n2:1 d:fresh:n2:1 e:fresh:n2:2',
    )
  })

  it('carries over a provider that should hold back and has lost its previous version', () => {
    expect(partsOf('a:2:no b:1 c:1 d:1 e:1')).toContain('a:carried:n1:1')
  })

  it('holds back everything that changed where another opening than the last asks for it', () => {
    expect(partsOf('a:2 b:2 c:2 d:1 e:1', { holdAll: true })).toContain('a:held:n2:1 b:held:n2:1 c:held:n2:1')
  })

  it('holds back on its own who goes back to a former version, unless its data are public', () => {
    const former = ['a:0', 'e:0']
    expect(partsOf('a:0 b:2 c:2 d:2 e:0', { former })).toBe(
      'a:held:n2:1 b:fresh:n2:2 c:fresh:n2:2 d:fresh:n2:2 e:fresh:n2:0',
    )
    // It is not among the three that must change.
    expect(partsOf('a:0 b:2 c:2 d:1 e:1', { former })).toBe(
      'a:held:n2:1 b:held:n2:1 c:held:n2:1 d:fresh:n2:1 e:fresh:n2:1',
    )
  })

  it('counts the absent as unchanged', () => {
    expect(partsOf('a:2 b:2 e:1')).toBe('a:held:n2:1 b:held:n2:1 c:carried:n1:1 d:carried:n1:1 e:fresh:n2:1')
  })

  it('stops where nobody is there, or an absent one left nothing', () => {
    const none = new Map<string, Last>()
    expect(() => partsOf('a:1 b:1 c:1 d:1', { last: none })).toThrow(/e is absent/)
    expect(() =>
      chooseSet({
        ...{ night: 'n2', providers, ready: new Map(), obstacle: () => null, leastChanged: 3 },
        ...{ last, holdAll: false, isFormer: () => false },
      }),
    ).toThrow(/every provider is absent/)
  })
})

describe('names of nights', () => {
  it('grow with time and with attempts, and nothing else is one', () => {
    const random = () => Uint8Array.of(255, 1, 2, 3)
    const at = new Date('2026-11-24T22:15:30.500Z')
    expect(nightId(at, 1, random)).toBe('night-20261124-221530-01-ff010203')
    expect(
      isLater(
        nightId(at, 2, () => new Uint8Array(4)),
        nightId(at, 1, random),
      ),
    ).toBe(true)
    expect(isLater(nightId(at, 1, random), nightId(at, 1, random))).toBe(false)
    expect(['run-1', 'night-1', 'night-20261124-221530-01-ff01020g'].some(isNightId)).toBe(false)
  })
})

describe('rows of an earlier roster', () => {
  it('are laid along the present one, and what was not there is nothing', () => {
    const rows = Int32Array.of(2, -1, 0)
    expect([...alongRows(Uint32Array.of(7, 8, 9), rows)]).toEqual([9, 0, 7])
    expect([...lackedRows(rows)]).toEqual([0, 1, 0])
  })
})
