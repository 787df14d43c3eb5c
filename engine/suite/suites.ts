import { engineErrors } from '../errors.ts'
import { international } from './international.ts'
import { national } from './national.ts'
import type { Suite } from './suite.ts'

const suites = { international, national } as const satisfies Record<string, Suite>

/** Name of a suite as member lists carry it. */
export type SuiteName = keyof typeof suites

export const SUITE_NAMES = Object.keys(suites) as readonly SuiteName[]

/** @throws SuiteUnknown */
export function suiteNamed(name: string): Suite {
  if (!Object.hasOwn(suites, name)) throw new engineErrors.SuiteUnknown(name, SUITE_NAMES.join(' or '))
  return suites[name as SuiteName]
}
