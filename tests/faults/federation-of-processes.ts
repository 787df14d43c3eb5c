/** A federation of real processes with their real folders, any of which is killed (SIGKILL) when a message passes, and started again. */
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KEY_HOLDER, type LedgerEntry, PLATFORM, type TranscriptEntry } from '../../federation/index.ts'
import { openDataSet } from '../../server/launch/data-set.ts'
import { freePort } from '../../server/launch/free-port.ts'
import { type Prepared, type PreparedNode, prepareConsortium } from '../../server/launch/prepare.ts'
import { ProcessGroup } from '../../server/launch/processes.ts'
import { Operator } from '../../server/operator/operator.ts'
import type { RunReport, TimedEvent } from '../../server/platform/control/run-report.ts'
import { readLedger } from '../../server/state/ledger-file.ts'
import { type Passing, tap, type Verdict } from './tap.ts'

const HOST = '127.0.0.1'
/** A killed process stays away for so long. */
const AWAY_MS = 200
/** What was passed on is at its receiver after this time. */
const ARRIVED_MS = 40

/** A process is killed when a message passes, before its receiver's side has it or after. */
export interface KillPoint {
  readonly message: Omit<Passing, 'run'>
  readonly victim: string
  readonly when: 'before' | 'after'
}

export const describePoint = ({ message, victim, when }: KillPoint): string =>
  `${victim} killed ${when} ${message.type} ${message.round} of ${message.from} to ${message.to}`

/** What came of a run. */
export interface Outcome {
  readonly report: RunReport
  readonly totals: Int32Array
  /** By provider: the columns of its scorecard, and what run and plan they are of. */
  readonly scorecards: Readonly<Record<string, { run: string; planHash: string; columns: unknown }>>
  /** What each of the servers holds of this run. */
  readonly ledgers: Readonly<Record<string, readonly LedgerEntry[]>>
  readonly transcripts: Readonly<Record<string, readonly TranscriptEntry[]>>
  /** Messages that passed, in order, each once. */
  readonly passed: readonly Passing[]
  readonly kills: number
}

const sameMessage = (a: Omit<Passing, 'run'>, b: Omit<Passing, 'run'>): boolean =>
  a.from === b.from && a.to === b.to && a.type === b.type && a.round === b.round

export class FederationOfProcesses {
  #prepared: Prepared
  #group: ProcessGroup
  #operator: Operator
  #taps: { close(): void }[] = []
  #providers: string[]
  #labelHolders: string[]
  #point: KillPoint | undefined
  #kills = 0
  #passed = new Map<string, Passing>()
  #closed = false

  private constructor(prepared: Prepared, providers: string[], labelHolders: string[]) {
    this.#prepared = prepared
    this.#providers = providers
    this.#labelHolders = labelHolders
    this.#operator = new Operator(`http://${HOST}:${prepared.port}`, prepared.operatorToken)
    this.#group = new ProcessGroup((name) => {
      void sleep(AWAY_MS).then(() => {
        if (!this.#closed) this.#group.start(this.#node(name))
      })
    })
  }

  /** @param set folder of a data set */
  static async start(set: string, folder: string): Promise<FederationOfProcesses> {
    const data = await openDataSet(set)
    const prepared = await prepareConsortium(data, folder, {
      port: await freePort(HOST),
      policy: { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null },
    })
    const providers = data.providers.map(({ name }) => name)
    const federation = new FederationOfProcesses(prepared, providers, [...data.labelHolders].sort())
    for (const node of prepared.nodes) {
      if (node.name !== PLATFORM) await federation.#tap(node)
      federation.#group.start(node)
    }
    await federation.#ready()
    return federation
  }

  get parties(): string[] {
    return this.#prepared.nodes.map(({ name }) => name)
  }

  #node(name: string): PreparedNode {
    return this.#prepared.nodes.find((node) => node.name === name)!
  }

  /** Sends a member's calls through a tap. */
  async #tap(node: PreparedNode): Promise<void> {
    const { port } = this.#prepared
    const tapped = await tap(node.name, port, (passing) => this.#judge(passing))
    this.#taps.push(tapped)
    const config = JSON.parse(await readFile(node.configFile, 'utf8'))
    const platform = String(config.platform).replace(`:${port}`, `:${tapped.port}`)
    await writeFile(node.configFile, JSON.stringify({ ...config, platform }, null, 2))
  }

  #judge(passing: Passing): Verdict {
    if (passing.run === '') return 'pass'
    this.#passed.set([passing.from, passing.to, passing.type, passing.round].join(' '), passing)
    const point = this.#point
    if (!point || !sameMessage(point.message, passing)) return 'pass'
    this.#point = undefined
    if (point.when === 'after') {
      void sleep(ARRIVED_MS).then(() => this.#kill(point.victim))
      return 'pass'
    }
    this.#kill(point.victim)
    return 'cut'
  }

  #kill(name: string): void {
    process.kill(this.#group.pidOf(name), 'SIGKILL')
    this.#kills++
  }

  #ready(): Promise<void> {
    const parties = [...this.#providers, ...this.#labelHolders, KEY_HOLDER]
    return this.#operator.waitForParties(
      parties,
      () => this.#closed,
      () => {},
    )
  }

  /** Runs once, through the kill. @throws whatever a run ends with that is not finished */
  async run(sigma: number, point?: KillPoint): Promise<Outcome> {
    await this.#ready()
    this.#passed.clear()
    this.#kills = 0
    this.#point = point
    const run = await this.#operator.start({
      ...{ providers: this.#providers, labelHolders: this.#labelHolders, production: false },
      ...{ leastProviders: 2, targetPd: 0.3, flags: ['override-limits'] },
      settings: { rounds: 2, bins: 3, lambda: 50, sigma },
    })
    const report = await this.#follow(run)
    return {
      report,
      totals: await this.#operator.totals(),
      scorecards: Object.fromEntries(
        await Promise.all(
          this.#providers.map(async (name) => {
            const file = join(dirname(this.#node(name).configFile), 'scorecards', 'scorecard.json')
            return [name, JSON.parse(await readFile(file, 'utf8'))] as const
          }),
        ),
      ),
      ledgers: await this.#ofServers(async (folder) => {
        const entries = await readLedger(join(folder, 'state'))
        return entries.filter((entry): entry is LedgerEntry => entry?.run === run)
      }),
      transcripts: await this.#ofServers(async (folder) => {
        const text = await readFile(join(folder, 'transcripts', `${run}.jsonl`), 'utf8')
        return text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as TranscriptEntry)
      }),
      passed: [...this.#passed.values()],
      kills: this.#kills,
    }
  }

  async #ofServers<V>(read: (folder: string) => Promise<V>): Promise<Record<string, V>> {
    const of = async (name: string) => [name, await read(dirname(this.#node(name).configFile))] as const
    return Object.fromEntries(await Promise.all([PLATFORM, KEY_HOLDER].map(of)))
  }

  /** Comes back to the run when the platform was started again. */
  async #follow(run: string): Promise<RunReport> {
    for (;;) {
      let last: TimedEvent | undefined
      try {
        for await (const event of this.#operator.events(run, new AbortController().signal)) last = event
      } catch (fault) {
        if ((fault as { code?: string }).code === 'YX_SERVER_RUN_UNKNOWN') throw fault
      }
      if (last?.event === 'done') return last.report
      if (last?.event === 'failed' || last?.event === 'stopped') throw new Error(`${last.code}: ${last.text}`)
      await sleep(AWAY_MS)
      await this.#operator.waitForParties(
        [],
        () => this.#closed,
        () => {},
      )
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#group.stop()
    for (const tapped of this.#taps) tapped.close()
  }
}
