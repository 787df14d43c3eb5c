/** Shows a run to whoever follows it. */
import { serverErrors } from '../errors.ts'
import { ProgressBars } from '../launch/progress.ts'
import type { ControlEvent, RunReport, TimedEvent } from '../platform/control/run-report.ts'

/** Bars whose clock is that of the events: one who comes late sees how long each phase took, and the time that is left. */
export class RunView {
  readonly bars: ProgressBars
  /** The phase that the run is in. */
  phase = 'setup'
  #at = 0

  constructor(options: { quiet: boolean; terminal: boolean }) {
    this.bars = new ProgressBars({ ...options, now: () => this.#at })
  }

  show({ at, ...event }: TimedEvent): void {
    this.#at = at
    if (event.event === 'phase') {
      this.phase = event.phase
      this.bars.phase(event.phase, event.total)
    } else if (event.event === 'step') this.bars.step(event.done, event.detail)
    else if (event.event === 'waiting' && event.parties.length > 0)
      this.bars.note(`The run waits for ${event.parties.join(', ')}.`)
    else if (event.event === 'resumed') this.bars.note('The run goes on.')
    else if (event.event === 'done' || event.event === 'stopped' || event.event === 'failed')
      this.bars.finish()
  }
}

/** What a run ended with. */
export type RunEnd = Extract<ControlEvent, { event: 'done' | 'stopped' | 'failed' }>

/**
 * Shows a run until it is over or stands still; null if the platform broke off before. A run that was resumed after it stood still
 * has more than one end in its events, so the last one counts.
 */
export async function followToEnd(events: AsyncIterable<TimedEvent>, view: RunView): Promise<RunEnd | null> {
  let end: RunEnd | null = null
  for await (const timed of events) {
    view.show(timed)
    const { at: _, ...event } = timed
    end = event.event === 'done' || event.event === 'stopped' || event.event === 'failed' ? event : null
  }
  return end
}

/** The report of a finished run. @throws the fault that ended it, RunFailed */
export function reportOfEnd(end: RunEnd | null): RunReport {
  if (end === null) throw new serverErrors.RunFailed('the platform closed the connection')
  if (end.event === 'done') return end.report
  // The event's own text says cause, rule and mend already.
  throw Object.assign(new serverErrors.RunFailed(''), { message: end.text, code: end.code })
}
