/** A run id becomes the name of a file or folder at every node, and it comes from the platform. */
import { federationErrors } from '../../federation/index.ts'

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/

export const isRunId = (name: string): boolean => RUN_ID.test(name)

/** @throws RunUnrecorded, without repeating what is no id */
export function assertRunId(run: string): void {
  if (!isRunId(run)) throw new federationErrors.RunUnrecorded('with an unusable id')
}
