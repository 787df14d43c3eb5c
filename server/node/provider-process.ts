/** `yinxin provider CONFIG`: one department's process. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AuthorisationRules, ProviderRole, type ScorecardSink } from '../../federation/index.ts'
import { providerConfig, readConfig } from '../config.ts'
import { logger } from '../logger.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { fineBinFile } from '../state/node-files.ts'
import { openAuthorisation } from './authorisation.ts'
import { fileJournals } from './file-journals.ts'
import { runMember } from './member-process.ts'
import { freezingJournals, providerDataOfRun, readProviderData } from './provider-data.ts'
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
  await runMember(folder, config, async ({ membership, services, state }) => {
    const roster = await readNodeRoster(folder, config)
    const authorisation = await openAuthorisation(membership, config, { folder, state }, roster)
    sayRules(config.name, authorisation)
    const { frozen, groups, ...data } = await readProviderData(config, { folder, state }, roster)
    checkPublic(membership, groups)
    const sink = fileSink(join(folder, config.scorecards))
    const fineBins = fineBinFile(state)
    const runs = join(folder, config.runs)
    const kept = fileJournals(runs, { keep: config.keepRuns, whole: true })
    const journals = freezingJournals(kept, runs, frozen)
    const { policy } = config
    const current = { roster, data, authorisation }
    // A run that was begun goes on with the features that it began with, whatever the tables hold now.
    const unfinished = await journals.unfinished()
    const former =
      unfinished === null
        ? null
        : { ...current, data: await providerDataOfRun(config, folder, roster, unfinished) }
    const source = { current: (run?: string) => (former && run === unfinished ? former : current) }
    return {
      journals,
      role: (node) => new ProviderRole(node, services, source, policy, sink, fineBins),
    }
  })
}
