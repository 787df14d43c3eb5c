/**
 * The door of a member's part in runs: a run is opened once, by the platform, with the consortium's own parties; one plan
 * is signed for it, and nothing of it is released before everybody's signature was seen. Label holder, provider and key holder
 * all pass through here.
 */
import type { RandomBytes } from '../../engine/index.ts'
import { checkApproval, checkOpened, type OpenedRun, type PartyPolicy } from '../approval.ts'
import { byPolicy, type Decision } from '../approver.ts'
import { federationErrors } from '../errors.ts'
import { unexpected } from '../faults-told.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { AnyMessage } from '../messages/envelope.ts'
import { isNightId } from '../night/night-id.ts'
import type { Node } from '../node.ts'
import { planHashOf, type RunPlan } from '../plan.ts'
import { parsePlan } from '../plan-schema.ts'
import { checkSignatures } from '../plan-signatures.ts'
import type { NodeServices, RosterView } from '../ports.ts'

/** Steps that come before a plan is signed by all; `run.finish` alone of its kind comes after. */
const BEFORE_SIGNATURES: ReadonlySet<string> = new Set(['party', 'run', 'ledger', 'labels', 'basis', 'plan'])

/** A plan that this party's own rules allow. */
interface Checked {
  readonly plan: RunPlan
  readonly planHash: string
  readonly text: string
}

/** What is kept of the open run at the end of a step. */
export interface GateState {
  readonly opened: OpenedRun
  readonly rosterDigest: string
  /** The text of the plan that was proposed; null before. */
  readonly plan: string | null
  readonly approved: boolean
  readonly signedByAll: boolean
}

export class RunGate {
  #node: Node
  #policy: PartyPolicy
  #services: Pick<NodeServices, 'clock' | 'approver'>
  /** Run ids ever opened here: masks are drawn under them, so none comes a second time. */
  #used = new Set<string>()
  #opened: OpenedRun | undefined
  #roster: RosterView | undefined
  /** Hash of the one plan that was proposed for the run; kept where it was refused, so that no other one follows. */
  #proposed: string | undefined
  /** That plan, once this party's rules allow it. */
  #proposal: Checked | undefined
  #approved = false
  #signedByAll = false

  constructor(node: Node, policy: PartyPolicy, services: Pick<NodeServices, 'clock' | 'approver'>) {
    this.#node = node
    this.#policy = policy
    this.#services = services
    node.isParty = (name, run) => {
      const opened = this.#opened
      if (opened?.run !== run) return true
      return [PLATFORM, KEY_HOLDER, ...opened.providers, ...opened.labelHolders].includes(name)
    }
  }

  /**
   * @param roster the one that this party holds as the run opens; its plan must be about it
   * @param random draws the run's secret, which this node keeps for as long as the run can be gone on with
   * @throws PlanRefused, TooFewProviders, MessageUnexpected, RunRecorded, MemberListBehind
   */
  async open(
    message: AnyMessage & { type: 'run.open' },
    roster: RosterView,
    random: RandomBytes,
  ): Promise<{ opened: OpenedRun; secret: Uint8Array }> {
    if (message.from !== PLATFORM) unexpected(message, 'only the platform opens a run')
    if (message.run === '' || this.#used.has(message.run)) unexpected(message, 'a run id is used once')
    if (isNightId(message.run)) unexpected(message, 'a run is not named like a night')
    this.#used.add(message.run)
    this.close()
    await this.#node.membership.takeUp(message.body.memberList)
    const opened = { run: message.run, ...message.body }
    checkOpened(this.#node, this.#policy, opened)
    const secret = await this.#node.begin(message.run, random)
    this.#opened = opened
    this.#roster = roster
    this.#node.current.run = message.run
    this.#node.current.plan = ''
    return { opened, secret }
  }

  /**
   * Checks the run's one plan and has it approved; the signature leaves at once, or when a person has decided.
   * @param alsoCheck what this role alone can check, before anybody is asked
   * @throws PlanRefused, PlanLimit, TooFewProviders, BudgetExhausted, PlanChanged, MessageUnexpected
   */
  async approve(
    message: AnyMessage & { type: 'plan.propose' },
    alsoCheck: (plan: RunPlan) => void | Promise<void>,
  ): Promise<void> {
    const opened = this.#opened
    if (message.from !== PLATFORM || opened?.run !== message.run)
      unexpected(message, 'one plan for an opened run')
    const { plan: text } = message.body
    const hash = planHashOf(this.#node.membership.suite, text)
    if (this.#proposed !== undefined) this.#refuseSecond(message, hash)
    this.#proposed = hash
    const { clock, approver = byPolicy } = this.#services
    const { plan, planHash } = checkApproval(
      this.#node,
      this.#roster as RosterView,
      this.#policy,
      clock,
      opened,
      text,
    )
    this.#proposal = { plan, planHash, text }
    await alsoCheck(plan)
    const decision = await approver.ask(
      { run: opened.run, planHash, text },
      (later) => void this.#node.enqueue(() => this.#settle(planHash, later)),
    )
    if (decision) await this.#settle(planHash, decision)
  }

  /** Another text for the same run is a plan that changed; the same one again has no place. */
  #refuseSecond(message: AnyMessage, hash: string): never {
    if (hash !== this.#proposed)
      throw new federationErrors.PlanChanged(
        this.#node.membership.name,
        'the platform proposed another one for the same run',
      )
    unexpected(message, 'one plan for an opened run')
  }

  /** Signs, or stops the run. @throws PlanExpired, PlanRefused */
  async #settle(planHash: string, { approved, reason }: Decision): Promise<void> {
    // The run may have ended while a person was asked.
    if (this.#proposal?.planHash !== planHash) return
    const { membership } = this.#node
    if (!approved) throw new federationErrors.PlanRefused(membership.name, reason)
    this.#requireTime(this.#proposal.plan)
    this.#approved = true
    this.#node.current.plan = planHash
    const signature = membership.sign(Buffer.from(planHash, 'hex'))
    await this.#node.post(PLATFORM, 'plan.approve', { planHash, signature })
  }

  /** Verifies that every party signed the plan that this one approved. @throws PlanUnsigned, PlanChanged, PlanExpired */
  takeSignatures(message: AnyMessage & { type: 'plan.signed' }): void {
    if (message.from !== PLATFORM || !this.admits(message) || this.#signedByAll || !this.#approved)
      unexpected(message, 'once, after the plan was approved')
    const { plan, planHash } = this.#proposal as Checked
    checkSignatures(this.#node.membership, plan, planHash, message.body.approvals)
    this.#requireTime(plan)
    this.#signedByAll = true
  }

  /**
   * Refuses every step of a plan before all have signed it, and after it expired.
   * @throws MessageUnexpected, PlanExpired
   */
  requireSigned(message: AnyMessage): void {
    const [kind] = message.type.split('.')
    if (BEFORE_SIGNATURES.has(kind) && message.type !== 'run.finish') return
    if (!this.#signedByAll) unexpected(message, 'the plan is not signed by every party')
    this.#requireTime((this.#proposal as Checked).plan)
  }

  #requireTime({ expires }: RunPlan): void {
    if (!(Date.parse(expires) > this.#services.clock.now().getTime()))
      throw new federationErrors.PlanExpired(expires)
  }

  /** For a run that is open. */
  get state(): GateState {
    return {
      opened: this.#opened as OpenedRun,
      rosterDigest: (this.#roster as RosterView).digest,
      plan: this.#proposal?.text ?? null,
      approved: this.#approved,
      signedByAll: this.#signedByAll,
    }
  }

  /**
   * Opens a run that this node was stopped in; what was refused then is refused now.
   * @param roster the one that this party holds now
   * @returns the run, and the plan that was proposed for it
   * @throws HoldingsChanged
   */
  restore(
    { opened, rosterDigest, plan: text, approved, signedByAll }: GateState,
    roster: RosterView,
  ): { opened: OpenedRun; plan: RunPlan | null } {
    const { membership, current } = this.#node
    if (roster.digest !== rosterDigest)
      throw new federationErrors.HoldingsChanged(membership.name, opened.run, 'another roster')
    this.close()
    this.#used.add(opened.run)
    this.#opened = opened
    this.#roster = roster
    current.run = opened.run
    current.plan = ''
    const plan = text === null ? null : parsePlan(text)
    if (text === null || !plan) return { opened, plan: null }
    const planHash = planHashOf(membership.suite, text)
    this.#proposed = planHash
    this.#proposal = { plan, planHash, text }
    this.#approved = approved
    this.#signedByAll = signedByAll
    if (approved) current.plan = planHash
    return { opened, plan }
  }

  /** True for a message of the run that is open here. */
  admits(message: AnyMessage): boolean {
    return this.#opened !== undefined && message.run === this.#opened.run
  }

  /** Ends the run that is open, if the platform says so and means it. */
  ends(message: AnyMessage): boolean {
    return message.from === PLATFORM && this.admits(message)
  }

  get isOpen(): boolean {
    return this.#opened !== undefined
  }

  close(): void {
    if (this.#proposal && !this.#approved) this.#services.approver?.withdraw?.(this.#proposal.planHash)
    this.#opened = this.#proposed = this.#proposal = undefined
    this.#approved = this.#signedByAll = false
  }

  /** Least providers of a set to be opened. @throws TooFewProviders */
  requireEnough(counted: number): void {
    const { leastProviders } = this.#policy
    if (counted < leastProviders) throw new federationErrors.TooFewProviders(counted, leastProviders)
  }
}
