/** `yinxin audit`: a provider's run computed again at its own site, and a server's transcript for it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createEngine,
  federationErrors,
  type Membership,
  readTranscript,
  replayRun,
  type Transcript,
} from '../../federation/index.ts'
import { providerConfig, readConfig, serverConfig } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { readRosterOfRun } from '../roster/run-roster.ts'
import { fineBinFile } from '../state/node-files.ts'
import { stateFolder } from '../state/state-folder.ts'
import { authorisationOfReplay } from './authorisation.ts'
import { fileJournals } from './file-journals.ts'
import { exportTranscript } from './file-transcripts.ts'
import { readMembership } from './membership.ts'
import { providerDataOfRun } from './provider-data.ts'

/**
 * Replays a run at a provider and says what it found on standard output.
 * @param files transcripts of the servers
 * @param list the list of authorised firms that the run was about, where it is not the configured one any more
 * @throws ReplayDiffers with the first difference; RunUnrecorded, TranscriptRefused
 */
export async function auditReplay(
  run: string,
  configFile: string,
  files: readonly string[],
  list?: string,
): Promise<void> {
  const { config, folder } = readConfig(providerConfig, configFile)
  const membership = readMembership(folder, config)
  const received = await Promise.all(files.map((file) => transcriptOf(membership, file, run)))
  const runs = join(folder, config.runs)
  const place = { membership, state: stateFolder(folder, config), runs }
  const roster = await readRosterOfRun(place, run, await readNodeRoster(folder, config))
  const engine = createEngine(config.threads)
  try {
    const data = await providerDataOfRun(config, folder, roster, run)
    const journals = fileJournals(runs, { keep: config.keepRuns, whole: true })
    const { policy } = config
    const authorisation = await authorisationOfReplay(membership, config, folder, roster, list)
    const report = await replayRun({
      ...{ membership, engine, roster, data, policy, authorisation, journals, run, received },
      fineBins: fineBinFile(place.state),
    })
    const { difference, messages } = report
    if (difference) {
      const { message, type, to, round, what, against } = difference
      const where = `message ${message}, "${type}" to ${to} in round ${round}: ${what}, against ${against}`
      throw new federationErrors.ReplayDiffers(config.name, run, where)
    }
    const witnesses = ['its own journal', ...received.map(({ server }) => `what ${server} received`)]
    process.stdout.write(
      `${config.name}: ${messages} messages of ${run} computed again, equal to ${witnesses.join(' and ')}.\n`,
    )
  } finally {
    await engine.close()
  }
}

/** Prints a server's transcript of a run, signed. @throws RunUnrecorded */
export async function auditTranscript(run: string, configFile: string): Promise<void> {
  const { config, folder } = readConfig(serverConfig, configFile)
  const membership = readMembership(folder, config)
  process.stdout.write(await exportTranscript(membership, join(folder, config.transcripts), run))
}

async function transcriptOf(membership: Membership, file: string, run: string): Promise<Transcript> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new serverErrors.NodeFileUnreadable(file)
  })
  const transcript = readTranscript(membership, text)
  if (transcript.run !== run) throw new federationErrors.TranscriptRefused('it is of another run')
  return transcript
}
