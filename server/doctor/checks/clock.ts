/** The clock against the platform's: requests that are a minute off are refused, and days must change together. */
import { CLOCK_TOLERANCE } from '../../transport/limits.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'

const say = sayer('clock')
const NEAR_MS = 10_000

const setClock = words(
  '用 NTP 校准出错的一方（timedatectl set-ntp true）。',
  'Set the clock that is wrong, best by NTP (timedatectl set-ntp true).',
)

export function checkClock({ platform, surroundings }: Examined): Finding[] {
  const here = new Date(surroundings.now()).toISOString()
  const zone = offset(surroundings.zone())
  if (!platform.reached || platform.clock === null)
    return [
      say.unknown(
        `本机时间 ${here}，时区 ${zone}；无法与平台比对`,
        `${here}, zone ${zone}; not compared with the platform`,
      ),
    ]
  const { clock, status } = platform
  const ahead = Math.round((clock.here - clock.there) / 1000)
  const [zh, en] = [
    `本机比平台${ahead < 0 ? '慢' : '快'} ${Math.abs(ahead)} 秒`,
    `${Math.abs(ahead)} seconds ${ahead < 0 ? 'behind' : 'ahead of'} the platform`,
  ]
  const off = Math.abs(clock.here - clock.there)
  const findings = [
    off > CLOCK_TOLERANCE
      ? say.fail(words(`${zh}，超过 60 秒即被拒绝`, `${en}; beyond 60 every request is refused`), setClock)
      : off > NEAR_MS
        ? say.warn(words(zh, en), setClock)
        : say.ok(`${zh}，时区 ${zone}`, `${en}, zone ${zone}`),
  ]
  if (status !== null && status.zone !== surroundings.zone())
    findings.push(
      say.warn(
        words(
          `本机时区 ${zone}，平台时区 ${offset(status.zone)}`,
          `zone ${zone} here, ${offset(status.zone)} at the platform`,
        ),
        words(
          '统一时区，否则双方的日期在不同时刻更换。',
          'Use one zone, else the day changes at different times.',
        ),
      ),
    )
  return findings
}

/** +08:00 */
function offset(minutes: number): string {
  const pad = (value: number) => String(Math.trunc(value)).padStart(2, '0')
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${pad(size / 60)}:${pad(size % 60)}`
}
