import { join } from 'node:path'
import { readRoster } from '../../features/index.ts'
import type { Patient } from './patient.ts'

/** Rows and digest of a node's roster, or why it cannot be read. */
export const readNodeRoster = ({
  folder,
  config,
}: Patient): Promise<{ size: number; digest: string } | Error> =>
  readRoster(join(folder, config.roster)).then(
    ({ size, digest }) => ({ size, digest }),
    (fault: Error) => fault,
  )
