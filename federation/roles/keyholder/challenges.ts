/** Challenges at the key holder: puts together X u of every provider and compares it with that of the first challenge. */
import { addInto, subtractInto, unpackResidues } from '../../../engine/index.ts'
import { federationErrors } from '../../errors.ts'
import { PLATFORM } from '../../members.ts'
import type { Message } from '../../messages/envelope.ts'
import { Challenges } from '../../runs/challenges.ts'
import type { GroupAnswer } from '../../runs/query-group.ts'
import type { KeyHolderRun } from './run.ts'

/** What belongs to one provider's challenge: H's and P's decrypted parts, and the sum of the masks on them. */
interface Parts {
  own?: Float64Array
  platform?: Float64Array
  masks?: Float64Array
}

export class KeyHolderChallenges extends Challenges {
  #run: KeyHolderRun
  /** X u of each provider as the first challenge gave it. */
  #fingerprints = new Map<string, Float64Array>()
  #parts = new Map<string, Parts>()
  #exchange = 0
  #passed = 0

  constructor(run: KeyHolderRun) {
    super(run.node.membership, run.plan, run.services.random)
    this.#run = run
  }

  /** A provider has answered: tells it that this was a challenge. */
  async declare(exchange: number, group: number, { provider, values }: GroupAnswer): Promise<void> {
    await this.#run.node.post(provider, 'challenge.declare', { group }, exchange)
    await this.#take(exchange, provider, { own: values })
  }

  takePart({ body, round }: Message<'challenge.part'>): Promise<void> {
    const { provider, from, to, values } = body
    return this.#take(round, provider, { platform: unpackResidues(values, to - from) })
  }

  takeMasks({ from: provider, body, round }: Message<'challenge.masks'>): Promise<void> {
    return this.#take(round, provider, { masks: unpackResidues(body.sums, body.to - body.from) })
  }

  /** @throws ChallengeFailed, MessageUnexpected */
  async #take(exchange: number, provider: string, part: Parts): Promise<void> {
    if (!this.has(exchange) || exchange < this.#exchange) {
      throw new federationErrors.MessageUnexpected('a part of a challenge', provider, 'this exchange is none')
    }
    if (exchange > this.#exchange) {
      this.#exchange = exchange
      this.#passed = 0
      this.#parts.clear()
    }
    const { own, platform, masks } = Object.assign(this.#partsOf(provider), part)
    if (!own || !platform || !masks) return
    if (own.length !== platform.length || own.length !== masks.length) {
      throw new federationErrors.MessageUnexpected('a part of a challenge', provider, 'other columns')
    }
    const fingerprint = own.slice()
    addInto(fingerprint, platform)
    subtractInto(fingerprint, masks)
    const first = this.#fingerprints.get(provider)
    if (first?.some((value, j) => value !== fingerprint[j])) {
      throw new federationErrors.ChallengeFailed(provider, exchange)
    }
    this.#fingerprints.set(provider, fingerprint)
    this.#passed++
    const asked = this.#run.plan.providers.filter(({ width }) => width > 0).length
    if (this.#passed === asked) await this.#run.node.post(PLATFORM, 'challenge.passed', {}, exchange)
  }

  #partsOf(provider: string): Parts {
    const parts = this.#parts.get(provider) ?? {}
    this.#parts.set(provider, parts)
    return parts
  }
}
