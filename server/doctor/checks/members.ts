/** The member list: there, of its kind, and naming this node in this role. */
import { readMembership } from '../../node/membership.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'

const say = sayer('members')

export function checkMembers({ patient, membership }: Examined): Finding[] {
  const { folder, config, role } = patient
  if (membership === null) {
    const text = whyUnusable(() => readMembership(folder, config))
    return [
      say.fail(
        words(`成员名单不可用：${text}`, text),
        words(
          '向联盟办公室取当前的成员名单。',
          "Fetch the current member list from the consortium's office.",
        ),
      ),
    ]
  }
  const listed = membership.member(membership.name)
  if (listed.role !== role)
    return [
      say.fail(
        words(
          `成员名单中 "${listed.name}" 的角色是 ${listed.role}，配置是 ${role}`,
          `the list has "${listed.name}" as ${listed.role}, the configuration is of a ${role}`,
        ),
        words('使用与角色相符的配置。', 'Use a configuration of the right role.'),
      ),
    ]
  return [
    say.ok(
      `在联盟 "${membership.consortium}" 的成员名单中`,
      `in the member list of the consortium "${membership.consortium}"`,
    ),
  ]
}

function whyUnusable(read: () => unknown): string {
  try {
    read()
    return 'it was unusable a moment ago; look again'
  } catch (fault) {
    return (fault as Error).message
  }
}
