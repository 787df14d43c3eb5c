/** `yinxin label-holder CONFIG`: one bank's or guarantee fund's process. */
import { join } from 'node:path'
import { checkSnapshot, defineLoans, loadLabels } from '../../features/index.ts'
import { LabelHolderRole } from '../../federation/index.ts'
import { labelHolderConfig, readConfig } from '../config.ts'
import { FollowedHoldings } from '../roster/followed-holdings.ts'
import { type HeldRoster, NodeRoster } from '../roster/node-roster.ts'
import { notingRoster, rosterOfRun } from '../roster/run-roster.ts'
import { ledgerMemoryFile } from '../state/node-files.ts'
import { fileJournals, KEPT_RUNS } from './file-journals.ts'
import { runMember } from './member-process.ts'

/** @throws YX_FEATURES_LABEL_SNAPSHOT_CHANGED, _INVALID if the labels come of loans and are not what was frozen */
export async function runLabelHolder(configFile: string): Promise<void> {
  const { config, folder } = readConfig(labelHolderConfig, configFile)
  await runMember(folder, config, async ({ membership, services, state }) => {
    const rosters = await NodeRoster.open({ membership, folder, place: config.roster, state })
    const file = join(folder, config.labels)
    const make = async ({ roster }: HeldRoster) => {
      if (config.loans) await checkSnapshot(file, defineLoans(config.loans))
      return { roster, labels: await loadLabels(file, roster), period: config.labelPeriod ?? '' }
    }
    const memory = ledgerMemoryFile(state)
    const runs = join(state, 'runs')
    const journals = fileJournals(runs, { keep: KEPT_RUNS, whole: false })
    const run = await journals.unfinished()
    const holdings = await FollowedHoldings.open(rosters, make, run, async (of) =>
      make(await rosterOfRun(rosters, runs, of)),
    )
    return {
      ...{ journals: notingRoster(journals, runs, rosters), holdings },
      role: (node) => new LabelHolderRole(node, services, holdings, config.policy, memory),
    }
  })
}
