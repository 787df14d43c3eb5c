/** `yinxin keyholder CONFIG`: the independent key holder's process. */
import { join } from 'node:path'
import { always, KeyHolderRole, keepTranscripts, Ledger } from '../../federation/index.ts'
import { keyHolderConfig, readConfig } from '../config.ts'
import { fileTranscripts } from '../node/file-transcripts.ts'
import { runMember } from '../node/member-process.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { LedgerFile } from '../state/ledger-file.ts'
import { openState } from '../state/state-folder.ts'

export async function runKeyHolder(file: string): Promise<void> {
  const { config, folder } = readConfig(keyHolderConfig, file)
  await runMember(folder, config, async (node, services) => {
    const roster = await readNodeRoster(folder, config)
    keepTranscripts(node, fileTranscripts(join(folder, config.transcripts)))
    const store = await LedgerFile.open(openState(folder, config, node.membership))
    const { mostEpsilon, periodsPerYear } = config.policy
    const ledger = await Ledger.open(store, node.membership, mostEpsilon, periodsPerYear)
    return new KeyHolderRole(node, services, always(roster), config.policy, ledger)
  })
}
