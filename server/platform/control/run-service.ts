/**
 * Runs of the platform: one at a time, watched for silent parties, published as one snapshot or not at all. A run belongs to this
 * process, not to whoever started it: followers come and go.
 */
import { randomBytes } from 'node:crypto'
import {
  type Clock,
  exchangesOf,
  PHASES,
  type PhaseName,
  type PlatformRole,
  type Progress,
  type RunResult,
} from '../../../federation/index.ts'
import { serverErrors } from '../../errors.ts'
import type { Relay } from '../../transport/relay.ts'
import { PURPOSE } from '../purpose.ts'
import { Absence } from './absence.ts'
import { RunLog } from './run-log.ts'
import type { Publisher, RunOutcome, RunReport, RunRequest, RunSummary, TimedEvent } from './run-report.ts'
import { Traffic } from './traffic.ts'

const WATCH_MS = 500
/** Runs whose events are kept in memory. */
const KEPT_LOGS = 20
/** Names the run that was started last. */
export const CURRENT = 'current'

/** Seconds after which a party counts as silent, and after which a run stops for one that stays so. */
export interface RunPatience {
  readonly silenceSeconds: number
  readonly patienceSeconds: number
}

export class RunService {
  /** Called when a run is over without a result. */
  onFailed: (run: string) => Promise<void> = async () => {}
  #role: PlatformRole
  #relay: Relay
  #publisher: Publisher
  #patience: RunPatience
  #clock: Clock
  /** Id of the run in progress. */
  #running: string | undefined
  /** By run, in the order in which they began. */
  #logs = new Map<string, RunLog>()
  #totals: Int32Array | undefined
  /** True while a night is scored: it and a run take turns. */
  nightUnderWay: () => boolean = () => false

  constructor(role: PlatformRole, relay: Relay, publisher: Publisher, clock: Clock, patience: RunPatience) {
    this.#clock = clock
    this.#role = role
    this.#relay = relay
    this.#publisher = publisher
    this.#patience = patience
  }

  missing(parties: readonly string[]): string[] {
    return this.#role.missing(parties)
  }

  createKey(institution: string): Promise<string> {
    return this.#publisher.createKey(institution)
  }

  /** Id of the snapshot that is served, or null. */
  currentSnapshot(): Promise<string | null> {
    return this.#publisher.currentSnapshot()
  }

  /** Id of the run in progress. */
  get running(): string | undefined {
    return this.#running
  }

  /** A party's process is known to have ended. */
  lost(party: string): void {
    if (this.#running !== undefined) this.#role.lost(party, 'the run')
  }

  /** Totals of the last accepted run, the offset included. @throws NoRun */
  totals(): Int32Array {
    if (!this.#totals) throw new serverErrors.NoRun()
    return this.#totals
  }

  /** Starts a run and returns its id; how it fares stands in its events. @throws RunInProgress */
  start(request: RunRequest): string {
    if (this.#running !== undefined || this.nightUnderWay()) throw new serverErrors.RunInProgress()
    const run = `run-${randomBytes(6).toString('hex')}`
    const log = new RunLog(run, this.#clock)
    this.#logs.set(run, log)
    for (const old of [...this.#logs.keys()].slice(0, -KEPT_LOGS)) this.#logs.delete(old)
    this.#running = run
    const options = { ...request, run, purpose: PURPOSE }
    void this.#drive(run, log, (progress) => this.#role.run(options, progress))
    return run
  }

  /** Goes on with the run that an earlier process of the platform left. */
  async resumeLeft(): Promise<void> {
    const run = await this.#role.unfinished()
    if (run === null) return
    this.#logs.set(run, new RunLog(run, this.#clock))
    this.#goOn(run)
  }

  /** Goes on with a stopped run. @throws RunUnknown, RunInProgress, RunNotResumable */
  resume(id: string): void {
    const { run, state } = this.#logOf(id).summary
    if (this.#running !== undefined || this.nightUnderWay()) throw new serverErrors.RunInProgress()
    if (state !== 'stopped') throw new serverErrors.RunNotResumable(run, `it is ${state}`)
    this.#goOn(run)
  }

  #goOn(run: string): void {
    const log = this.#logOf(run)
    log.reopen()
    log.append({ event: 'resumed' })
    this.#running = run
    void this.#drive(run, log, (progress) => this.#role.resume(run, progress))
  }

  /** Stops a run in progress. @throws RunUnknown, RunNotRunning */
  stop(id: string): void {
    const run = this.#runningOf(id)
    this.#role.pause(new serverErrors.RunStopped(run))
  }

  /** Gives a run up for good. @throws RunUnknown, RunNotRunning */
  async drop(id: string): Promise<void> {
    const log = this.#logOf(id)
    const { run, state } = log.summary
    const dropped = new serverErrors.RunDropped(run)
    if (state !== 'stopped') {
      this.#role.cancel(new serverErrors.RunDropped(this.#runningOf(id)))
      return
    }
    await this.#role.drop(run, dropped)
    await this.onFailed(run)
    log.reopen()
    log.append({ event: 'failed', code: dropped.code, text: dropped.message })
    log.end()
  }

  /** Runs that this process knows, oldest first. */
  list(): RunSummary[] {
    return [...this.#logs.values()].map(({ summary }) => summary)
  }

  /**
   * Events of a run from a number on, those to come too, until its end.
   * @param id of a run, or `current` for the one started last
   * @throws RunUnknown, NoRun
   */
  events(id: string, from: number, over: AbortSignal): AsyncGenerator<TimedEvent> {
    return this.#logOf(id).from(from, over)
  }

  #logOf(id: string): RunLog {
    const last = id === CURRENT ? [...this.#logs.keys()].at(-1) : id
    if (last === undefined) throw new serverErrors.NoRun()
    const log = this.#logs.get(last)
    if (!log) throw new serverErrors.RunUnknown()
    return log
  }

  #runningOf(id: string): string {
    const { run, state } = this.#logOf(id).summary
    if (run !== this.#running) throw new serverErrors.RunNotRunning(run, state)
    return run
  }

  /** Runs to the end and tells every step; never throws, a failure is an event. */
  async #drive(run: string, log: RunLog, work: (progress: Progress) => Promise<RunResult>): Promise<void> {
    const traffic = new Traffic()
    this.#relay.onTraffic = (from, to, bytes) => traffic.count(from, to, bytes)
    const phase = { name: PHASES[0] as PhaseName }
    const watch = this.#watch(log, phase)
    try {
      const result = await work({
        phase: (name, total) => {
          phase.name = name
          traffic.enter(name)
          log.append({ event: 'phase', phase: name, total })
        },
        step: (name, done, detail) => log.append({ event: 'step', phase: name, done, detail }),
      })
      this.#totals = result.assessment.totals
      const providers = result.plan.providers.map(({ name }) => name)
      const outcome = outcomeOf(run, result, traffic.summary(providers, exchangesOf(result.plan)))
      const published = await this.#publisher.publish(result, outcome, this.#clock.now())
      if (!outcome.accepted) await this.onFailed(run)
      // Not earlier: a platform that is killed before it has published does so when it goes on.
      await this.#role.end(run)
      log.append({ event: 'done', report: { ...outcome, ...published } })
    } catch (fault) {
      const { code, cause, message } = fault as { code?: string; cause?: unknown; message: string }
      const left = (await this.#role.unfinished()) === run
      if (!left) await this.onFailed(run)
      log.append({
        event: left ? 'stopped' : 'failed',
        // A party that stopped the run gave its own code.
        code: typeof cause === 'string' ? cause : (code ?? 'YX_SERVER_INTERNAL'),
        text: code ? message : 'internal error; see the platform log',
      })
    } finally {
      clearInterval(watch)
      this.#running = undefined
      log.end()
    }
  }

  /** Tells whom the run waits for, and stops it for one that stays away. */
  #watch(log: RunLog, phase: { readonly name: PhaseName }): NodeJS.Timeout {
    const { silenceSeconds, patienceSeconds } = this.#patience
    const absence = new Absence({
      silent: () => this.#relay.silent(this.#role.parties, silenceSeconds * 1000),
      awaited: () => this.#role.waitingFor(),
      patienceMs: patienceSeconds * 1000,
      now: () => this.#clock.now().getTime(),
    })
    return setInterval(() => {
      const { waiting, lost } = absence.look()
      if (waiting) log.append({ event: 'waiting', parties: waiting })
      if (lost !== undefined) this.#role.lost(lost, phase.name)
    }, WATCH_MS)
  }
}

function outcomeOf(
  run: string,
  { assessment, plan, planHash, warnings, seconds, privacy, ledger }: RunResult,
  bytes: RunReport['bytes'],
): RunOutcome {
  const { accepted, calibration, metrics, grades, whitelistSummary, publicOnly } = assessment
  return {
    ...{ run, accepted, plan, planHash, warnings, seconds, bytes, privacy, ledger },
    ...{ calibration, metrics, grades, whitelist: whitelistSummary },
    publicOnly: publicOnly.reduce((sum, one) => sum + one, 0),
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}
