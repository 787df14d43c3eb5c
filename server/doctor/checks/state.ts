/** The folder of what the node must not forget: its own, and free or held by its own process. */
import { existsSync } from 'node:fs'
import { assertOwner, stateFolder } from '../../state/state-folder.ts'
import { holderOf } from '../../store/folder-lock.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'

const say = sayer('state')

export function checkState({ patient, membership }: Examined): Finding[] {
  const state = stateFolder(patient.folder, patient.config)
  if (!existsSync(state))
    return [say.ok('状态文件夹将在首次启动时建立', 'the state folder is made at the first start')]
  const findings: Finding[] = []
  if (membership !== null) {
    try {
      assertOwner(state, membership)
    } catch (fault) {
      const text = (fault as Error).message
      findings.push(
        say.fail(
          words(`状态文件夹属于另一成员：${text}`, text),
          words(
            '改正配置中的 "state"；不要删除该文件夹。',
            'Correct "state" in the configuration; do not delete the folder.',
          ),
        ),
      )
    }
  }
  const holder = holderOf(state)
  findings.push(
    holder === null
      ? say.ok('状态文件夹未被占用：节点未运行', 'free: the node is not running')
      : say.ok(
          `状态文件夹由进程 ${holder} 使用：节点正在运行`,
          `held by process ${holder}: the node is running`,
        ),
  )
  return findings
}
