/** Bytes that passed the relay, by phase and by member. */
import { PHASES, type PhaseName } from '../../../federation/index.ts'

export class Traffic {
  #phase: PhaseName = 'setup'
  #byPhase = new Map<PhaseName, number>(PHASES.map((phase) => [phase, 0]))
  #trainingByMember = new Map<string, number>()
  #total = 0

  enter(phase: PhaseName): void {
    this.#phase = phase
  }

  count(from: string, to: string, bytes: number): void {
    this.#total += bytes
    this.#byPhase.set(this.#phase, (this.#byPhase.get(this.#phase) ?? 0) + bytes)
    if (this.#phase !== 'training') return
    for (const member of [from, to]) {
      this.#trainingByMember.set(member, (this.#trainingByMember.get(member) ?? 0) + bytes)
    }
  }

  /** @param providers whose traffic is averaged; both directions count */
  summary(providers: readonly string[], rounds: number) {
    const training = providers.reduce((sum, name) => sum + (this.#trainingByMember.get(name) ?? 0), 0)
    return {
      perRoundPerProvider: Math.round(training / Math.max(1, providers.length * rounds)),
      total: this.#total,
      byPhase: Object.fromEntries(this.#byPhase),
    }
  }
}
