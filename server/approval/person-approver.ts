/** Approvals by a person: the plan waits in a file, and the answer comes from another process, in this life or a later one. */
import { type FSWatcher, watch } from 'node:fs'
import type { Approver, Clock, Decision, Proposal } from '../../federation/index.ts'
import type { PlanFolder } from './plan-folder.ts'

/** What a watch of the folder misses, on file systems that report nothing, is found this often. */
const LOOK_AGAIN_MS = 5000

interface Options {
  readonly clock: Clock
  /** Told that a plan waits, and of a decision file that is not in order. */
  readonly note: (text: string) => void
  readonly lookAgainMs?: number
}

export function personApprover(
  folder: PlanFolder,
  { clock, note, lookAgainMs = LOOK_AGAIN_MS }: Options,
): Approver {
  const decided = async ({ planHash }: Proposal): Promise<Decision | null> => {
    const decision = await folder.decision(planHash).catch((fault: Error) => {
      note(fault.message)
      return null
    })
    if (!decision) return null
    const { approved, reason } = decision
    return { approved, by: 'person', reason: reason || (approved ? '' : 'a person refused it') }
  }
  /** What ends the watch over each plan that waits. */
  const watched = new Map<string, () => void>()
  return {
    withdraw(planHash) {
      watched.get(planHash)?.()
      watched.delete(planHash)
      folder.close(planHash, 'its run has ended').catch((fault: Error) => note(fault.message))
    },
    async ask(proposal, settle) {
      await folder.create()
      await folder.propose(proposal, clock.now())
      const already = await decided(proposal)
      if (already) return already
      note(
        `plan ${proposal.planHash.slice(0, 12)} of run ${proposal.run} waits for a person: list, approve or refuse it`,
      )
      const stop = watchFor(folder.path, lookAgainMs, async () => {
        const decision = await decided(proposal)
        if (decision) settle(decision)
        return decision !== null
      })
      watched.set(proposal.planHash, stop)
      return null
    },
  }
}

/** Looks whenever the folder changes, and now and then, until it has found what it looks for or is told to stop. */
function watchFor(path: string, everyMs: number, look: () => Promise<boolean>): () => void {
  let found = false
  let looking = false
  let again = false
  let watcher: FSWatcher | undefined
  const once = async (): Promise<void> => {
    // A change while it looks is looked at next: the file may have come in between.
    again = looking
    if (found || looking) return
    looking = true
    found = await look().finally(() => {
      looking = false
    })
    if (!found) return again ? once() : undefined
    stop()
  }
  const stop = () => {
    found = true
    clearInterval(timer)
    watcher?.close()
  }
  // Waiting for a person is no reason for a process to live on.
  const timer = setInterval(() => void once(), everyMs).unref()
  try {
    watcher = watch(path, { persistent: false }, () => void once())
    watcher.on('error', () => {})
  } catch {
    // The timer looks as well.
  }
  return stop
}
