/** One step of the schema. A published one is never edited: the next number mends it. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly statements: readonly string[]
}
