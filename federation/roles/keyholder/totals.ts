/** Openings of the training totals at the key holder: the masks of the plan's providers, once an opening, when it is due. */
import { packResidues } from '../../../engine/index.ts'
import { trainingTotalsCharge } from '../../charges.ts'
import { federationErrors } from '../../errors.ts'
import { openingRounds } from '../../logistic-plan.ts'
import { PLATFORM } from '../../members.ts'
import type { Message } from '../../messages/envelope.ts'
import { TOTALS_OPENING } from '../../runs/openings.ts'
import type { RunGate } from '../run-gate.ts'
import type { KeyHolderRounds } from './rounds.ts'
import type { KeyHolderRun } from './run.ts'

export class KeyHolderTotals {
  #run: KeyHolderRun
  #gate: RunGate
  #rounds: KeyHolderRounds
  #opened: number

  /** @param opened openings released before the run was gone on with */
  constructor(run: KeyHolderRun, gate: RunGate, rounds: KeyHolderRounds, opened = 0) {
    this.#run = run
    this.#gate = gate
    this.#rounds = rounds
    this.#opened = opened
  }

  get state(): number {
    return this.#opened
  }

  /** @throws SecondSet, TooFewProviders, MessageUnexpected, BudgetExhausted, LedgerUnwritable */
  async release({ type, round, body }: Message<'totals.commit'>): Promise<void> {
    const { node, plan, opened } = this.#run
    const { opening, providers } = body
    const due = openingRounds(plan)
    if (opening <= this.#opened || opening > due.length)
      throw new federationErrors.SecondSet(`opening ${opening} of the training totals`)
    const refuse = (why: string) => new federationErrors.MessageUnexpected(type, PLATFORM, why)
    if (opening !== this.#opened + 1 || this.#rounds.over(round) !== due[opening - 1])
      throw refuse('no opening of totals is due')
    this.#gate.requireEnough(plan.providers.filter(({ publicData }) => !publicData).length)
    if (providers.join('\n') !== opened.providers.join('\n'))
      throw refuse("another set than the plan's providers")
    this.#opened = opening
    await this.#run.charge(trainingTotalsCharge(plan, opening))
    const totals = this.#run.share(providers, TOTALS_OPENING, 'totals', opening, plan.trainRows)
    await node.post(PLATFORM, 'totals.masks', { opening, totals: packResidues(totals) }, round)
  }
}
