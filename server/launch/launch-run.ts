/** One run of a consortium on this machine: processes started, the run followed through restarts of any of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { federationErrors, KEY_HOLDER, PLATFORM } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { followToEnd, type RunEnd, type RunView, reportOfEnd } from '../operator/follow.ts'
import type { Operator } from '../operator/operator.ts'
import type { RunReport, RunRequest } from '../platform/control/run-report.ts'
import type { Prepared } from './prepare.ts'
import { ProcessGroup } from './processes.ts'
import type { Stop } from './stop-on-signal.ts'
import type { Supervisor } from './supervisor.ts'

/** A platform that leaves a question unanswered for so long is lost. */
const PLATFORM_SILENCE_MS = 6000
/** Within this time the system tells that a process has ended, after its connection broke. */
const DEATH_NOTICE_MS = 500
const ASK_AGAIN_MS = 200

export interface Launch {
  readonly operator: Operator
  readonly prepared: Prepared
  readonly processes: ProcessGroup
  readonly supervisor: Supervisor
  readonly view: RunView
  /** Names of processes that ended and are not started again. */
  readonly dead: readonly string[]
  readonly stop: Stop
}

/** @throws PartyEnded, if a process ended without being told to */
export async function failIfDead(prepared: Prepared, dead: readonly string[]): Promise<void> {
  if (dead.length === 0) return
  const node = prepared.nodes.find(({ name }) => name === dead[0])!
  throw new serverErrors.PartyEnded(dead[0], await ProcessGroup.logTail(node))
}

/** Waits until the platform answers and these parties are there. @throws PartyEnded */
async function waitFor(
  { operator, prepared, dead, stop }: Launch,
  parties: readonly string[],
): Promise<void> {
  await operator.waitForParties(
    parties,
    () => dead.length > 0 || stop.signal.aborted,
    () => {},
  )
  await failIfDead(prepared, dead)
  stop.signal.throwIfAborted()
}

/** The platform first: on a busy machine the others would lose patience before it listens. @throws PartyEnded */
export async function startProcesses(launch: Launch): Promise<void> {
  const { processes, prepared, view } = launch
  const names = prepared.nodes.map(({ name }) => name)
  view.bars.note(`Starting ${names.length} processes: ${names.join(', ')}`)
  for (const node of prepared.nodes.filter(({ name }) => name === PLATFORM)) processes.start(node)
  await waitFor(launch, [])
  for (const node of prepared.nodes.filter(({ name }) => name !== PLATFORM)) processes.start(node)
}

/**
 * Runs once. A process that dies meanwhile is started again, and the run goes on.
 * @throws PartyLost, PartyEnded, and whatever the run ends with
 */
export async function runOnce(launch: Launch, request: RunRequest): Promise<RunReport> {
  const { operator, prepared, supervisor, view, dead } = launch
  await waitFor(launch, [...request.labelHolders, ...request.providers, KEY_HOLDER])
  await dropUnfinished(operator)
  const over = new AbortController()
  let silent = false
  void operator.silence(PLATFORM_SILENCE_MS, over.signal).then((found) => {
    silent = found
    over.abort()
  })
  supervisor.watch()
  try {
    const end = await followThrough(launch, await operator.start(request), over.signal)
    if (end.event !== 'done') await failIfDead(prepared, dead)
    return reportOfEnd(end)
  } catch (fault) {
    if (silent) throw new federationErrors.PartyLost(PLATFORM, view.phase)
    if (dead.length === 0) await sleep(DEATH_NOTICE_MS)
    await failIfDead(prepared, dead)
    throw fault
  } finally {
    supervisor.rest()
    over.abort()
  }
}

/** Follows a run to its end, and comes back to it when the platform was started again. */
async function followThrough(launch: Launch, run: string, over: AbortSignal): Promise<RunEnd> {
  const { operator, view } = launch
  for (;;) {
    const end = await followToEnd(operator.events(run, over), view).catch((fault: unknown) => {
      const { code } = fault as { code?: string }
      const brokenOff = !code?.startsWith('YX_') || fault instanceof serverErrors.PlatformUnreachable
      if (over.aborted || !brokenOff) throw fault
      return null
    })
    if (end) return end
    await sleep(DEATH_NOTICE_MS)
    await waitFor(launch, [])
  }
}

/** A run that an earlier start left in the middle: the folders of its parties have been emptied since. */
async function dropUnfinished(operator: Operator): Promise<void> {
  for (;;) {
    const open = (await operator.runs()).filter(({ state }) => !['finished', 'failed'].includes(state))
    if (open.length === 0) return
    for (const { run } of open) await operator.act(run, 'drop').catch(() => {})
    await sleep(ASK_AGAIN_MS)
  }
}
