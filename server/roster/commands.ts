/** `yinxin roster ...`: issue the next version at the platform; look at, compare and prove one at any node. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createRoster, featuresErrors } from '../../features/index.ts'
import {
  changeText,
  checkFollows,
  type Membership,
  plainChanges,
  type RosterVersion,
  verifyRoster,
} from '../../federation/index.ts'
import { nodeConfig, platformConfig, readConfig } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { readMembership } from '../node/membership.ts'
import { today } from '../node/today.ts'
import { stateFolder } from '../state/state-folder.ts'
import { AcceptedRosters } from './accepted-rosters.ts'
import { countsOf, type IssuedRoster, issueRoster, readChanges, readRosterCodes } from './issue-roster.ts'

interface Json {
  readonly json?: boolean
}

const say = (zh: string, en: string): void => void process.stderr.write(`${zh}\n${en}\n`)

/** The platform's own configuration, which issues versions. @throws RosterPlace */
function openPlatform(configFile: string) {
  const { config, folder } = readConfig(platformConfig, configFile)
  if (typeof config.roster === 'string') throw new serverErrors.RosterPlace(config.name)
  const membership = readMembership(folder, config)
  const state = stateFolder(folder, config)
  const previous = new AcceptedRosters(membership, state).newest()
  return { config, membership, state, previous, file: resolve(folder, config.roster.signed) }
}

const codesFor = (
  codesFile: string,
  { config, previous }: ReturnType<typeof openPlatform>,
): Promise<string[]> =>
  readRosterCodes(codesFile, previous && createRoster(previous.codes), config.idScheme === 'uscc')

/** @throws RosterPlace, RosterUnreadable, RosterCodes, RosterUnchanged, RosterChanges */
export async function issue(
  configFile: string,
  codesFile: string,
  options: Json & { readonly changes?: string },
): Promise<void> {
  const opened = openPlatform(configFile)
  const { membership, state, file, previous } = opened
  const codes = await codesFor(codesFile, opened)
  const changes = options.changes === undefined ? null : await readChanges(options.changes)
  const issued = await issueRoster({ membership, state, file, codes, changes, today: today() })
  process.stdout.write(options.json ? `${JSON.stringify(issued, null, 2)}\n` : printable(issued))
  const { counts } = issued
  if (previous && changes === null && counts.closed > 0) {
    say(
      '未提供变更文件：消失的企业一律视为注销，新出现的视为新增。合并或换码的企业将失去其历史。',
      `Without a file of changes, ${counts.closed} enterprises count as closed and ${counts.new} as new: one that merged or has another code loses its past. "yinxin roster diff" prints lines to begin a file of changes with.`,
    )
  }
  say('请将该文件交给每个节点；各节点无需重启。', 'Give the file to every node. None needs a restart.')
}

function printable(issued: IssuedRoster): string {
  const { counts } = issued
  return [
    `version   ${issued.version}`,
    `rows      ${issued.rows}`,
    `changes   ${counts.new} new, ${counts.closed} closed, ${counts.merged} merged, ${counts.renamed} renamed`,
    `digest    ${issued.digest}`,
    `of rows   ${issued.rosterDigest}`,
    '',
  ].join('\n')
}

/** Prints, as lines of a file of changes, what a list of codes would change. @throws RosterPlace, RosterUnreadable, RosterCodes */
export async function diff(configFile: string, codesFile: string): Promise<void> {
  const opened = openPlatform(configFile)
  const codes = await codesFor(codesFile, opened)
  if (opened.previous === null) {
    say('尚无名录版本：首版无需变更文件。', 'There is no version yet: the first one needs no changes.')
    return
  }
  const changes = plainChanges(opened.previous, codes, today())
  process.stdout.write(changes.map((change) => `${changeText(change)}\n`).join(''))
}

/** A roster file and what a node that holds it has accepted. */
async function openFile(configFile: string, file: string | undefined) {
  const { config, folder } = readConfig(nodeConfig, configFile)
  const place = config.roster
  if (file === undefined && typeof place === 'string') throw new serverErrors.RosterPlace(config.name)
  const path = file ?? resolve(folder, (place as { signed: string }).signed)
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new featuresErrors.FileMissing('roster', cause.code)
  })
  const membership = readMembership(folder, config)
  const accepted = new AcceptedRosters(membership, stateFolder(folder, config)).newest()
  return { membership, version: verifyRoster(membership, bytes), accepted }
}

function aboutVersion(_membership: Membership, version: RosterVersion) {
  return {
    ...{ version: version.version, issued: version.issued, rows: version.codes.length },
    ...{ counts: countsOf(version), digest: version.digest, previous: version.previous },
    rosterDigest: createRoster(version.codes, version.origins).digest,
  }
}

/** Prints what the roster of a node is. @throws RosterPlace for a plain list, and what the file is refused for */
export async function show(
  configFile: string,
  options: Json & { readonly changes?: boolean },
): Promise<void> {
  const { membership, version } = await openFile(configFile, undefined)
  const about = aboutVersion(membership, version)
  const lines = version.changes.map(changeText)
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...about, changes: lines }, null, 2)}\n`)
    return
  }
  process.stdout.write(`issued    ${about.issued}\n${printable(about)}`)
  if (options.changes) process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

/**
 * Proves a roster file as a node would before it takes it; accepts nothing.
 * @param file in place of the one that the configuration names
 * @throws what the file is refused for
 */
export async function verify(configFile: string, file: string | undefined): Promise<void> {
  const { version, accepted } = await openFile(configFile, file)
  const newer = checkFollows(accepted, version)
  const known =
    accepted === null ? 'no version was accepted here yet' : `version ${accepted.version} was accepted here`
  process.stdout.write(
    `version ${version.version}, ${version.codes.length} rows, signed by the platform; ${known}, so this one is ${newer ? 'taken' : 'the same'}.\n`,
  )
}
