/** The registry's history: every entry holds the hash of the one before, so that none can be changed or taken out unnoticed. */
import { createHash } from 'node:crypto'
import { serverErrors } from '../../errors.ts'
import type { ModelState, ModelStep } from './model-states.ts'

/** `registered` and `adopted` bring a model in, `signed` is a party's approval of its card. */
export type ModelEventKind = 'registered' | 'adopted' | 'signed' | ModelStep

export interface ModelEvent {
  /** 0, 1, 2... */
  readonly index: number
  /** ISO 8601. */
  readonly at: string
  readonly version: number
  readonly kind: ModelEventKind
  /** States before and after; '' where the event changes none. */
  readonly from: ModelState | ''
  readonly to: ModelState | ''
  /** A party of the consortium, or `platform` for its operator and its settings. */
  readonly who: string
  /** What an event says beside: a run, a signature, a share. */
  readonly note: string
  readonly previous: string
  readonly hash: string
}

export type NewModelEvent = Omit<ModelEvent, 'index' | 'at' | 'previous' | 'hash'>

/** Of an entry before the first one. */
export const NO_HASH = '0'.repeat(64)

function hashOf({ hash: _, ...event }: Omit<ModelEvent, 'hash'> & { readonly hash?: string }): string {
  const { index, at, version, kind, from, to, who, note, previous } = event
  const text = JSON.stringify([index, at, version, kind, from, to, who, note, previous])
  return createHash('sha256').update('yinxin model event 1\n').update(text, 'utf8').digest('hex')
}

/** The entry that follows. */
export function linkModelEvent(
  last: Pick<ModelEvent, 'index' | 'hash'> | null,
  at: Date,
  event: NewModelEvent,
): ModelEvent {
  const linked = {
    ...{ index: last === null ? 0 : last.index + 1, at: at.toISOString() },
    ...event,
    previous: last?.hash ?? NO_HASH,
  }
  return { ...linked, hash: hashOf(linked) }
}

/**
 * Proves a history from its first entry on, and that the states which the registry has are those that it leads to.
 * @throws ModelHistoryBroken with the first entry that does not fit
 */
export function verifyModelHistory(
  events: readonly ModelEvent[],
  models: readonly { readonly version: number; readonly state: ModelState }[],
): void {
  const states = new Map<number, ModelState | ''>()
  let previous = NO_HASH
  for (const [index, event] of events.entries()) {
    const fits = event.index === index && event.previous === previous && event.hash === hashOf(event)
    const before = states.get(event.version) ?? ''
    if (!fits || (event.to !== '' && event.from !== before)) throw new serverErrors.ModelHistoryBroken(index)
    if (event.to !== '') states.set(event.version, event.to)
    previous = event.hash
  }
  const same = models.every(({ version, state }) => states.get(version) === state)
  if (!same || states.size !== models.length) throw new serverErrors.ModelHistoryBroken(events.length)
}
