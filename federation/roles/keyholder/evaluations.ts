/** Section 6 at the key holder: encrypts its label share for the platform's bands, opens noisy band counts, at most thrice. */
import {
  addInto,
  type LinearOwnerHandle,
  lift,
  packingFor,
  type RandomBytes,
  unpackResidues,
} from '../../../engine/index.ts'
import { bandsCharge, rankSumCharge } from '../../charges.ts'
import { federationErrors } from '../../errors.ts'
import { PLATFORM } from '../../members.ts'
import type { Body } from '../../messages/schema.ts'
import { rowsOfFolds } from '../../plan.ts'
import { MAX_BANDS } from '../../runs/evaluation-limits.ts'
import { evaluationNoise, evaluationShare } from '../../runs/evaluation-vector.ts'
import type { KeyHolderRun } from './run.ts'

export class KeyHolderEvaluations {
  #run: KeyHolderRun
  /** What was asked so far; counts and the rank sum of one evaluation are two requests of the same number. */
  #asked: Set<string>
  #open: { request: Body<'evaluation.start'>; owner: LinearOwnerHandle } | undefined

  /** @param asked what was asked before the run was gone on with */
  constructor(run: KeyHolderRun, asked: readonly string[] = []) {
    this.#run = run
    this.#asked = new Set(asked)
  }

  get state(): readonly string[] {
    return [...this.#asked]
  }

  /** @throws EvaluationSpent, MessageUnexpected */
  async start(request: Body<'evaluation.start'>): Promise<void> {
    const { node, services, roster, plan, secret } = this.#run
    const key = `${request.evaluation} ${request.vector}`
    if (request.evaluation >= plan.evaluations) throw new federationErrors.EvaluationSpent(plan.evaluations)
    const most = request.vector === 'counts' ? MAX_BANDS : 1
    if (this.#asked.has(key) || this.#open || request.columns < 1 || request.columns > most) {
      throw new federationErrors.MessageUnexpected(
        'evaluation.start',
        PLATFORM,
        'asked before, or too many bands',
      )
    }
    // The rank sum is paid for with the bands of its evaluation.
    if (request.vector === 'bads' && !this.#asked.has(`${request.evaluation} counts`))
      throw new federationErrors.MessageUnexpected(
        'evaluation.start',
        PLATFORM,
        'a rank sum before its bands',
      )
    this.#asked.add(key)
    await this.#run.charge(
      request.vector === 'counts'
        ? bandsCharge(plan, request.evaluation, request.columns)
        : rankSumCharge(plan, request.evaluation),
    )
    const rows = rowsOfFolds(roster.folds, request.folds)
    const seed = secret.seed('evaluation key', key)
    const owner = await services.engine.linearOwner(packingFor(rows.length, [request.columns]), seed)
    this.#open = { request, owner }
    const query = await owner.encrypt(evaluationShare(this.#run, rows, request.vector))
    await node.post(PLATFORM, 'evaluation.query', {
      evaluation: request.evaluation,
      vector: request.vector,
      ...query,
    })
  }

  async open(body: Body<'evaluation.answer'>): Promise<void> {
    const { node, plan } = this.#run
    if (!this.#open || this.#open.request.evaluation !== body.evaluation) {
      throw new federationErrors.MessageUnexpected('evaluation.answer', PLATFORM, 'not asked')
    }
    const { request, owner } = this.#open
    const sums = await owner.decrypt(body.answer, request.columns)
    await this.close()
    addInto(sums, unpackResidues(body.own, request.columns))
    const { vector, columns } = request
    const noise = (random: RandomBytes) => evaluationNoise(random, plan.sigma, vector, columns)
    this.#run.addNoise(sums, noise, 'evaluation noise', body.evaluation, vector)
    await node.post(PLATFORM, 'evaluation.opened', {
      evaluation: body.evaluation,
      vector: request.vector,
      values: Array.from(sums, lift),
    })
  }

  async close(): Promise<void> {
    await this.#open?.owner.close()
    this.#open = undefined
  }
}
