/**
 * The platform P: drives a run phase by phase and holds the other share of everything joint. It sees shares, noisy
 * counts and, after scoring, total points per row; no label, feature, weight or single provider's score.
 */
import type { AuthorisationSource, AuthorisedRows } from '../../authorisation/authorised-rows.ts'
import { federationErrors } from '../../errors.ts'
import type { Current, PlatformHoldings } from '../../holdings.ts'
import type { LabelPeriod } from '../../label-period.ts'
import type { Ledger } from '../../ledger.ts'
import { KEY_HOLDER } from '../../members.ts'
import type { AnyMessage } from '../../messages/envelope.ts'
import { describeFault, type Node, type Role } from '../../node.ts'
import type { NodeServices, RosterView } from '../../ports.ts'
import { driveRun, type RunResult } from '../../runs/drive.ts'
import { Mailbox } from './mailbox.ts'
import { PlatformRun, type Progress, type RunOptions } from './run.ts'

interface Hello {
  readonly rosterDigest: string
  readonly rows: number
  /** Empty for a party without labels. */
  readonly labelDigest: string
  readonly labelPeriod: LabelPeriod
}

export class PlatformRole implements Role {
  #node: Node
  #services: NodeServices
  #source: Current<PlatformHoldings>
  #ledger: Ledger
  #hellos = new Map<string, Hello>()
  #arrivals: (() => void)[] = []
  #active: { mailbox: Mailbox; run: PlatformRun } | undefined

  constructor(node: Node, services: NodeServices, source: Current<PlatformHoldings>, ledger: Ledger) {
    this.#node = node
    this.#services = services
    this.#source = source
    this.#ledger = ledger
    node.onFault = (from, fault) =>
      this.#active?.mailbox.fail(fault ?? new federationErrors.PartyFailed(from, ''))
  }

  async handle(message: AnyMessage): Promise<void> {
    if (message.type === 'party.hello') {
      this.#hellos.set(message.from, message.body)
      for (const arrived of this.#arrivals.splice(0)) arrived()
      return
    }
    // A message of an earlier run may still be on its way; it has no place in this one.
    if (!this.#active || message.run !== this.#node.current.run) return
    if (message.type === 'run.abort') {
      const { code, text } = message.body
      const fault = Object.assign(new federationErrors.PartyFailed(message.from, text), { cause: code })
      this.#active.mailbox.fail(fault)
      return
    }
    this.#active.mailbox.deliver(message)
  }

  /** Parties that have not said hello yet. */
  missing(parties: readonly string[]): string[] {
    return parties.filter((party) => !this.#hellos.has(party))
  }

  /** Resolves when the next party says hello. */
  nextArrival(): Promise<void> {
    return new Promise((resolve) => this.#arrivals.push(resolve))
  }

  /** A party stopped answering: ends the run in progress with its name. */
  lost(party: string, phase: string): void {
    this.#active?.mailbox.fail(new federationErrors.PartyLost(party, phase))
  }

  /** Ends the run in progress. */
  cancel(fault: unknown): void {
    this.#active?.mailbox.fail(fault)
  }

  /** Parties of the run in progress that it waits for. */
  waitingFor(): string[] {
    return this.#active?.mailbox.waitingFor() ?? []
  }

  /**
   * Drives one run from label shares to published scores.
   * @throws any error of federation/ or engine/; the other parties are told to drop the run
   */
  async run(options: RunOptions, progress: Progress): Promise<RunResult> {
    const mailbox = new Mailbox()
    this.#node.current.run = options.run
    this.#node.current.plan = ''
    const { roster, authorisation } = this.#source.current()
    this.#checkParties(options, roster)
    const authorised = await this.#authorisedFor(options, authorisation)
    const hellos = options.labelHolders.map((name) => this.#hellos.get(name)!)
    const labelDigests = hellos.map(({ labelDigest }) => labelDigest)
    const labelPeriods = hellos.map(({ labelPeriod }) => labelPeriod)
    const run = new PlatformRun(
      this.#node,
      this.#services,
      roster,
      options,
      mailbox,
      progress,
      this.#ledger,
      { labelDigests, labelPeriods },
      authorised,
    )
    this.#active = { mailbox, run }
    try {
      return await driveRun(run)
    } catch (fault) {
      mailbox.fail(fault)
      const told = run.parties.map((party) =>
        this.#node.post(party, 'run.abort', describeFault(fault)).catch(() => {}),
      )
      await Promise.all(told)
      throw fault
    } finally {
      this.#active = undefined
    }
  }

  /** The list of the run, read anew for each. @throws AuthorisationPurpose and the list's other errors */
  async #authorisedFor({ purpose }: RunOptions, source: AuthorisationSource): Promise<AuthorisedRows | null> {
    const list = await source.current()
    if (list && list.purpose !== purpose)
      throw new federationErrors.AuthorisationPurpose(list.purpose, purpose)
    return list
  }

  #checkParties({ providers, labelHolders, leastProviders }: RunOptions, roster: RosterView): void {
    const parties = [...labelHolders, ...providers, KEY_HOLDER]
    const [absent] = this.missing(parties)
    if (absent) throw new federationErrors.PartyLost(absent, 'setup')
    for (const party of parties) {
      const hello = this.#hellos.get(party)!
      if (hello.rosterDigest !== roster.digest) {
        throw new federationErrors.RosterDiffers(party, hello.rows, roster.size)
      }
    }
    const { membership } = this.#node
    const counted = providers.filter((provider) => !membership.member(provider).publicData).length
    if (counted < leastProviders) throw new federationErrors.TooFewProviders(counted, leastProviders)
  }
}
