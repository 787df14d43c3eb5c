/** What a run, its label snapshot and all snapshots have cost, as the ledger has it, and what that number means. */
import { epsilonOfSpent, type Ledger, spentOn } from './ledger.ts'
import type { Spent } from './ledger-entry.ts'
import { DELTA } from './plan.ts'

/** Cost of a part of the ledger; null where something left without noise. */
export interface Cost extends Spent {
  /** For providers that answer from their committed columns. */
  readonly epsilon: number | null
  /** With 128 occupied columns for every provider that no auditor has confirmed; the budget is held against this one. */
  readonly epsilonCounted: number | null
}

export interface PrivacyAccount extends Cost {
  readonly delta: number
  /** All runs on the same labels. */
  readonly snapshot: Cost & { readonly id: string }
  /** The dearest label period of the run's label holders, over all snapshots of it; the budget is held against this one. */
  readonly period: Cost
  /** All runs of the consortium: what is known of a firm whose label stood in every snapshot. */
  readonly consortium: Cost
  /** Null where no budget is set. */
  readonly mostEpsilon: number | null
}

export const PRIVACY_STATEMENT = {
  en: 'Epsilon bounds what all providers and one server together learn about whether a labelled firm defaulted, if providers answer from their committed columns. It covers neither being labelled at all nor features. Totals are exact.',
  zh: 'ε 限定全部提供方与一台服务器合谋时，对已标注企业是否违约所能获知的信息，前提是提供方按其已承诺的数据列作答；不涵盖企业是否被标注，也不涵盖特征数据。总分为精确值。',
}

/** The cost of a sum of charges. */
export const costOf = (spent: Spent): Cost => ({
  ...spent,
  epsilon: epsilonOfSpent(spent.rho),
  epsilonCounted: epsilonOfSpent(spent.rhoCounted),
})

export function accountOf(
  ledger: Ledger,
  { snapshot, families }: { readonly snapshot: string; readonly families: readonly string[] },
  run: string,
): PrivacyAccount {
  return {
    ...costOf(spentOn(ledger.since(0).filter((entry) => entry.run === run))),
    delta: DELTA,
    snapshot: { id: snapshot, ...costOf(ledger.spentOnSnapshot(snapshot)) },
    period: costOf(ledger.spent(families)),
    consortium: costOf(ledger.spent()),
    mostEpsilon: ledger.mostEpsilon,
  }
}
