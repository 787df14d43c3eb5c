/** `yinxin label-holder CONFIG`: one bank's or guarantee fund's process. */
import { join } from 'node:path'
import { checkSnapshot, defineLoans, loadLabels } from '../../features/index.ts'
import { always, LabelHolderRole } from '../../federation/index.ts'
import { labelHolderConfig, readConfig } from '../config.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { ledgerMemoryFile } from '../state/node-files.ts'
import { fileJournals, KEPT_RUNS } from './file-journals.ts'
import { runMember } from './member-process.ts'

/** @throws YX_FEATURES_LABEL_SNAPSHOT_CHANGED, _INVALID if the labels come of loans and are not what was frozen */
export async function runLabelHolder(configFile: string): Promise<void> {
  const { config, folder } = readConfig(labelHolderConfig, configFile)
  await runMember(folder, config, async ({ services, state }) => {
    const roster = await readNodeRoster(folder, config)
    const file = join(folder, config.labels)
    if (config.loans) await checkSnapshot(file, defineLoans(config.loans))
    const labels = await loadLabels(file, roster)
    const memory = ledgerMemoryFile(state)
    const source = always({ roster, labels, period: config.labelPeriod ?? '' })
    return {
      journals: fileJournals(join(state, 'runs'), { keep: KEPT_RUNS, whole: false }),
      role: (node) => new LabelHolderRole(node, services, source, config.policy, memory),
    }
  })
}
