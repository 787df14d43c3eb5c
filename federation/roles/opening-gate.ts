/** What a provider admits of openings: two in a run, after the last round, each answered once. */
import { federationErrors } from '../errors.ts'
import { PLATFORM } from '../members.ts'
import type { Body } from '../messages/schema.ts'
import { OPENINGS, SLOPE_RANGE } from '../runs/openings.ts'

export class OpeningGate {
  #opened: Set<string>

  /** @param opened what was opened before the run was gone on with */
  constructor(opened: readonly string[] = []) {
    this.#opened = new Set(opened)
  }

  get opened(): string[] {
    return [...this.#opened]
  }

  /**
   * A second answer under the same masks would show differences.
   * @param trained all rounds of the plan are over
   * @throws SecondSet, MessageUnexpected
   */
  admit({ opening, slope, intercept }: Body<'score.request'>, trained: boolean): void {
    const refuse = (why: string) => new federationErrors.MessageUnexpected('score.request', PLATFORM, why)
    if (!trained) throw refuse('points are shared after the last round')
    if (!OPENINGS.includes(opening) || this.#opened.has(opening))
      throw new federationErrors.SecondSet(`opening "${opening}"`)
    const raw = opening === OPENINGS[0]
    const fits = raw ? slope === 1 && intercept === 0 : slope >= SLOPE_RANGE[0] && slope <= SLOPE_RANGE[1]
    if (!fits) throw refuse('a calibration out of range')
    this.#opened.add(opening)
  }
}
