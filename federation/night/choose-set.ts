/**
 * Who takes part in a night, and how: a provider that is there shares its points of tonight, or, where too few changed, those
 * of its previous version ("held back"); of one that is absent the last vector is carried over.
 */
import { nightErrors } from './errors.ts'
import type { SetEntry } from './set.ts'
import { changedBetween, mayDiffer, tooNear, wentBack } from './versions.ts'

/** What a provider that is there says of its vector. */
export interface Ready {
  readonly version: string
  readonly base: string
  /** It still has the vector of its previous version. */
  readonly holds: boolean
}

export interface Last {
  readonly night: string
  readonly version: string
}

export type Part = 'fresh' | 'held' | 'carried'

export interface Choice {
  readonly entries: readonly SetEntry[]
  readonly parts: ReadonlyMap<string, Part>
}

export interface ChoiceInput {
  readonly night: string
  /** The model's providers in the order of its plan. */
  readonly providers: readonly { readonly name: string; readonly publicData: boolean }[]
  /** Those that are there. */
  readonly ready: ReadonlyMap<string, Ready>
  /** From the last opening of the model; empty before its first. */
  readonly last: ReadonlyMap<string, Last>
  /** Why the vector of a provider's last night cannot be carried over; null where it can. */
  readonly obstacle: (provider: string) => string | null
  /** True for a version that was opened before the provider's last one; it stays back on its own, whoever else changed. */
  readonly isFormer: (provider: string, version: string) => boolean
  readonly leastChanged: number
  /** Hold back whatever changed: the rule was not met by another opening than the last. */
  readonly holdAll: boolean
}

/**
 * @throws NothingToCarry where an absent provider left no vector, or nobody is there
 * @throws NightWithheld where too few changed and their previous versions are gone
 */
export function chooseSet(input: ChoiceInput): Choice {
  const { night, providers, ready, last, obstacle } = input
  if (ready.size === 0)
    throw new nightErrors.NothingToCarry('every provider', 'the totals would be the last ones')
  const [lost] = providers.filter(({ name }) => !ready.has(name) && !last.has(name))
  if (lost) throw new nightErrors.NothingToCarry(lost.name, 'this is the first night of the model')
  const previous = (name: string): string => last.get(name)?.version ?? ready.get(name)?.base ?? ''
  const publicOnes = new Set(providers.filter(({ publicData }) => publicData).map(({ name }) => name))
  const goesBack = (name: string, { version }: Ready): boolean =>
    !publicOnes.has(name) && version !== previous(name) && input.isFormer(name, version)
  const back = new Set([...ready].filter((one) => goesBack(...one)).map(([name]) => name))
  const before = new Map(providers.map(({ name }) => [name, previous(name)]))
  const now = new Map(before)
  for (const [name, { version }] of ready) if (!back.has(name)) now.set(name, version)
  const { changed, unknown } = changedBetween(before, now, (name) => publicOnes.has(name))
  const holding = input.holdAll || !mayDiffer(changed.length, unknown.length, input.leastChanged)
  const withheld = () =>
    new nightErrors.NightWithheld(
      tooNear({ night: 'the opening before', changed: changed.length }),
      input.leastChanged,
    )
  if (holding && unknown.length > 0) throw withheld()
  const parts = new Map<string, Part>()
  const entries = providers.map(({ name }): SetEntry => {
    const own = ready.get(name)
    const hold = back.has(name) || (holding && changed.includes(name))
    if (own && !hold) return part(name, 'fresh', night, own.version)
    if (own?.holds) return part(name, 'held', night, previous(name))
    const kept = last.get(name)
    const why = obstacle(name)
    if (kept && why === null) return part(name, 'carried', kept.night, kept.version)
    if (back.has(name)) throw new nightErrors.NightWithheld(wentBack(name), input.leastChanged)
    if (own) throw withheld()
    throw new nightErrors.NothingToCarry(name, why)
  })
  function part(provider: string, how: Part, of: string, version: string): SetEntry {
    parts.set(provider, how)
    return { provider, night: of, version }
  }
  return { entries, parts }
}
