/**
 * What a provider admits of openings, each answered once: two of its points, after the last round, and those of its training totals
 * that the plan has, when they are due.
 */
import { federationErrors } from '../errors.ts'
import { PLATFORM } from '../members.ts'
import type { Body } from '../messages/schema.ts'
import { OPENINGS, SLOPE_RANGE, TOTALS_OPENING } from '../runs/openings.ts'

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

  /**
   * @param opening number of an opening of the training totals
   * @param due whether the plan has it now
   * @throws SecondSet, MessageUnexpected
   */
  admitTotals(opening: number, due: boolean): void {
    const name = `${TOTALS_OPENING} ${opening}`
    if (this.#opened.has(name)) throw new federationErrors.SecondSet(`opening "${name}"`)
    if (!due)
      throw new federationErrors.MessageUnexpected(
        'totals.request',
        PLATFORM,
        'totals are opened when the plan says so, and not otherwise',
      )
    this.#opened.add(name)
  }
}
