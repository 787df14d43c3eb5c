/** Everything that all parties must have alike: engine parameters, roster, member list. */
import { type MemberListIdentity, parametersDigest, type SuiteName } from '../../../federation/index.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, type Words, words } from '../finding.ts'

const say = sayer('parameters')

export function checkParameters(node: Examined): Finding[] {
  const { membership, members, platform, roster } = node
  const findings: Finding[] = []
  if (roster instanceof Error)
    findings.push(
      say.fail(
        words(`名册不可用：${roster.message}`, roster.message),
        words(
          '向平台运营方取名册，改正 "roster"。',
          'Fetch the roster from the operator of the platform, correct "roster".',
        ),
      ),
    )
  if (membership === null || members === null || !platform.reached || platform.version === null)
    return [...findings, say.unknown('未与平台比对', 'not compared with the platform')]
  const mine = Buffer.from(parametersDigest(membership.suite.name as SuiteName)).toString('hex')
  findings.push(
    alike(
      mine === platform.version.parameters,
      words('引擎参数', 'the engine parameters'),
      words(
        '双方安装同一版本，使用同一密码套件。',
        'Install one version on both sides, with one cipher suite.',
      ),
    ),
  )
  const { status } = platform
  if (status === null)
    return [...findings, say.unknown('名册与成员名单未比对', 'roster and member list were not compared')]
  if (!(roster instanceof Error))
    findings.push(
      alike(
        roster.digest === status.roster.digest,
        words(
          `名册（本机 ${roster.size} 户，平台 ${status.roster.size} 户）`,
          `the roster (${roster.size} firms here, ${status.roster.size} there)`,
        ),
        words('取平台当前的名册。', 'Fetch the current roster of the platform.'),
      ),
    )
  findings.push(memberLists(members, status.members))
  return findings
}

const alike = (same: boolean, what: Words, mend: Words): Finding =>
  same
    ? say.ok(`${what.zh}与平台一致`, `${what.en} as at the platform`)
    : say.fail(words(`${what.zh}与平台不一致`, `${what.en}: not that of the platform`), mend)

/** Nodes fetch newer lists from the platform themselves; two lists of one version are somebody's deceit. */
function memberLists(here: MemberListIdentity, there: MemberListIdentity): Finding {
  if (here.version === there.version)
    return alike(
      here.digest === there.digest,
      words(`成员名单（第 ${here.version} 版）`, `the member list (version ${here.version})`),
      words(
        '同一版本有两份不同的名单：向联盟办公室报告，不要运行。',
        "There are two lists of one version: report it to the consortium's office, and run nothing.",
      ),
    )
  return say.warn(
    words(
      `成员名单：本机第 ${here.version} 版，平台第 ${there.version} 版`,
      `the member list: version ${here.version} here, ${there.version} at the platform`,
    ),
    words(
      '较旧的一方在运行时会取得新名单；若一直不变，请向联盟办公室取。',
      "The older side takes the newer one while it runs; if it does not, fetch the list from the consortium's office.",
    ),
  )
}
