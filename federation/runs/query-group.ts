/**
 * One server's side of a key group (steps B and C4 to C6): encrypts its vector under a fresh key, waits until every
 * provider of the group has answered and reported the same queries, then decrypts each answer once.
 * Platform and key holder run the same code.
 */
import type { EngineHost, LinearOwnerHandle, Packing, Suite } from '../../engine/index.ts'
import { federationErrors } from '../errors.ts'
import type { Body } from '../messages/schema.ts'
import type { Node } from '../node.ts'
import type { KeyGroup } from '../plan.ts'

export interface GroupAnswer {
  readonly provider: string
  readonly from: number
  readonly to: number
  /** Of the answer as it came, hex: what is drawn for it belongs to it alone. */
  readonly hash: string
  /** Masked inner products, residues. */
  readonly values: Float64Array
}

type AnswerBody = Body<'round.answer'>
/** The field of an answer in which a provider says what it received from this server. */
type Side = 'seenPlatform' | 'seenKeyHolder'

export class QueryGroup {
  #owner: LinearOwnerHandle
  #suite: Suite
  #group: KeyGroup
  #index: number
  #ownHash: string
  #side: Side
  #answers = new Map<string, AnswerBody>()
  readonly query: { publicKey: Uint8Array; blocks: Uint8Array }

  private constructor(
    owner: LinearOwnerHandle,
    suite: Suite,
    query: { publicKey: Uint8Array; blocks: Uint8Array },
    group: KeyGroup,
    index: number,
    ownHash: string,
    side: Side,
  ) {
    this.#owner = owner
    this.#suite = suite
    this.query = query
    this.#group = group
    this.#index = index
    this.#ownHash = ownHash
    this.#side = side
  }

  /**
   * Encrypts a share for one group under a key that lives for this query only.
   * @param seed of key and encryption, for this query only; randomness of the system without it
   */
  static async open(
    engine: EngineHost,
    suite: Suite,
    packing: Packing,
    values: Float64Array,
    group: KeyGroup,
    index: number,
    side: Side,
    seed?: Uint8Array,
  ): Promise<QueryGroup> {
    const owner = await engine.linearOwner(packing, seed)
    const query = await owner.encrypt(values)
    const hash = Buffer.from(suite.hash(query.publicKey, query.blocks)).toString('hex')
    return new QueryGroup(owner, suite, query, group, index, hash, side)
  }

  get providers(): string[] {
    return this.#group.members.map(({ provider }) => provider)
  }

  /**
   * Takes a provider's answer; once the group is complete, decrypts all of them.
   * @returns null while answers are missing
   * @throws SecondAnswer, QueriesDiffer
   */
  async take(provider: string, body: AnswerBody, step: string): Promise<GroupAnswer[] | null> {
    const member = this.#group.members.find((candidate) => candidate.provider === provider)
    if (!member || body.from !== member.from || body.to !== member.to) {
      throw new federationErrors.MessageUnexpected(
        `${step} answer`,
        provider,
        'columns outside its key group',
      )
    }
    if (this.#answers.has(provider)) throw new federationErrors.SecondAnswer(provider, step)
    this.#answers.set(provider, body)
    if (this.#answers.size < this.#group.members.length) return null
    const bodies = [...this.#answers.values()]
    const same = bodies.every(
      (answer) =>
        answer[this.#side] === this.#ownHash &&
        answer.seenPlatform === bodies[0].seenPlatform &&
        answer.seenKeyHolder === bodies[0].seenKeyHolder,
    )
    if (!same) throw new federationErrors.QueriesDiffer(this.#index, step)
    const answers: GroupAnswer[] = []
    for (const { provider: name, from, to } of this.#group.members) {
      const { answer } = this.#answers.get(name)!
      const hash = Buffer.from(this.#suite.hash(answer)).toString('hex')
      const values = await this.#owner.decrypt(answer, to - from)
      answers.push({ provider: name, from, to, hash, values })
    }
    await this.#owner.close()
    return answers
  }

  close(): Promise<void> {
    return this.#owner.close()
  }
}

/**
 * Encrypts one server's vector for every key group of a step and sends each query to the providers of its group.
 * @param seed of the query of a group; randomness of the system without it
 */
export async function openGroups(
  node: Node,
  engine: EngineHost,
  step: { kind: 'bins' | 'round'; round: number; packing: Packing; groups: readonly KeyGroup[]; side: Side },
  values: Float64Array,
  seed?: (group: number) => Uint8Array,
): Promise<QueryGroup[]> {
  const opened: QueryGroup[] = []
  for (const [index, group] of step.groups.entries()) {
    const { suite } = node.membership
    const { packing, side } = step
    const query = await QueryGroup.open(engine, suite, packing, values, group, index, side, seed?.(index))
    opened.push(query)
    // One body for all of them: it is encoded once.
    const body = { group: index, ...query.query }
    for (const provider of query.providers) await node.post(provider, `${step.kind}.query`, body, step.round)
  }
  return opened
}

/** Wipes the keys of groups that are not complete. */
export async function closeGroups(groups: readonly QueryGroup[]): Promise<void> {
  for (const group of groups) await group.close()
}
