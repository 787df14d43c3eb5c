import type { BothLanguages } from './request.ts'

/** A rule as the report knows it. */
export interface KnownRule {
  readonly rule: string
  readonly field: string
  readonly severity: 'refuse' | 'warn'
  readonly reason: BothLanguages
  readonly mend: BothLanguages
  /** Of a generic rule: which one of its field. */
  readonly suffix?: string
}

/** One bit of one column of marks: set where a record breaks the rule. */
export interface Mark extends KnownRule {
  readonly word: number
  readonly bit: bigint
}

const BITS = 62

/** Gives every rule that may be broken a bit, so that a record's faults travel as a few whole numbers. */
export class Marks {
  readonly #marks: Mark[] = []

  get all(): readonly Mark[] {
    return this.#marks
  }

  /** Names of the columns that hold the marks; the blank keeps them apart from fields. */
  get columns(): string[] {
    const words = Math.max(1, Math.ceil(this.#marks.length / BITS))
    return Array.from({ length: words }, (_, word) => `marks ${word}`)
  }

  add(rule: KnownRule): Mark {
    const index = this.#marks.length
    const mark = { ...rule, word: Math.floor(index / BITS), bit: 1n << BigInt(index % BITS) }
    this.#marks.push(mark)
    return mark
  }
}

/** SQL true where a mark is set. */
export function isMarked({ word, bit }: Mark): string {
  return `("marks ${word}" & ${bit}) <> 0`
}

/** SQL true where any of the marks is set; `false` if there are none. */
export function isMarkedByAny(marks: readonly Mark[]): string {
  const words = new Map<number, bigint>()
  for (const { word, bit } of marks) words.set(word, (words.get(word) ?? 0n) | bit)
  const parts = [...words].map(([word, bits]) => `("marks ${word}" & ${bits}) <> 0`)
  return parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`
}
