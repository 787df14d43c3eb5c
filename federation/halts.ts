import { federationErrors } from './errors.ts'

const HALTS: ReadonlySet<string> = new Set([
  new federationErrors.JournalUnwritable().code,
  new federationErrors.LedgerUnwritable().code,
  new federationErrors.ColumnHeld().code,
])

/** How a port says that it can keep nothing any more. */
export interface KeepsNothing {
  readonly keepsNothing: true
}

/**
 * Whether a fault is this node's own affair, its disk or a column that waits for its operator: nobody did anything wrong, nobody is
 * told, the run is not given up, and the node has to end and go on later.
 */
export function isHalt(fault: unknown): boolean {
  const { code, keepsNothing } = (fault ?? {}) as { code?: string; keepsNothing?: unknown }
  return HALTS.has(code ?? '') || keepsNothing === true
}
