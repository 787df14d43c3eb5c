/** `yinxin keyholder CONFIG`: the independent key holder's process. */
import { join } from 'node:path'
import {
  always,
  KeyHolderMemory,
  KeyHolderNight,
  KeyHolderRole,
  keepTranscripts,
  Ledger,
  unchangedRoster,
  withNights,
} from '../../federation/index.ts'
import { keyHolderConfig, nightPolicy, readConfig } from '../config.ts'
import { openNightFiles } from '../night/night-files.ts'
import { fileJournals, KEPT_RUNS } from '../node/file-journals.ts'
import { fileTranscripts } from '../node/file-transcripts.ts'
import { runMember } from '../node/member-process.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { LedgerFile } from '../state/ledger-file.ts'

export async function runKeyHolder(file: string): Promise<void> {
  const { config, folder } = readConfig(keyHolderConfig, file)
  await runMember(folder, config, async ({ membership, services, state }) => {
    const roster = await readNodeRoster(folder, config)
    const store = await LedgerFile.open(state)
    const { mostEpsilon, periodsPerYear } = config.policy
    const ledger = await Ledger.open(store, membership, mostEpsilon, periodsPerYear)
    const nightMemory = await KeyHolderMemory.open(await openNightFiles(state))
    const rules = { ...config.policy, night: nightPolicy(config.policy.night) }
    const tonight = async () => ({ roster, lineage: unchangedRoster(roster) })
    return {
      journals: fileJournals(join(state, 'runs'), { keep: KEPT_RUNS, whole: false }),
      role(node) {
        keepTranscripts(node, fileTranscripts(join(folder, config.transcripts)))
        const nights = new KeyHolderNight(node, services, tonight, ledger, nightMemory, rules)
        return withNights(new KeyHolderRole(node, services, always(roster), config.policy, ledger), nights)
      },
    }
  })
}
