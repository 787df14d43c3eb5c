/** Runs of the platform: one at a time, watched for silent parties, published as one snapshot or not at all. */
import { randomBytes } from 'node:crypto'
import {
  type Clock,
  exchangesOf,
  PHASES,
  type PhaseName,
  type PlatformRole,
} from '../../../federation/index.ts'
import { serverErrors } from '../../errors.ts'
import type { Relay } from '../../transport/relay.ts'
import { PURPOSE } from '../purpose.ts'
import type { ControlEvent, Publisher, RunReport, RunRequest } from './run-report.ts'
import { Traffic } from './traffic.ts'

const WATCH_MS = 500

export class RunService {
  #role: PlatformRole
  #relay: Relay
  #publisher: Publisher
  #silenceMs: number
  #clock: Clock
  #running = false
  #totals: Int32Array | undefined

  constructor(role: PlatformRole, relay: Relay, publisher: Publisher, clock: Clock, silenceSeconds: number) {
    this.#clock = clock
    this.#role = role
    this.#relay = relay
    this.#publisher = publisher
    this.#silenceMs = silenceSeconds * 1000
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

  /** A party's process is known to have ended. */
  lost(party: string): void {
    if (this.#running) this.#role.lost(party, 'the run')
  }

  /** Totals of the last accepted run, the offset included. @throws NoRun */
  totals(): Int32Array {
    if (!this.#totals) throw new serverErrors.NoRun()
    return this.#totals
  }

  /** Runs to the end and tells every step; never throws, a failure is an event. */
  async run(request: RunRequest, tell: (event: ControlEvent) => void): Promise<void> {
    if (this.#running) {
      const busy = new serverErrors.RunInProgress()
      tell({ event: 'failed', code: busy.code, text: busy.message })
      return
    }
    this.#running = true
    const traffic = new Traffic()
    this.#relay.onTraffic = (from, to, bytes) => traffic.count(from, to, bytes)
    let phase: PhaseName = PHASES[0]
    const parties = [...request.labelHolders, ...request.providers, 'keyholder']
    const watch = setInterval(() => {
      const [silent] = this.#relay.silent(parties, this.#silenceMs)
      if (silent) this.#role.lost(silent, phase)
    }, WATCH_MS)
    const run = `run-${randomBytes(6).toString('hex')}`
    try {
      const options = {
        ...request,
        run,
        purpose: PURPOSE,
      }
      const result = await this.#role.run(options, {
        phase: (name, total) => {
          phase = name
          traffic.enter(name)
          tell({ event: 'phase', phase: name, total })
        },
        step: (name, done, detail) => tell({ event: 'step', phase: name, done, detail }),
      })
      const { assessment } = result
      const report: Omit<RunReport, 'snapshotId'> = {
        run,
        accepted: assessment.accepted,
        plan: result.plan,
        planHash: result.planHash,
        warnings: result.warnings,
        seconds: result.seconds,
        bytes: traffic.summary(request.providers, exchangesOf(result.plan)),
        privacy: result.privacy,
        ledger: result.ledger,
        calibration: assessment.calibration,
        metrics: assessment.metrics,
        grades: assessment.grades,
        whitelist: assessment.whitelistSummary,
        publicOnly: assessment.publicOnly.reduce((sum, one) => sum + one, 0),
        peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
      }
      this.#totals = assessment.totals
      const snapshotId = assessment.accepted
        ? await this.#publisher.publish(result, report, this.#clock.now())
        : null
      tell({ event: 'done', report: { ...report, snapshotId } })
    } catch (fault) {
      const { code, cause, message } = fault as { code?: string; cause?: unknown; message: string }
      tell({
        event: 'failed',
        // A party that stopped the run gave its own code.
        code: typeof cause === 'string' ? cause : (code ?? 'YX_SERVER_INTERNAL'),
        text: code ? message : 'internal error; see the platform log',
      })
    } finally {
      clearInterval(watch)
      this.#running = false
    }
  }
}
