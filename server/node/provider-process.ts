/** `yinxin provider CONFIG`: one department's process. */
import { join } from 'node:path'
import {
  type AuthorisationRules,
  keepingPoints,
  ProviderMemory,
  ProviderNight,
  ProviderRole,
  unchangedRoster,
  withNights,
} from '../../federation/index.ts'
import { nightPolicy, providerConfig, readConfig } from '../config.ts'
import { logger } from '../logger.ts'
import { openNightFiles } from '../night/night-files.ts'
import { scorecardFiles } from '../night/scorecard-files.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { fineBinFile } from '../state/node-files.ts'
import { openAuthorisation } from './authorisation.ts'
import { fileJournals } from './file-journals.ts'
import { runMember } from './member-process.ts'
import { freezingJournals, providerDataOfRun, readDataOfToday, readProviderData } from './provider-data.ts'
import { checkPublic } from './public-provider.ts'

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
    const scorecards = scorecardFiles(join(folder, config.scorecards))
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
    const nightFiles = await openNightFiles(state)
    const memory = await ProviderMemory.open(nightFiles, membership.suite, services.random)
    // A night is about the data of its day: they are read anew.
    const tonight = async () => ({
      ...{ roster, authorisation, lineage: unchangedRoster(roster) },
      data: await readDataOfToday(config, { folder, state }, roster),
    })
    const rules = { ...policy, night: nightPolicy(policy.night) }
    return {
      journals,
      role(node) {
        const nights = new ProviderNight(node, services, tonight, scorecards, memory, rules)
        const sink = keepingPoints(scorecards, nights)
        return withNights(new ProviderRole(node, services, source, policy, sink, fineBins), nights)
      },
    }
  })
}
