/**
 * The privacy ledger of a consortium: one hash chain of everything ever opened, over all runs and label snapshots (protocol.md
 * sections 7 and 8). Platform and key holder each keep one and append the same entries in the same order. An entry is on disk
 * before what it stands for leaves, and a charge that passes the budget refuses the release.
 */
import { epsilonOf, type Suite } from '../engine/index.ts'
import { federationErrors } from './errors.ts'
import { checkPeriods, countsAgainst, type LabelPeriod, PERIODS_PER_YEAR } from './label-period.ts'
import {
  type Charge,
  type LedgerEntry,
  type LedgerHead,
  linkEntry,
  type Spent,
  verifyEntries,
} from './ledger-entry.ts'
import { DELTA } from './plan.ts'
import type { LedgerStore } from './ports.ts'
import { Turns } from './turns.ts'

const sum = (values: readonly (number | null)[]): number | null =>
  values.reduce((total, value) => (total === null || value === null ? null : total + value), 0)

/** Sums of charges, in their order, so that both servers get the same number. */
export const spentOn = (charges: readonly Charge[]): Spent => ({
  rho: sum(charges.map(({ rho }) => rho)),
  rhoCounted: sum(charges.map(({ rhoCounted }) => rhoCounted)),
})

/** The epsilon of a sum of charges, null where there is none. */
export const epsilonOfSpent = (rho: number | null): number | null =>
  rho === null ? null : epsilonOf(rho, DELTA)

/** The larger of two costs; none at all is bounded by nothing. */
const worse = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.max(a, b)

/** What a release is about. */
export interface Charged {
  readonly snapshot: string
  /** The label periods that it counts against. */
  readonly families?: readonly string[]
  readonly run: string
  readonly planHash: string
}

/**
 * Refuses charges that would take label periods beyond a budget.
 * @param mostEpsilon null for no budget
 * @param next index of the entry that the first charge would become
 * @throws BudgetExhausted naming the snapshot and the entry
 */
export function checkBudget(
  mostEpsilon: number | null,
  snapshot: string,
  next: number,
  spent: number | null,
  charges: Iterable<Charge>,
): void {
  if (mostEpsilon === null) return
  let total = spent
  let index = next
  for (const { what, rhoCounted } of charges) {
    total = sum([total, rhoCounted])
    const epsilon = epsilonOfSpent(total)
    if (epsilon !== null && epsilon <= mostEpsilon) {
      index++
      continue
    }
    const reached = epsilon === null ? 'unbounded, for want of noise' : epsilon.toFixed(2)
    throw new federationErrors.BudgetExhausted(
      `${index} (${what})`,
      snapshot,
      `${reached}, more than ${mostEpsilon}`,
    )
  }
}

export class Ledger {
  #entries: LedgerEntry[]
  #store: LedgerStore
  #suite: Suite
  #consortium: string
  readonly mostEpsilon: number | null
  #periodsPerYear: number
  /** Appends come one after another: two that are under way would follow the same head. */
  #turns = new Turns()

  private constructor(
    entries: LedgerEntry[],
    store: LedgerStore,
    about: { suite: Suite; consortium: string },
    mostEpsilon: number | null,
    periodsPerYear: number,
  ) {
    this.#entries = entries
    this.#store = store
    this.#suite = about.suite
    this.#consortium = about.consortium
    this.mostEpsilon = mostEpsilon
    this.#periodsPerYear = periodsPerYear
  }

  /**
   * Reads and verifies a chain.
   * @param about suite and name of the consortium, as a membership has them
   * @param periodsPerYear label periods that one label holder may begin within a year
   * @throws LedgerTampered, and whatever the store throws
   */
  static async open(
    store: LedgerStore,
    about: { suite: Suite; consortium: string },
    mostEpsilon: number | null,
    periodsPerYear = PERIODS_PER_YEAR,
  ): Promise<Ledger> {
    const entries = await store.load()
    verifyEntries(about.suite, about.consortium, { entries: 0, hash: '' }, entries)
    return new Ledger(entries as LedgerEntry[], store, about, mostEpsilon, periodsPerYear)
  }

  get head(): LedgerHead {
    return { entries: this.#entries.length, hash: this.#entries.at(-1)?.hash ?? '' }
  }

  /** The hash after the first so many entries. */
  hashAt(entries: number): string | undefined {
    return entries === 0 ? '' : this.#entries[entries - 1]?.hash
  }

  /** Entries from an index on. */
  since(index: number): LedgerEntry[] {
    return this.#entries.slice(index)
  }

  /** What the dearest of these label periods has cost so far; all of the chain together without any. */
  spent(families?: readonly string[]): Spent {
    if (families === undefined) return spentOn(this.#entries)
    return families
      .map((family) => spentOn(this.#entries.filter((entry) => countsAgainst(entry, family))))
      .reduce((a, b) => ({ rho: worse(a.rho, b.rho), rhoCounted: worse(a.rhoCounted, b.rhoCounted) }), {
        rho: 0,
        rhoCounted: 0,
      })
  }

  /** What was computed from one snapshot has cost so much. */
  spentOnSnapshot(snapshot: string): Spent {
    return spentOn(this.#entries.filter((entry) => entry.snapshot === snapshot))
  }

  /** @throws LabelPeriodRefused for a period that would make a budget whole again without a reason */
  checkPeriods(
    opened: { readonly labelHolders: readonly string[]; readonly labelPeriods: readonly LabelPeriod[] },
    now: Date,
  ): void {
    checkPeriods(this.#entries, opened, now, this.#periodsPerYear)
  }

  has(snapshot: string, what: string): boolean {
    return this.#entries.some((entry) => entry.snapshot === snapshot && entry.what === what)
  }

  /** True for a run that ever opened anything. */
  hasRun(run: string): boolean {
    return this.#entries.some((entry) => entry.run === run)
  }

  /**
   * Takes charges into the chain; when it returns they are durable and what they stand for may leave.
   * @throws BudgetExhausted, LedgerForked, LedgerUnwritable
   */
  async charge(about: Charged, charges: readonly Charge[]): Promise<void> {
    await this.#turns.take(() => this.#charge(about, charges))
  }

  async #charge(about: Charged, charges: readonly Charge[]): Promise<void> {
    const { snapshot } = about
    const due = charges.filter((charge) => !this.#isPaid(about, charge))
    const { rhoCounted } = this.spent(about.families)
    checkBudget(this.mostEpsilon, snapshot, this.#entries.length, rhoCounted, due)
    const entries: LedgerEntry[] = []
    let at = this.head
    for (const charge of due) {
      const entry = linkEntry(this.#suite, at, { ...about, consortium: this.#consortium }, charge)
      entries.push(entry)
      at = { entries: at.entries + 1, hash: entry.hash }
    }
    await this.#append(entries)
  }

  /**
   * A server that was restarted does a step again: what it releases is the same, and is paid for already. An entry of the same
   * name that says anything else is none of this server's: it was taken over from one that made the release look cheap.
   * @throws LedgerForked
   */
  #isPaid(about: Charged, charge: Charge): boolean {
    const paid = this.#entries.find(({ run, what }) => run === about.run && what === charge.what)
    if (!paid) return false
    const at = { entries: paid.index, hash: paid.previous }
    const own = linkEntry(this.#suite, at, { ...about, consortium: this.#consortium }, charge)
    if (own.hash !== paid.hash) throw new federationErrors.LedgerForked(paid.index)
    return true
  }

  /**
   * Takes over what the other side has and this one lost. No budget is asked: it was spent.
   * @throws LedgerTampered, LedgerUnwritable
   */
  async adopt(entries: readonly (LedgerEntry | null)[]): Promise<void> {
    await this.#turns.take(async () => {
      verifyEntries(this.#suite, this.#consortium, this.head, entries)
      await this.#append(entries as readonly LedgerEntry[])
    })
  }

  async #append(entries: readonly LedgerEntry[]): Promise<void> {
    if (entries.length === 0) return
    try {
      await this.#store.append(entries)
    } catch (fault) {
      const cause = (fault as { code?: string }).code ?? (fault as Error).name
      throw new federationErrors.LedgerUnwritable(this.#entries.length, cause)
    }
    this.#entries.push(...entries)
  }
}
