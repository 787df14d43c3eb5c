/**
 * Exchanges of the training phase. Each has its number, from 1, which is the `round` of its messages, so that no key, mask or
 * noise of one is ever used in another: a round of a scorecard takes one, a round of a booster one for every level of its trees,
 * and a challenge one in the place of a round's first.
 */

/** What of a plan decides them. */
interface Sizes {
  readonly rounds: number
  readonly challenges: number
  readonly booster: { readonly depth: number } | null
}

/** Levels of a round: 1 of a scorecard, the depth of the trees of a booster. */
export const levelsOf = ({ booster }: Pick<Sizes, 'booster'>): number => booster?.depth ?? 1

/** Lists of a provider's columns that the exchange of a level asks for: one of the root, one of every left child below it. */
export const listsOfLevel = (level: number): number => (level === 0 ? 1 : 2 ** (level - 1))

/** Lists that all exchanges of a round ask for together: 1 + 1 + 2 + 4 + ... */
export const listsOfRound = (plan: Pick<Sizes, 'booster'>): number => 2 ** (levelsOf(plan) - 1)

/** Exchanges that begin with totals: the first of every round, challenges, and the set-up of these. */
export const startsOf = ({ rounds, challenges }: Pick<Sizes, 'rounds' | 'challenges'>): number =>
  rounds + (challenges > 0 ? challenges + 1 : 0)

/** All of them. Limits and ledger do not count challenges. */
export const exchangesOf = (plan: Sizes): number => startsOf(plan) + plan.rounds * (levelsOf(plan) - 1)
