/** Phase A at the key holder: proves the label shares plausible on noisy sums, then opens the counts. */
import {
  addInto,
  addProductInto,
  type CrossOwnerHandle,
  gather,
  lift,
  sumResidues,
  unpackResidues,
} from '../../../engine/index.ts'
import { labelSumsCharge } from '../../charges.ts'
import { federationErrors } from '../../errors.ts'
import { PLATFORM } from '../../members.ts'
import type { Body } from '../../messages/schema.ts'
import {
  COMBINATION_LIMIT,
  combinations,
  LABEL_SUMS,
  labelNoise,
  SQUARES_SLACK,
} from '../../runs/label-sums.ts'
import type { KeyHolderRun } from './run.ts'

/** What is kept of the labels at the end of a step. */
export interface LabelsState {
  readonly asked: boolean
  readonly opened: readonly number[] | null
}

export class KeyHolderLabels {
  #run: KeyHolderRun
  #owners: { labelled: CrossOwnerHandle; bad: CrossOwnerHandle } | undefined
  #seed: Uint8Array | undefined
  #asked = false
  #opened: readonly number[] | undefined

  constructor(run: KeyHolderRun, state?: LabelsState) {
    this.#run = run
    this.#asked = state?.asked ?? false
    this.#opened = state?.opened ?? undefined
  }

  get state(): LabelsState {
    return { asked: this.#asked, opened: this.#opened ?? null }
  }

  /** The platform has all shares (and names their hash): draw the public combinations now, send the own shares encrypted. */
  async query(sharesHash: string): Promise<void> {
    const { node, services, roster, secret, labelled, bad } = this.#run
    if (this.#asked) throw new federationErrors.SecondAnswer(PLATFORM, 'the label check')
    this.#asked = true
    // Bound to the shares: a platform that came with others would be asked for other combinations.
    this.#seed = secret.seed('label check', sharesHash)
    this.#owners = {
      labelled: await services.engine.crossOwner(roster.size, secret.seed('label key', 'labelled')),
      bad: await services.engine.crossOwner(roster.size, secret.seed('label key', 'bad')),
    }
    await node.post(PLATFORM, 'labels.query', {
      seed: this.#seed,
      labelled: await this.#owners.labelled.encrypt(labelled, labelled),
      bad: await this.#owners.bad.encrypt(bad, bad),
    })
  }

  /**
   * Adds the own part and noise, checks, and opens: labelled and bads of the training folds, labelled of the roster.
   * @throws LabelsImplausible, LabelPeriodRefused, BudgetExhausted, LedgerUnwritable
   */
  async open(body: Body<'labels.answer'>): Promise<void> {
    const { node, services, trainRows, labelled, bad, opened } = this.#run
    if (!this.#owners || !this.#seed)
      throw new federationErrors.MessageUnexpected('labels.answer', PLATFORM, 'not asked')
    this.#run.ledger.checkPeriods(opened, services.clock.now())
    await this.#run.charge(labelSumsCharge(opened.labelHolders.length, opened.labelSigma))
    const labelledSquares = await this.#squares(this.#owners.labelled, body.labelled, labelled)
    const badSquares = await this.#squares(this.#owners.bad, body.bad, bad)
    this.#owners = undefined
    const own = Float64Array.from([
      sumResidues(gather(labelled, trainRows)),
      sumResidues(gather(bad, trainRows)),
      sumResidues(labelled),
      sumResidues(labelledSquares),
      sumResidues(badSquares),
      ...combinations(node.membership.suite, this.#seed, labelled, bad),
    ])
    addInto(own, unpackResidues(body.sums, LABEL_SUMS))
    this.#run.addNoise(own, (random) => labelNoise(random, opened.labelSigma), 'label noise')
    const sums = Array.from(own, lift)
    this.#check(sums)
    this.#opened = sums.slice(0, 3)
    await node.post(PLATFORM, 'labels.opened', { sums: [...this.opened] })
  }

  /** What was opened after the check: labelled and bads of the training folds, labelled of the roster. @throws LabelsImplausible */
  get opened(): readonly number[] {
    if (!this.#opened) throw new federationErrors.LabelsImplausible('they were not checked')
    return this.#opened
  }

  async close(): Promise<void> {
    await this.#owners?.labelled.close()
    await this.#owners?.bad.close()
  }

  async #squares(owner: CrossOwnerHandle, answer: Uint8Array, share: Float64Array): Promise<Float64Array> {
    const squares = await owner.decrypt(answer)
    await owner.close()
    addProductInto(squares, share, share)
    return squares
  }

  #check([, , labelled, labelledSquares, badSquares, ...combined]: number[]): void {
    const { labelHolders, labelSigma } = this.#run.opened
    const most = labelHolders.length
    const slack = SQUARES_SLACK * labelSigma * (1 + most)
    if (combined.some((value) => Math.abs(value) >= COMBINATION_LIMIT)) {
      throw new federationErrors.LabelsImplausible('a random combination of them is far too large')
    }
    // m and y lie between 0 and J, so m <= m^2 <= J*m for each row; a sum that wrapped falls out on either side.
    const fits = (squares: number, least: number) =>
      squares >= least - slack && squares <= most * labelled + slack
    if (!fits(labelledSquares, labelled) || !fits(badSquares, 0)) {
      throw new federationErrors.LabelsImplausible('a firm is marked more often than there are label holders')
    }
  }
}
