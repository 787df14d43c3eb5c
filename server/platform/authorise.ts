/** `yinxin authorise CONFIG CODES`: the platform issues the next list of authorised firms. */
import { resolve } from 'node:path'
import { platformConfig, readConfig } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { readMembership, systemClock } from '../node/membership.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { stateFolder } from '../state/state-folder.ts'
import { type IssuedList, issueList, readCodes } from './issue-list.ts'

export interface AuthoriseOptions {
  readonly days?: number
  readonly purpose?: string
  readonly json?: boolean
}

/** @throws AuthorisationPlace, AuthoriseUnreadable, AuthoriseCodes, and what the configuration's own files are refused for */
export async function authorise(
  configFile: string,
  codesFile: string,
  options: AuthoriseOptions,
): Promise<void> {
  const { config, folder } = readConfig(platformConfig, configFile)
  const membership = readMembership(folder, config)
  const place = config.authorisation?.list
  if (place === undefined) throw new serverErrors.AuthorisationPlace(config.name)
  const state = stateFolder(folder, config)
  const roster = await readNodeRoster(folder, config)
  const codes = await readCodes(codesFile, roster, config.idScheme === 'uscc')
  const strangers = new Set(codes.filter((code) => roster.index(code) < 0)).size
  const { days, purpose } = options
  const issued = await issueList({
    ...{ membership, codes, file: resolve(folder, place), state },
    now: systemClock.now(),
    ...(days !== undefined && { days }),
    ...(purpose !== undefined && { purpose }),
  })
  const result = { ...issued, strangers, file: place }
  process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : printable(result))
  process.stderr.write(
    [
      '请将该文件交给每个持有非公开数据的部门；平台在下一次运行时启用，版本不一致的部门会拒绝运行。',
      'Give the file to every provider of non-public data. The platform takes it at its next run, which a provider with another version refuses.',
      '',
    ].join('\n'),
  )
}

function printable(issued: IssuedList & { readonly strangers: number; readonly file: string }): string {
  return [
    `version      ${issued.version}`,
    `purpose      ${issued.purpose}`,
    `firms        ${issued.firms} (${issued.added} new, ${issued.withdrawn} withdrawn, ${issued.strangers} not on the roster)`,
    `valid until  ${issued.validUntil}`,
    `digest       ${issued.digest}`,
    `file         ${issued.file}`,
    '',
  ].join('\n')
}
