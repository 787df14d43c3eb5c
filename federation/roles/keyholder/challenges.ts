/** Challenges at the key holder: compares how the two servers' parts of X u changed since the first challenge. */
import { subtractInto, unpackResidues } from '../../../engine/index.ts'
import { federationErrors } from '../../errors.ts'
import { PLATFORM } from '../../members.ts'
import type { Message } from '../../messages/envelope.ts'
import { Challenges } from '../../runs/challenges.ts'
import type { GroupAnswer } from '../../runs/query-group.ts'
import { seededStream } from '../../secret-stream.ts'
import type { KeyHolderRun } from './run.ts'

/** What belongs to one provider's challenge: H's decrypted part, the sum of the masks, and the digest of P's change. */
interface Parts {
  own?: Float64Array
  masks?: Float64Array
  change?: string
}

/** What is kept of the challenges at the end of a step. */
export interface ChallengesState {
  /** What the own share of u is drawn from: it is the same in every challenge. */
  readonly seed: Uint8Array
  readonly first: readonly (readonly [provider: string, values: Float64Array])[]
}

export class KeyHolderChallenges extends Challenges {
  #run: KeyHolderRun
  #seed: Uint8Array
  /** H's part of X u of each provider as the first challenge gave it. */
  #first: Map<string, Float64Array>
  #parts = new Map<string, Parts>()
  #exchange = 0
  #passed = new Set<string>()

  constructor(run: KeyHolderRun, { seed, first }: ChallengesState) {
    const { membership } = run.node
    super(membership, run.plan, seededStream(membership.suite, seed))
    this.#run = run
    this.#seed = seed
    this.#first = new Map(first)
  }

  get state(): ChallengesState {
    return { seed: this.#seed, first: [...this.#first] }
  }

  /** An exchange begins: nothing of an earlier one is taken any more. */
  begin(exchange: number): void {
    this.#exchange = exchange
    this.#parts.clear()
    this.#passed.clear()
  }

  /** A provider has answered: tells it that this was a challenge. */
  async declare(exchange: number, group: number, { provider, values }: GroupAnswer): Promise<void> {
    await this.#run.node.post(provider, 'challenge.declare', { group }, exchange)
    await this.#take(exchange, provider, { own: values })
  }

  takePart({ body, round }: Message<'challenge.part'>): Promise<void> {
    return this.#take(round, body.provider, { change: body.change })
  }

  takeMasks({ from: provider, body, round }: Message<'challenge.masks'>): Promise<void> {
    return this.#take(round, provider, { masks: unpackResidues(body.sums, body.to - body.from) })
  }

  /** @throws ChallengeFailed, MessageUnexpected */
  async #take(exchange: number, provider: string, part: Parts): Promise<void> {
    const known = this.#parts.get(provider) ?? {}
    const again = Object.keys(part).some((kind) => kind in known)
    // Masks come from a provider that both servers have told, so after this server's own part.
    const early = part.masks !== undefined && known.own === undefined
    if (exchange !== this.#exchange || !this.has(exchange) || again || early) {
      throw new federationErrors.MessageUnexpected('a part of a challenge', provider, 'it has no place now')
    }
    this.#parts.set(provider, { ...known, ...part })
    const { own, masks, change } = { ...known, ...part }
    if (!own || !masks || change === undefined) return
    if (own.length !== masks.length) {
      throw new federationErrors.MessageUnexpected('challenge.masks', provider, 'other columns')
    }
    const now = own.slice()
    subtractInto(now, masks)
    const first = this.#first.get(provider) ?? now
    this.#first.set(provider, first)
    const expected = first.slice()
    subtractInto(expected, now)
    if (this.digest(exchange, provider, expected) !== change) {
      throw new federationErrors.ChallengeFailed(provider, exchange)
    }
    this.#passed.add(provider)
    const asked = this.#run.plan.providers.filter(({ width }) => width > 0).length
    if (this.#passed.size === asked) await this.#run.node.post(PLATFORM, 'challenge.passed', {}, exchange)
  }
}
