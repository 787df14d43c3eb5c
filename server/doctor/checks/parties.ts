/** Who is there, as the platform sees it: without the key holder no run can start. */
import { KEY_HOLDER } from '../../../federation/index.ts'
import { stateFolder } from '../../state/state-folder.ts'
import { holderOf } from '../../store/folder-lock.ts'
import { CLOCK_TOLERANCE } from '../../transport/limits.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'
import { checkCertificates } from './certificates.ts'

const say = sayer('parties')

export function checkParties(node: Examined): Finding[] {
  const { patient, platform, ownKeys } = node
  if (!platform.reached || platform.version === null)
    return [say.unknown('未能询问平台', 'the platform could not be asked')]
  const { status, refused, clock } = platform
  if (status === null) {
    const clockOff = clock !== null && Math.abs(clock.here - clock.there) > CLOCK_TOLERANCE
    // Another finding says what is wrong here.
    if (refused === null || clockOff || !ownKeys || ownCertificateRefused(node, refused))
      return [say.unknown('未能询问平台', 'the platform could not be asked')]
    return [
      say.fail(
        words(
          `平台不承认本节点是成员（${refused}）`,
          `the platform does not take this node for a member (${refused})`,
        ),
        words(
          '比对双方的成员名单与本节点身份。',
          'Compare the member lists of both sides, and the identity of this node.',
        ),
      ),
    ]
  }
  const there = new Map(status.parties.map(({ name, present }) => [name, present]))
  const own = ownPresence(node, there)
  if (own !== null) return [own]
  const findings = [
    there.get(KEY_HOLDER)
      ? say.ok('密钥持有方在线', 'the key holder is there')
      : say.fail(
          words('密钥持有方不在线，任何运行都无法开始', 'the key holder is not there: no run can start'),
          words(
            '请其运营方启动，或在其节点运行 yinxin doctor。',
            'Ask its operator to start it, or to run yinxin doctor there.',
          ),
        ),
  ]
  const away = status.parties.filter(
    ({ name, present }) => !present && name !== KEY_HOLDER && name !== patient.config.name,
  )
  if (patient.role === 'platform' && away.length > 0) {
    const names = away.map(({ name }) => name).join(', ')
    findings.push(
      say.warn(
        words(`不在线：${names}`, `not there: ${names}`),
        words(
          '需要它们的运行会等待；请其运营方启动。',
          'Runs that need them wait; ask their operators to start them.',
        ),
      ),
    )
  }
  return findings
}

/** The platform refuses a certificate that another finding is about already. */
const ownCertificateRefused = (node: Examined, refused: string): boolean =>
  refused.startsWith('YX_SERVER_CERTIFICATE_') &&
  checkCertificates(node).some(({ verdict }) => verdict === 'fail')

/** At a node that runs and is not seen, or at the key holder itself, nothing else is of use; null elsewhere. */
function ownPresence({ patient }: Examined, there: ReadonlyMap<string, boolean>): Finding | null {
  const { name } = patient.config
  if (patient.role === 'platform') return null
  const running = holderOf(stateFolder(patient.folder, patient.config)) !== null
  if (running && !there.get(name))
    return say.fail(
      words('本节点正在运行，但平台看不到它', 'this node is running and the platform does not see it'),
      words('查看本节点日志。', "See this node's log."),
    )
  if (patient.role !== 'keyholder') return null
  return running
    ? say.ok('平台看得到本节点', 'the platform sees this node')
    : say.ok('平台可以访问；本节点未运行', 'the platform answers; this node is not running')
}
