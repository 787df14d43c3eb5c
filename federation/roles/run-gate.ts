/**
 * The door of a member's part in runs: a run is opened once, by the platform, with the consortium's own parties; one plan
 * is signed for it. Label holder, provider and key holder all pass through here.
 */
import { checkApproval, checkOpened, type OpenedRun, type PartyPolicy } from '../approval.ts'
import { federationErrors } from '../errors.ts'
import { PLATFORM } from '../members.ts'
import type { AnyMessage } from '../messages/envelope.ts'
import { type Node, unexpected } from '../node.ts'
import type { RunPlan } from '../plan.ts'
import type { Clock, RosterView } from '../ports.ts'

export class RunGate {
  #node: Node
  #policy: PartyPolicy
  #clock: Clock
  /** Run ids ever opened here: masks are drawn under them, so none comes a second time. */
  #used = new Set<string>()
  #opened: OpenedRun | undefined
  #roster: RosterView | undefined
  #signed = false

  constructor(node: Node, policy: PartyPolicy, clock: Clock) {
    this.#node = node
    this.#policy = policy
    this.#clock = clock
  }

  /**
   * @param roster the one that this party holds as the run opens; its plan must be about it
   * @throws PlanRefused, TooFewProviders, MessageUnexpected
   */
  open(message: AnyMessage & { type: 'run.open' }, roster: RosterView): OpenedRun {
    if (message.from !== PLATFORM) unexpected(message, 'only the platform opens a run')
    if (message.run === '' || this.#used.has(message.run)) unexpected(message, 'a run id is used once')
    this.#used.add(message.run)
    this.#opened = undefined
    this.#signed = false
    const opened = { run: message.run, ...message.body }
    checkOpened(this.#node, this.#policy, opened)
    this.#opened = opened
    this.#roster = roster
    this.#node.current.run = message.run
    this.#node.current.plan = ''
    return opened
  }

  /**
   * Checks and signs the run's one plan.
   * @param alsoCheck what this role alone can check, before the signature leaves
   */
  async approve(
    message: AnyMessage & { type: 'plan.propose' },
    alsoCheck: (plan: RunPlan) => void | Promise<void>,
  ): Promise<void> {
    if (message.from !== PLATFORM || this.#signed || this.#opened?.run !== message.run) {
      unexpected(message, 'one plan for an opened run')
    }
    this.#signed = true
    const opened = this.#opened as OpenedRun
    const roster = this.#roster as RosterView
    const { body } = message
    const approval = checkApproval(this.#node, roster, this.#policy, this.#clock, opened, body.plan)
    await alsoCheck(approval.plan)
    this.#node.current.plan = approval.planHash
    const { planHash, signature } = approval
    await this.#node.post(PLATFORM, 'plan.approve', { planHash, signature })
  }

  /** True for a message of the run that is open here. */
  admits(message: AnyMessage): boolean {
    return this.#opened !== undefined && message.run === this.#opened.run
  }

  /** Ends the run that is open, if the platform says so and means it. */
  ends(message: AnyMessage): boolean {
    return message.from === PLATFORM && this.admits(message)
  }

  close(): void {
    this.#opened = undefined
  }

  /** Least providers of a set to be opened. @throws TooFewProviders */
  requireEnough(counted: number): void {
    const { leastProviders } = this.#policy
    if (counted < leastProviders) throw new federationErrors.TooFewProviders(counted, leastProviders)
  }
}
