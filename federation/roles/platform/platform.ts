/**
 * The platform P: drives a run phase by phase and holds the other share of everything joint. It sees shares, noisy
 * counts and, after scoring, total points per row; no label, feature, weight or single provider's score.
 */
import type { AuthorisationSource, AuthorisedRows } from '../../authorisation/authorised-rows.ts'
import { federationErrors } from '../../errors.ts'
import { describeFault } from '../../faults-told.ts'
import { isHalt } from '../../halts.ts'
import type { Current, PlatformHoldings } from '../../holdings.ts'
import type { LabelPeriod } from '../../label-period.ts'
import type { Ledger } from '../../ledger.ts'
import { checkNotSetBack } from '../../ledger-agreement.ts'
import { KEY_HOLDER, PLATFORM } from '../../members.ts'
import type { AnyMessage } from '../../messages/envelope.ts'
import type { Node } from '../../node.ts'
import type { NodeServices, RosterView } from '../../ports.ts'
import type { Role } from '../../role.ts'
import { driveRun, type RunResult } from '../../runs/drive.ts'
import { StepSecret } from '../../step-secret.ts'
import { Mailbox } from './mailbox.ts'
import { PlatformRun, type Progress, type RunOptions, type RunSettingsKept } from './run.ts'

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
  /** The run that was driven last, until it is over: one that stopped may be gone on with. */
  #standing: { readonly run: string; readonly parties: readonly string[] } | undefined
  /** The run in progress is to be stopped, not given up. */
  #pausing = false

  constructor(node: Node, services: NodeServices, source: Current<PlatformHoldings>, ledger: Ledger) {
    this.#node = node
    this.#services = services
    this.#source = source
    this.#ledger = ledger
    node.membership.isInRun = (name) => this.#standing?.parties.includes(name) ?? false
    node.isParty = (name, run) => this.#standing?.run !== run || this.#standing.parties.includes(name)
    node.onFault = (from, fault) =>
      this.#active?.mailbox.fail(fault ?? new federationErrors.PartyFailed(from, ''))
  }

  async handle(message: AnyMessage): Promise<void> {
    if (message.type === 'party.hello') {
      this.#hellos.set(message.from, message.body)
      for (const arrived of this.#arrivals.splice(0)) arrived()
      const { run } = message.body
      if (run !== '' && run !== (await this.#node.unfinished()))
        await this.#node.post(message.from, 'run.over', { run })
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
    this.pause(new federationErrors.PartyLost(party, phase))
  }

  /** Whether no run is in progress. */
  get idle(): boolean {
    return this.#active === undefined
  }

  /** Stops the run in progress; it can be resumed. */
  pause(fault: unknown): void {
    this.#pausing = this.#active !== undefined
    this.#active?.mailbox.fail(fault)
  }

  /** Parties of the run in progress. */
  get parties(): readonly string[] {
    return this.#active?.run.parties ?? []
  }

  /** Gives the run in progress up. */
  cancel(fault: unknown): void {
    this.#active?.mailbox.fail(fault)
  }

  /** Parties of the run in progress that it waits for. */
  waitingFor(): string[] {
    return this.#active?.mailbox.waitingFor() ?? []
  }

  /**
   * Drives one run from label shares to scores. A party that stays away stops it with its name; it can be resumed then.
   * @throws any error of federation/ or engine/; where it cannot be resumed, the other parties are told to drop the run
   */
  async run(options: RunOptions, progress: Progress): Promise<RunResult> {
    const { current, membership } = this.#node
    // All parties of a run use one member list, whatever comes while it goes on.
    await membership.takeUp()
    const { roster, authorisation } = this.#source.current()
    this.#checkParties(options, roster)
    const authorised = await this.#authorisedFor(options, authorisation)
    const hellos = options.labelHolders.map((name) => this.#hellos.get(name)!)
    const secret = new StepSecret(
      membership.suite,
      await this.#node.begin(options.run, this.#services.random),
    )
    Object.assign(current, { run: options.run, plan: '' })
    const settings: RunSettingsKept = {
      options,
      rosterDigest: roster.digest,
      labelDigests: hellos.map(({ labelDigest }) => labelDigest),
      labelPeriods: hellos.map(({ labelPeriod }) => labelPeriod),
      authorisation: authorised && { version: authorised.version, digest: authorised.digest },
      openedAt: this.#services.clock.now().getTime(),
      answers: secret.seed('answers'),
      step: secret.next().bytes,
      ledger: this.#ledger.head,
    }
    await this.#node.seal(0, undefined, settings)
    return this.#drive(settings, [], { roster, authorised, progress })
  }

  /** The run that was begun and not ended, in this process or an earlier one. */
  unfinished(): Promise<string | null> {
    return this.#node.unfinished()
  }

  /**
   * Goes on with a run from its last sealed step.
   * @throws RosterDiffers, AuthorisationDiffers if it is not about the same firms any more; LedgerSetBack, RunUnrecorded
   */
  async resume(run: string, progress: Progress): Promise<RunResult> {
    let driven: Promise<RunResult> | undefined
    await this.#node.resume(run, async (outcomes, state) => {
      // Nobody knows of a run that was killed before its settings were on disk.
      if (!state) return
      const settings = state as RunSettingsKept
      const { roster, authorisation } = this.#source.current(run)
      if (roster.digest !== settings.rosterDigest)
        throw new federationErrors.RosterDiffers(PLATFORM, roster.size, roster.size)
      const authorised = await this.#authorisedFor(settings.options, authorisation)
      if ((authorised?.digest ?? null) !== (settings.authorisation?.digest ?? null))
        throw new federationErrors.AuthorisationDiffers(PLATFORM)
      this.#node.current.run = run
      try {
        checkNotSetBack(PLATFORM, this.#ledger, run, settings.ledger)
      } catch (fault) {
        await this.#giveUp(settings.options, fault)
        throw fault
      }
      driven = this.#drive(settings, outcomes, { roster, authorised, progress })
      // Its faults are heard below.
      driven.catch(() => {})
    })
    if (!driven) {
      await this.#node.end(run)
      throw new federationErrors.RunUnrecorded(run)
    }
    return driven
  }

  /** Gives up a run that stands still: every party is told. */
  async drop(run: string, fault: unknown): Promise<void> {
    let options: RunOptions | undefined
    await this.#node.resume(run, async (_outcomes, state) => {
      this.#node.current.run = run
      options = (state as RunSettingsKept | null)?.options
    })
    if (options) await this.#giveUp(options, fault)
    else await this.end(run)
  }

  /** A run is not gone on with any more: what came of it is published. */
  async end(run: string): Promise<void> {
    await this.#node.end(run)
    if (this.#standing?.run === run) this.#standing = undefined
  }

  async #drive(
    settings: RunSettingsKept,
    outcomes: readonly Uint8Array[],
    {
      roster,
      authorised,
      progress,
    }: { roster: RosterView; authorised: AuthorisedRows | null; progress: Progress },
  ): Promise<RunResult> {
    const mailbox = new Mailbox()
    const tools = { node: this.#node, services: this.#services, roster, mailbox, progress }
    const run = new PlatformRun({ ...tools, ledger: this.#ledger, authorised }, settings, outcomes)
    this.#active = { mailbox, run }
    this.#standing = { run: settings.options.run, parties: run.parties }
    this.#pausing = false
    try {
      return await driveRun(run)
    } catch (fault) {
      mailbox.fail(fault)
      if (!this.#pausing && !isHalt(fault)) {
        await this.#giveUp(settings.options, fault)
      }
      throw fault
    } finally {
      this.#active = undefined
    }
  }

  /** Tells every party to drop a run. */
  async #giveUp({ run, labelHolders, providers }: RunOptions, fault: unknown): Promise<void> {
    const told = [...labelHolders, ...providers, KEY_HOLDER].map((party) =>
      this.#node.post(party, 'run.abort', describeFault(fault)).catch(() => {}),
    )
    await Promise.all(told)
    await this.end(run)
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
