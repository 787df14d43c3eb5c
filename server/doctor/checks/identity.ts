/** The private keys: readable by their owner alone, and those that the member list names. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from '../../../federation/index.ts'
import { readNodeFile } from '../../node/membership.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'

const say = sayer('identity')
const OTHERS = 0o077

export function checkIdentity({ patient, membership, ownKeys }: Examined): Finding[] {
  const { folder, config } = patient
  let identity: Identity
  try {
    identity = readNodeFile<Identity>(folder, config.identity)
  } catch (fault) {
    const text = (fault as Error).message
    return [
      say.fail(
        words(`身份文件不可用：${text}`, text),
        words(
          '改正 "identity" 的路径；密钥持有方可用份额恢复（yinxin keyholder restore）。',
          'Correct "identity"; a key holder restores it from its shares (yinxin keyholder restore).',
        ),
      ),
    ]
  }
  return [readableByOwner(join(folder, config.identity)), ofTheList(identity)]

  function ofTheList({ name }: Identity): Finding {
    if (name !== config.name)
      return say.fail(
        words(
          `身份文件属于 "${name}"，配置属于 "${config.name}"`,
          `the identity is that of "${name}", the configuration that of "${config.name}"`,
        ),
        words('给每个节点各自的身份文件。', 'Give each node its own identity.'),
      )
    if (membership === null)
      return say.unknown(
        '成员名单不可用，无法比对公钥',
        'the member list cannot be used, so keys are not compared',
      )
    return ownKeys
      ? say.ok('私钥与成员名单中的公钥相符', 'the private keys are those of the member list')
      : say.fail(
          words('私钥与成员名单中的公钥不符', 'the private keys are not those of the member list'),
          words(
            '使用本节点的身份文件；密钥更换后取最新成员名单。',
            "Use this node's own identity; after a change of keys fetch the newest member list.",
          ),
        )
  }
}

function readableByOwner(file: string): Finding {
  const { mode } = statSync(file)
  return (mode & OTHERS) === 0
    ? say.ok('身份文件仅本用户可读', 'readable by its owner only')
    : say.fail(
        words(
          `其他用户可以访问身份文件（权限 ${(mode & 0o777).toString(8)}）`,
          `other accounts may open the identity file (mode ${(mode & 0o777).toString(8)})`,
        ),
        words(
          '执行 chmod 600；若他人可能已读取，请更换密钥。',
          'chmod 600; if others may have read it, change the keys.',
        ),
      )
}
