/** `yinxin keyholder CONFIG`: the independent key holder's process. */
import { join } from 'node:path'
import { always, KeyHolderRole, keepTranscripts, Ledger } from '../../federation/index.ts'
import { keyHolderConfig, readConfig } from '../config.ts'
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
    return {
      journals: fileJournals(join(state, 'runs'), { keep: KEPT_RUNS, whole: false }),
      role(node) {
        keepTranscripts(node, fileTranscripts(join(folder, config.transcripts)))
        return new KeyHolderRole(node, services, always(roster), config.policy, ledger)
      },
    }
  })
}
