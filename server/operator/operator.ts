/** The operator's side of the platform's control port: who is there, start a run, follow it, stop and resume it, fetch its totals. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PeerCertificate } from 'node:tls'
import { Agent, request } from 'undici'
import { PLATFORM } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import type { NightReport, NightRequest } from '../night/night-service.ts'
import type { RunRequest, RunSummary, TimedEvent } from '../platform/control/run-report.ts'
import type { Proposal } from '../platform/models/model-desk.ts'
import type { ChangeRequest } from '../platform/models/model-registry.ts'
import type { ModelStatus } from '../platform/models/model-status.ts'
import type { ModelSummary, ModelWithCard } from '../platform/models/model-summary.ts'
import type { ModelWatch } from '../platform/monitor/model-monitor.ts'
import type { ModelEvent } from '../store/index.ts'

const ASK_AGAIN_MS = 1000
/** A platform that was stopped gives no answer at all. */
const SNAPSHOT_MS = 1500

export type RunAction = 'resume' | 'stop' | 'drop'

export class Operator {
  #platform: string
  #token: string
  #agent: Agent

  /** @param authority certificate of the consortium's authority (PEM), where the platform's address is `https:` */
  constructor(platform: string, token: string, authority?: string) {
    this.#platform = platform
    this.#token = token
    this.#agent = new Agent({
      ...(authority !== undefined && { connect: { ca: authority, checkServerIdentity: assertPlatform } }),
    })
  }

  async #call(method: 'GET' | 'POST', path: string, body?: object, signal?: AbortSignal) {
    const answer = await request(`${this.#platform}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    }).catch((fault: unknown) => {
      if (signal?.aborted) throw fault
      throw new serverErrors.PlatformUnreachable('')
    })
    if (answer.statusCode >= 300) {
      throw await refusalOf(answer.statusCode, answer.body)
    }
    return answer.body
  }

  /** Those of these parties that have not said hello to the platform. @throws PlatformUnreachable, OperatorRefused */
  async missing(parties: readonly string[]): Promise<string[]> {
    const answer = await this.#call('POST', '/control/missing', { parties })
    return ((await answer.json()) as { missing: string[] }).missing
  }

  /** Waits until the platform listens and all parties said hello. @param ended true when there is no use in waiting */
  async waitForParties(
    parties: readonly string[],
    ended: () => boolean,
    onWaiting: (missing: string[]) => void,
  ): Promise<void> {
    for (;;) {
      if (ended()) return
      try {
        const missing = await this.missing(parties)
        if (missing.length === 0) return
        onWaiting(missing)
      } catch (fault) {
        const { code } = fault as { code?: string }
        if (code?.startsWith('YX_') && !(fault instanceof serverErrors.PlatformUnreachable)) throw fault
      }
      await sleep(100)
    }
  }

  /** True as soon as the platform leaves a question unanswered for so many milliseconds; false when `over` comes first. */
  async silence(milliseconds: number, over: AbortSignal): Promise<boolean> {
    while (!over.aborted) {
      const late = AbortSignal.timeout(milliseconds)
      const signal = AbortSignal.any([late, over])
      try {
        await (await this.#call('POST', '/control/missing', { parties: [] }, signal)).dump()
      } catch {
        if (late.aborted) return !over.aborted
      }
      await sleep(ASK_AGAIN_MS)
    }
    return false
  }

  /** Starts a run and returns its id. @throws RunInProgress */
  async start(request: RunRequest): Promise<string> {
    const { run } = (await (await this.#call('POST', '/control/runs', request)).json()) as { run: string }
    return run
  }

  /**
   * Scores the roster with the data of the day and publishes; answers when that is done.
   * @throws RunInProgress, NightModelUnknown, NightStopped, and whatever ended the night
   */
  async night(request: NightRequest): Promise<NightReport> {
    return (await (await this.#call('POST', '/control/nights', request)).json()) as NightReport
  }

  /** Runs that the platform knows, oldest first. */
  async runs(): Promise<RunSummary[]> {
    const { runs } = (await (await this.#call('GET', '/control/runs')).json()) as { runs: RunSummary[] }
    return runs
  }

  /**
   * @param run its id, or `current` for the one started last; `current` stops a night in progress
   * @throws RunUnknown, RunInProgress, RunNotResumable, RunNotRunning
   */
  async act(run: string, action: RunAction): Promise<void> {
    await (await this.#call('POST', `/control/runs/${encodeURIComponent(run)}/${action}`)).dump()
  }

  /**
   * Follows a run from its first event to its end, or until `over`.
   * @param run its id, or `current` for the one started last
   * @throws RunUnknown, NoRun
   */
  async *events(run: string, over: AbortSignal): AsyncGenerator<TimedEvent> {
    const path = `/control/runs/${encodeURIComponent(run)}/events`
    let rest = ''
    for await (const chunk of await this.#call('GET', path, undefined, over)) {
      const lines = (rest + (chunk as Buffer).toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line) yield JSON.parse(line) as TimedEvent
    }
  }

  /** How the served model stands to the providers of today; null before there is one. */
  async model(): Promise<ModelStatus | null> {
    const { model } = (await (await this.#call('GET', '/control/model')).json()) as {
      model: ModelStatus | null
    }
    return model
  }

  /** The registry: every model, and how subjects are split. */
  async models(): Promise<{ models: ModelSummary[]; share: number; salt: string }> {
    return (await (await this.#call('GET', '/control/models')).json()) as Awaited<
      ReturnType<Operator['models']>
    >
  }

  /** One model with its card. @throws ModelUnknown */
  async registered(version: number): Promise<ModelWithCard> {
    return (await (await this.#call('GET', `/control/models/${version}`)).json()) as ModelWithCard
  }

  /** @throws ModelHistoryBroken */
  async modelHistory(): Promise<ModelEvent[]> {
    const { events } = (await (await this.#call('GET', '/control/model-history')).json()) as {
      events: ModelEvent[]
    }
    return events
  }

  /** How the model that rates stands under watch; null before anything was watched. */
  async modelWatch(): Promise<ModelWatch | null> {
    const { watch } = (await (await this.#call('GET', '/control/model/monitor')).json()) as {
      watch: ModelWatch | null
    }
    return watch
  }

  /** A person goes on with a frozen model. @throws ModelNotFrozen, RunInProgress */
  async acceptDrift(note: string): Promise<ModelWatch> {
    const answer = await this.#call('POST', '/control/model/monitor/accept', { note })
    return ((await answer.json()) as { watch: ModelWatch }).watch
  }

  /** Takes a step of the registry; answers where the model stands then. @throws what it is refused for */
  async stepModel(change: ChangeRequest): Promise<ModelSummary> {
    return (await (await this.#call('POST', '/control/model-steps', change)).json()) as ModelSummary
  }

  /** Retrainings that were proposed, oldest first. */
  async proposals(): Promise<Proposal[]> {
    const { proposals } = (await (await this.#call('GET', '/control/proposals')).json()) as {
      proposals: Proposal[]
    }
    return proposals
  }

  /** Starts the run of a proposal and returns its id. @throws ProposalUnknown, ProposalClosed, RunInProgress */
  async acceptProposal(id: string): Promise<string> {
    const path = `/control/proposals/${encodeURIComponent(id)}/accept`
    const { run } = (await (await this.#call('POST', path)).json()) as { run: string }
    return run
  }

  /** Deletes the last masked vectors of a provider that was removed. @throws ProviderStillMember, RunInProgress */
  async forgetProvider(name: string): Promise<void> {
    await (await this.#call('POST', `/control/providers/${encodeURIComponent(name)}/forget`)).dump()
  }

  /** Total points per roster row of the last accepted run, in hundredths, the public offset included. */
  async totals(): Promise<Int32Array> {
    const bytes = await (await this.#call('GET', '/control/totals')).arrayBuffer()
    return new Int32Array(bytes)
  }

  /** A fresh API key for an institution. */
  async createKey(institution: string): Promise<string> {
    const { key } = (await (await this.#call('POST', '/control/keys', { institution })).json()) as {
      key: string
    }
    return key
  }

  /** Id of the snapshot that is served, or null. */
  async currentSnapshot(): Promise<string | null> {
    const { snapshot } = (await (
      await this.#call('GET', '/control/snapshot', undefined, AbortSignal.timeout(SNAPSHOT_MS))
    ).json()) as {
      snapshot: string | null
    }
    return snapshot
  }

  /** Tells the platform that a party's process ended. */
  async reportLost(party: string): Promise<void> {
    await (await this.#call('POST', '/control/lost', { party })).dump()
  }
}

/**
 * The operator asks on the platform's own machine, by an address that its certificate does not name; who it is issued to tells as
 * much.
 */
function assertPlatform(_host: string, { subject }: PeerCertificate): Error | undefined {
  return subject.CN === PLATFORM ? undefined : new Error("the certificate is not the platform's")
}

/** The platform's own error where it says one. */
async function refusalOf(status: number, body: { json(): Promise<unknown> }): Promise<Error> {
  const refused = new serverErrors.PlatformRefused(status)
  const { code, detail } = ((await body.json().catch(() => null)) ?? {}) as {
    code?: unknown
    detail?: unknown
  }
  if (typeof code !== 'string' || !code.startsWith('YX_') || typeof detail !== 'string') return refused
  return Object.assign(refused, { code, message: detail })
}
