/** `yinxin label-holder CONFIG`: one bank's or guarantee fund's process. */
import { join } from 'node:path'
import { loadLabels, readRoster } from '../../features/index.ts'
import { LabelHolderRole } from '../../federation/index.ts'
import { labelHolderConfig, readConfig } from '../config.ts'
import { ledgerMemoryFile } from '../state/node-files.ts'
import { openState } from '../state/state-folder.ts'
import { runMember } from './member-process.ts'

export async function runLabelHolder(file: string): Promise<void> {
  const { config, folder } = readConfig(labelHolderConfig, file)
  await runMember(folder, config, async (node, services) => {
    const roster = await readRoster(join(folder, config.roster))
    const labels = await loadLabels(join(folder, config.labels), roster)
    const memory = ledgerMemoryFile(openState(folder, config))
    return new LabelHolderRole(node, services, roster, labels, config.policy, memory)
  })
}
