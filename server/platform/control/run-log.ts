/** What happened in one run, numbered from 0: kept while the process lives, so that any number of followers can attach at any time. */
import type { Clock } from '../../../federation/index.ts'
import type { ControlEvent, RunState, RunSummary, TimedEvent } from './run-report.ts'

/** What an event makes of a run's state; null where it leaves it as it was. */
function stateAfter(event: ControlEvent): RunState | null {
  switch (event.event) {
    case 'waiting':
      return event.parties.length > 0 ? 'waiting' : 'running'
    case 'resumed':
    case 'phase':
    case 'step':
      return 'running'
    case 'done':
      return 'finished'
    case 'stopped':
    case 'failed':
      return event.event
  }
}

export class RunLog {
  #events: TimedEvent[] = []
  #clock: Clock
  #ended = false
  #wake: (() => void)[] = []
  #summary: RunSummary

  constructor(run: string, clock: Clock) {
    this.#clock = clock
    this.#summary = {
      run,
      began: clock.now().toISOString(),
      state: 'running',
      phase: 'setup',
      done: 0,
      total: 0,
      waitingFor: [],
      code: null,
      why: null,
      snapshot: null,
    }
  }

  get summary(): RunSummary {
    return this.#summary
  }

  append(event: ControlEvent): void {
    this.#events.push({ ...event, at: this.#clock.now().getTime() })
    this.#summary = { ...this.#summary, state: stateAfter(event) ?? this.#summary.state, ...traitsOf(event) }
    this.#tell()
  }

  /** Nothing more comes, unless the run is resumed: followers that have seen everything are let go. */
  end(): void {
    this.#ended = true
    this.#tell()
  }

  /** The run goes on under the same numbers. */
  reopen(): void {
    this.#ended = false
  }

  /** Events from a number on, those to come too, until the end or `over`. */
  async *from(first: number, over: AbortSignal): AsyncGenerator<TimedEvent> {
    let next = first
    while (!over.aborted) {
      if (next < this.#events.length) yield this.#events[next++]
      else if (this.#ended) return
      else await this.#news(over)
    }
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  #news(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const woken = () => {
        over.removeEventListener('abort', woken)
        resolve()
      }
      this.#wake.push(woken)
      over.addEventListener('abort', woken)
    })
  }
}

/** What an event says of a run beside its state. */
function traitsOf(event: ControlEvent): Partial<RunSummary> {
  switch (event.event) {
    case 'phase':
      return { phase: event.phase, done: 0, total: event.total, waitingFor: [], code: null, why: null }
    case 'step':
      return { done: event.done, waitingFor: [] }
    case 'waiting':
      return { waitingFor: event.parties }
    case 'resumed':
      return { waitingFor: [], code: null, why: null }
    case 'done':
      return { waitingFor: [], snapshot: event.report.snapshotId }
    case 'stopped':
    case 'failed':
      return { waitingFor: [], code: event.code, why: event.text }
  }
}
