/** `yinxin provider CONFIG`: one department's process. */
import { join } from 'node:path'
import type { Roster } from '../../features/index.ts'
import {
  type AuthorisationRules,
  keepingPoints,
  ProviderMemory,
  ProviderNight,
  ProviderRole,
  withNights,
} from '../../federation/index.ts'
import { nightPolicy, providerConfig, readConfig } from '../config.ts'
import { logger } from '../logger.ts'
import { openNightFiles } from '../night/night-files.ts'
import { scorecardFiles } from '../night/scorecard-files.ts'
import { FollowedHoldings } from '../roster/followed-holdings.ts'
import { type HeldRoster, NodeRoster } from '../roster/node-roster.ts'
import { notingRoster, rosterOfRun } from '../roster/run-roster.ts'
import { fineBinFile } from '../state/node-files.ts'
import { openAuthorisation } from './authorisation.ts'
import { driftFile } from './column-drift-file.ts'
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
    const rosters = await NodeRoster.open({ membership, folder, place: config.roster, state })
    const rulesOver = (roster: Roster) => openAuthorisation(membership, config, { folder, state }, roster)
    const make = async (lineage: HeldRoster) => {
      const { roster } = lineage
      const authorisation = await rulesOver(roster)
      const { frozen, groups, ...data } = await readProviderData(config, { folder, state }, roster)
      checkPublic(membership, groups)
      return { roster, lineage, data, authorisation, frozen }
    }
    const scorecards = scorecardFiles(join(folder, config.scorecards))
    const fineBins = fineBinFile(state)
    const runs = join(folder, config.runs)
    const kept = fileJournals(runs, { keep: config.keepRuns, whole: true })
    const { policy } = config
    // A run that was begun goes on with the roster and the features that it began with, whatever there is now.
    const run = await kept.unfinished()
    const holdings = await FollowedHoldings.open(rosters, make, run, async (of) => {
      const lineage = await rosterOfRun(rosters, runs, of)
      const { roster } = lineage
      const data = await providerDataOfRun(config, folder, roster, of)
      return { roster, lineage, data, authorisation: await rulesOver(roster), frozen: null }
    })
    sayRules(config.name, holdings.current().authorisation)
    const journals = freezingJournals(kept, runs, () => holdings.current().frozen)
    const nightFiles = await openNightFiles(state)
    const memory = await ProviderMemory.open(nightFiles, membership.suite, services.random)
    // A night is about the data of its day: they are read anew.
    const tonight = async () => {
      const { roster, lineage, authorisation } = holdings.current()
      const data = await readDataOfToday(config, { folder, state }, roster)
      return { roster, lineage, authorisation, data }
    }
    const drift = driftFile(state, (text) => logger(config.name).warn(text))
    const rules = { ...policy, night: nightPolicy(policy.night) }
    return {
      ...{ journals: notingRoster(journals, runs, rosters), holdings },
      role(node) {
        const nights = new ProviderNight(node, services, tonight, scorecards, memory, rules, drift)
        const sink = keepingPoints(scorecards, nights)
        return withNights(new ProviderRole(node, services, holdings, policy, sink, fineBins), nights)
      },
    }
  })
}
