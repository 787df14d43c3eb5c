/** Hands a request to the platform and waits until the office has answered it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MemberRequest } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import type { PlatformDoor } from './platform-door.ts'

const POLL_MS = 2_000

/**
 * @param minutes for which the office is waited for
 * @throws EnrolmentTaken, EnrolmentRefused, EnrolmentPending, PlatformUnreachable
 */
export async function awaitAnswer(
  door: PlatformDoor,
  request: MemberRequest,
  minutes: number,
): Promise<unknown> {
  const { status, body } = await door.ask('POST', '/enrolment/requests', { body: request })
  const { code } = (body ?? {}) as { code?: string }
  if (code === new serverErrors.EnrolmentTaken().code) throw new serverErrors.EnrolmentTaken()
  if (status >= 300) throw new serverErrors.EnrolmentRefused(status, String(code))
  const { name, by } = request.request
  const end = performance.now() + minutes * 60_000
  for (;;) {
    const answer = await door.ask('GET', `/enrolment/answers/${by}`)
    if (answer.status === 200) return answer.body
    if (answer.status >= 300 && answer.status !== 429)
      throw new serverErrors.EnrolmentRefused(answer.status, String((answer.body as { code?: string })?.code))
    if (performance.now() > end) throw new serverErrors.EnrolmentPending(name, minutes)
    await sleep(POLL_MS)
  }
}
