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
  pollMs = POLL_MS,
): Promise<unknown> {
  const { name, by } = request.request
  const end = performance.now() + minutes * 60_000
  await leave(door, request)
  for (;;) {
    const answer = await door.ask('GET', `/enrolment/answers/${by}`)
    if (answer.status === 200) return answer.body
    // Where too many wait, an older one makes room.
    if (answer.status === 404) await leave(door, request)
    else if (answer.status >= 300 && answer.status !== 429)
      throw new serverErrors.EnrolmentRefused(answer.status, String((answer.body as { code?: string })?.code))
    if (performance.now() > end) throw new serverErrors.EnrolmentPending(name, minutes)
    await sleep(pollMs)
  }
}

/** @throws EnrolmentTaken, EnrolmentRefused, PlatformUnreachable */
async function leave(door: PlatformDoor, request: MemberRequest): Promise<void> {
  const { status, body } = await door.ask('POST', '/enrolment/requests', { body: request })
  const { code } = (body ?? {}) as { code?: string }
  if (code === new serverErrors.EnrolmentTaken().code) throw new serverErrors.EnrolmentTaken()
  if (status >= 300 && status !== 429) throw new serverErrors.EnrolmentRefused(status, String(code))
}
