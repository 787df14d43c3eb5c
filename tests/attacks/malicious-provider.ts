/**
 * A provider that answers the gradient queries of a test consortium from columns of its own choice instead of those it
 * registered, with masks of zero, and reads what both servers release to it. It stands on the wire, at {@link intercept}.
 */
import { LinearResponder } from '../../engine/bfv/linear.ts'
import { addInto, lift, type PackedColumns, systemRandom, unpackResidues } from '../../engine/index.ts'
import type { RunPlan } from '../../federation/index.ts'
import { changed, type Deviation, type Posted } from '../unit/federation/interception.ts'

export class MaliciousProvider {
  #name: string
  #columns: (plan: RunPlan, width: number) => PackedColumns
  #responder: LinearResponder | undefined
  #queries = new Map<string, Posted>()

  /** @param columns what it answers from; `width` is how many columns it registered */
  constructor(name: string, columns: (plan: RunPlan, width: number) => PackedColumns) {
    this.#name = name
    this.#columns = columns
  }

  readonly deviate: Deviation = (message) => {
    const { type, from, to, round, body } = message
    if (type === 'plan.propose' && to === this.#name) {
      const plan = JSON.parse(body.plan as string) as RunPlan
      const { width } = plan.providers.find(({ name }) => name === this.#name)!
      // Ready long before the first round: the fine bins lie between.
      LinearResponder.create(plan.packing, this.#columns(plan, width), 0).then((responder) => {
        this.#responder = responder
      })
    }
    if (type === 'round.query' && to === this.#name)
      this.#queries.set(`${from} ${round} ${body.group}`, message)
    if (type !== 'round.answer' || from !== this.#name) return undefined
    const { group, from: first, to: end } = body as { group: number; from: number; to: number }
    const query = this.#queries.get(`${to} ${round} ${group}`)!.body as {
      publicKey: Uint8Array
      blocks: Uint8Array
    }
    const masks = new Float64Array(end - first)
    const { bytes } = this.#responder!.answer(query, first, end, masks, systemRandom(32))
    return [changed(message, { answer: bytes })]
  }

  /** The sum of both servers' parts of one round, in the order of the columns. */
  gradient(recorded: readonly Posted[], round: number): Float64Array {
    const parts = recorded.filter(
      ({ type, to, round: at }) => type === 'round.gradient' && to === this.#name && at === round,
    )
    const [one, two] = parts.map(({ body }) => {
      const { from, to, values } = body as { from: number; to: number; values: Uint8Array }
      return unpackResidues(values, to - from)
    })
    addInto(one, two)
    return one.map(lift)
  }
}
