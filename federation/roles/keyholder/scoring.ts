/** Section 7 at the key holder: releases the masks of the one set that the platform commits to per opening. */
import { keyHolderWords, packResidues } from '../../../engine/index.ts'
import { totalsCharge } from '../../charges.ts'
import { federationErrors } from '../../errors.ts'
import { PLATFORM } from '../../members.ts'
import type { Message } from '../../messages/envelope.ts'
import type { Node } from '../../node.ts'
import { OPENINGS } from '../../runs/openings.ts'
import { bytesOfWords } from '../../runs/words.ts'
import type { RunGate } from '../run-gate.ts'
import type { KeyHolderRun } from './run.ts'

export class KeyHolderScoring {
  #node: Node
  #gate: RunGate
  /** Openings ever released by this node, each with its run; kept across runs. */
  #opened = new Set<string>()

  constructor(node: Node, gate: RunGate) {
    this.#node = node
    this.#gate = gate
  }

  /** The openings of one run. */
  openedIn(run: string): string[] {
    return [...this.#opened].filter((key) => key.startsWith(`${run} `))
  }

  /** @param opened from {@link openedIn}, before this node was started again */
  restore(opened: readonly string[]): void {
    for (const key of opened) this.#opened.add(key)
  }

  /** @throws SecondSet, TooFewProviders, MessageUnexpected */
  async release(message: Message<'score.commit'>, run: KeyHolderRun): Promise<void> {
    const { opening, providers, exclusions } = message.body
    const key = `${message.run} ${opening}`
    if (this.#opened.has(key) || !OPENINGS.includes(opening)) {
      throw new federationErrors.SecondSet(`opening "${opening}"`)
    }
    const planned = run.plan.providers.filter(({ publicData }) => !publicData).map(({ name }) => name)
    const set = new Set(providers)
    const counted = planned.filter((name) => set.has(name)).length
    this.#gate.requireEnough(counted)
    if (set.size !== providers.length || providers.join('\n') !== run.opened.providers.join('\n')) {
      throw new federationErrors.MessageUnexpected(
        message.type,
        PLATFORM,
        "another set than the plan's providers",
      )
    }
    this.#opened.add(key)
    const { membership } = this.#node
    const secrets = providers.map((provider) => membership.pairSecret(provider, 'mask'))
    const { size } = run.roster
    await run.charge(totalsCharge(opening, size))
    const words = keyHolderWords(membership.suite, secrets, run.label(opening, 'points', 0), size)
    await this.#node.post(PLATFORM, 'score.masks', {
      opening,
      points: bytesOfWords(words),
      exclusions: exclusions
        ? packResidues(run.share(providers, opening, 'exclusions', 0, size))
        : new Uint8Array(0),
    })
  }
}
