/**
 * What two openings may show by their difference (protocol.md section 7, security.md T18): last total minus tonight's is the
 * sum of what changed, so it is one provider's change where only one changed. Each opening is compared with every earlier
 * one, of all nights and all models: none of the providers of non-public data differs, or at least so many do. And within a
 * model nobody goes back to a version that was opened before its last one, or sums of many openings, any two of which differ
 * by enough, could be solved for one provider's versions.
 */

/** Version of each provider's vector in an opening; '' where it is not known. */
export type Versions = ReadonlyMap<string, string>

export interface Opening {
  readonly night: string
  readonly versions: Versions
}

export interface Difference {
  /** The earlier opening. */
  readonly night: string
  readonly changed: number
}

/** Non-public providers that changed, and those of which that is not known; who is in one opening only has changed. */
export function changedBetween(
  earlier: Versions,
  later: Versions,
  isPublic: (provider: string) => boolean,
): { changed: string[]; unknown: string[] } {
  const names = [...new Set([...earlier.keys(), ...later.keys()])].filter((name) => !isPublic(name))
  const unknown = names.filter((name) => earlier.get(name) === '' || later.get(name) === '')
  const changed = names.filter((name) => !unknown.includes(name) && earlier.get(name) !== later.get(name))
  return { changed, unknown }
}

/** True where a difference shows nobody's change: what is not known may be a change or none, so it counts against both. */
export const mayDiffer = (changed: number, unknown: number, leastChanged: number): boolean =>
  changed >= leastChanged || changed + unknown === 0

/** Why an opening with such a difference is withheld. */
export const tooNear = ({ night, changed }: Difference): string =>
  `they would differ from those of ${night} by the data of ${changed} providers of non-public data`

/** Why an opening with an old version is withheld. */
export const wentBack = (provider: string): string =>
  `${provider} would go back to a version that was opened before its last one`

/** The first earlier opening from which too few providers differ; null where the later one may be opened. */
export function tooFewChanged(
  earlier: Iterable<Opening>,
  later: Versions,
  isPublic: (provider: string) => boolean,
  leastChanged: number,
): Difference | null {
  for (const { night, versions } of earlier) {
    const { changed, unknown } = changedBetween(versions, later, isPublic)
    if (!mayDiffer(changed.length, unknown.length, leastChanged)) return { night, changed: changed.length }
  }
  return null
}
