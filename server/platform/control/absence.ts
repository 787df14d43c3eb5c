/** Who keeps a run waiting, and for how long: a party that is away is named at once and given up after the patience. */
export interface AbsenceRules {
  /** Parties of the run that have not been heard of for a while. */
  silent(): readonly string[]
  /** Parties whose message the run needs next. */
  awaited(): readonly string[]
  /** Milliseconds after which an absent party stops the run. */
  readonly patienceMs: number
  now(): number
}

/** A party that answers but is not done yet, such as one whose people have to approve, is named after this time. */
const SLOW_MS = 30_000

export class Absence {
  #rules: AbsenceRules
  /** Since when each of them has been away. */
  #away = new Map<string, number>()
  #awaited = ''
  #awaitedSince = 0
  #told = ''

  constructor(rules: AbsenceRules) {
    this.#rules = rules
  }

  /** To be called every now and then: `waiting` where the set has changed, `lost` where the patience is over. */
  look(): { waiting?: string[]; lost?: string } {
    const now = this.#rules.now()
    const silent = this.#rules.silent()
    for (const party of this.#away.keys()) if (!silent.includes(party)) this.#away.delete(party)
    for (const party of silent) if (!this.#away.has(party)) this.#away.set(party, now)
    const lost = silent.find((party) => now - (this.#away.get(party) ?? now) >= this.#rules.patienceMs)
    const waiting = [...new Set([...silent, ...this.#slow(now)])].sort()
    const told = waiting.join('\n')
    const changed = told !== this.#told
    this.#told = told
    return { ...(changed && { waiting }), ...(lost !== undefined && { lost }) }
  }

  #slow(now: number): readonly string[] {
    const awaited = this.#rules.awaited()
    const key = awaited.join('\n')
    if (key !== this.#awaited) {
      this.#awaited = key
      this.#awaitedSince = now
    }
    return now - this.#awaitedSince >= SLOW_MS ? awaited : []
  }
}
