/** The stream labels of the protocol; one label never serves two payloads (protocol.md section 3). */
import type { StreamLabel } from '../../engine/index.ts'

export function streamLabel(
  consortium: string,
  about: { snapshot: string; run: string; opening: string; phase: string; round?: number },
): StreamLabel {
  // A repeated run has a new run id, so there is one attempt per run.
  return { consortium, attempt: 1, round: 0, ...about }
}
