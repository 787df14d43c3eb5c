import { readNodeRoster } from '../roster/node-roster.ts'
import type { Patient } from './patient.ts'

/** Rows and digest of a node's roster, or why it cannot be read. */
export const rosterOfPatient = ({
  folder,
  config,
}: Patient): Promise<{ size: number; digest: string } | Error> =>
  readNodeRoster(folder, config).then(
    ({ size, digest }) => ({ size, digest }),
    (fault: Error) => fault,
  )
