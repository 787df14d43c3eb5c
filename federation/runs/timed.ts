import type { PhaseName } from '../roles/platform/run.ts'

/** Does a piece of work as part of a phase and counts its time. */
export type Timed = <R>(phase: PhaseName, steps: number, work: () => Promise<R>) => Promise<R>
