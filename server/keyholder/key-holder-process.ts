/** `yinxin keyholder CONFIG`: the independent key holder's process. */
import { join } from 'node:path'
import {
  KeyHolderMemory,
  KeyHolderNight,
  KeyHolderRole,
  keepTranscripts,
  Ledger,
  withNights,
} from '../../federation/index.ts'
import { keyHolderConfig, nightPolicy, readConfig } from '../config.ts'
import { openNightFiles } from '../night/night-files.ts'
import { fileJournals, KEPT_RUNS } from '../node/file-journals.ts'
import { fileTranscripts } from '../node/file-transcripts.ts'
import { runMember } from '../node/member-process.ts'
import { FollowedHoldings } from '../roster/followed-holdings.ts'
import { type HeldRoster, NodeRoster } from '../roster/node-roster.ts'
import { notingRoster, rosterOfRun } from '../roster/run-roster.ts'
import { LedgerFile } from '../state/ledger-file.ts'

export async function runKeyHolder(file: string): Promise<void> {
  const { config, folder } = readConfig(keyHolderConfig, file)
  await runMember(folder, config, async ({ membership, services, state }) => {
    const rosters = await NodeRoster.open({ membership, folder, place: config.roster, state })
    const store = await LedgerFile.open(state)
    const { mostEpsilon, periodsPerYear } = config.policy
    const ledger = await Ledger.open(store, membership, mostEpsilon, periodsPerYear)
    const runs = join(state, 'runs')
    const journals = fileJournals(runs, { keep: KEPT_RUNS, whole: false })
    const make = async ({ roster }: HeldRoster) => roster
    const run = await journals.unfinished()
    const holdings = await FollowedHoldings.open(rosters, make, run, async (of) =>
      make(await rosterOfRun(rosters, runs, of)),
    )
    const nightMemory = await KeyHolderMemory.open(await openNightFiles(state))
    const rules = { ...config.policy, night: nightPolicy(config.policy.night) }
    const tonight = async () => ({ roster: holdings.current(), lineage: rosters.held })
    return {
      ...{ journals: notingRoster(journals, runs, rosters), holdings },
      role(node) {
        keepTranscripts(node, fileTranscripts(join(folder, config.transcripts)))
        const nights = new KeyHolderNight(node, services, tonight, ledger, nightMemory, rules)
        return withNights(new KeyHolderRole(node, services, holdings, config.policy, ledger), nights)
      },
    }
  })
}
