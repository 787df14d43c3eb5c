import type { RowAppender } from '../../source/row-appender.ts'
import type { Stream } from '../random.ts'

/** What is planted in a file. */
export type DefectKind = 'wrong_code' | 'duplicate' | 'negative_correction'

/** How a credit code is mistyped, as the last part of the rule that it breaks. */
type Mistyping = 'uscc-check' | 'uscc-symbols' | 'uscc-organisation-check' | 'uscc-length'

/** A mistyped credit code. */
export interface MistypedCode {
  readonly code: string
  readonly breaks: Mistyping
}

/** Name of the table of the session that collects what is planted. */
export const DEFECT_TABLE = 'planted_defects'

/** Takes note of what is planted in one file while its rows are laid out, account by account. */
export class Defects {
  readonly #appender: RowAppender
  readonly #place: { readonly party: string; readonly file: string; readonly klass: string }
  /** Rows of the accounts before. */
  #start = 0

  /** @param place.klass code of the class of the file's records */
  constructor(appender: RowAppender, place: { party: string; file: string; klass: string }) {
    this.#appender = appender
    this.#place = place
  }

  /** Rows laid out so far. */
  get rows(): number {
    return this.#start
  }

  /** A record that repeats the one before it. @param row row of the account under way, 0 = its first */
  duplicate(row: number): void {
    this.#note(row, 'duplicate', 'record.repeated')
  }

  /** A record whose code is mistyped. */
  wrongCode(row: number, { breaks }: MistypedCode): void {
    this.#note(row, 'wrong_code', `uscc.${breaks}`)
  }

  /** A bill that takes back part of another. */
  correction(row: number): void {
    this.#note(row, 'negative_correction', 'usage-not-negative')
  }

  #note(row: number, kind: DefectKind, rule: string): void {
    const { party, file, klass } = this.#place
    this.#appender.row([party, file, this.#start + row + 1, kind, `${klass}.${rule}`])
  }

  /** Goes on to the next account. */
  advance(rows: number): void {
    this.#start += rows
  }
}

const DIGITS = '0123456789'

/** A credit code as it is mistyped: the wrong check character, a letter that no code has, two characters swapped, one lost. */
export function mistype(uscc: string, stream: Stream): MistypedCode {
  const kind = Math.floor(stream.uniform() * 4)
  if (kind === 0) {
    const others = DIGITS.replace(uscc[17], '')
    const code = uscc.slice(0, 17) + others[Math.floor(stream.uniform() * others.length)]
    return { code, breaks: 'uscc-check' }
  }
  if (kind === 1) return { code: `${uscc.slice(0, 8)}O${uscc.slice(9)}`, breaks: 'uscc-symbols' }
  // Codes here have the letters WYX at 9 to 11, so the two always differ, and so do their weights.
  if (kind === 2) {
    return {
      code: `${uscc.slice(0, 9)}${uscc[10]}${uscc[9]}${uscc.slice(11)}`,
      breaks: 'uscc-organisation-check',
    }
  }
  return { code: uscc.slice(0, 17), breaks: 'uscc-length' }
}
