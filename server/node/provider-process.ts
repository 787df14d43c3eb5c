/** `yinxin provider CONFIG`: one department's process. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AuthorisationRules, always, ProviderRole, type ScorecardSink } from '../../federation/index.ts'
import { providerConfig, readConfig } from '../config.ts'
import { logger } from '../logger.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { fineBinFile } from '../state/node-files.ts'
import { openState } from '../state/state-folder.ts'
import { openAuthorisation } from './authorisation.ts'
import { fileJournals } from './file-journals.ts'
import { runMember } from './member-process.ts'
import { freezingJournals, readProviderData } from './provider-data.ts'
import { checkPublic } from './public-provider.ts'

/** Keeps each accepted scorecard as a file of its own, written whole or not at all. */
function fileSink(folder: string): ScorecardSink {
  return {
    async keep(scorecard) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const file = join(folder, 'scorecard.json')
      await writeFile(`${file}.new`, JSON.stringify(scorecard, null, 2), { mode: 0o600 })
      await rename(`${file}.new`, file)
    },
  }
}

/** The rules in force and their legal bases, once a start, for whoever has to account for them. */
function sayRules(name: string, { training, inference }: AuthorisationRules): void {
  logger(name).info({ authorisation: { training, inference } }, 'rules of use')
}

export async function runProvider(file: string): Promise<void> {
  const { config, folder } = readConfig(providerConfig, file)
  await runMember(folder, config, async (node, services) => {
    const roster = await readNodeRoster(folder, config)
    const state = openState(folder, config, node.membership)
    const authorisation = await openAuthorisation(node.membership, config, { folder, state }, roster)
    sayRules(config.name, authorisation)
    const { frozen, groups, ...data } = await readProviderData(config, { folder, state }, roster)
    checkPublic(node.membership, groups)
    const sink = fileSink(join(folder, config.scorecards))
    const fineBins = fineBinFile(state)
    const runs = join(folder, config.runs)
    const journals = freezingJournals(fileJournals(runs, config.keepRuns), runs, frozen)
    const { policy } = config
    const source = always({ roster, data, authorisation })
    return new ProviderRole(node, services, source, policy, sink, journals, fineBins)
  })
}
