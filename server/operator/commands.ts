/** `yinxin run ...`: the operator of the platform starts runs, follows them, stops them and goes on with them. */
import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { KEY_HOLDER } from '../../federation/index.ts'
import { platformConfig, readConfig, readEnvironment } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { flagsOf, providerRule, type SettingName, type StartOptions, settingsOf } from '../launch/options.ts'
import { buildReport, printableReport } from '../launch/report.ts'
import { versions } from '../launch/versions.ts'
import { readMembership } from '../node/membership.ts'
import type { RunReport, RunRequest, RunSummary } from '../platform/control/run-report.ts'
import { stateFolder } from '../state/state-folder.ts'
import { TlsFiles } from '../transport/tls-files.ts'
import { followToEnd, RunView, reportOfEnd } from './follow.ts'
import { Operator, type RunAction } from './operator.ts'
import { readOperatorToken } from './token.ts'

const ASK_AGAIN_MS = 1000

export interface OperatorOptions {
  /** File of the operator's token, where it is not in the platform's state folder. */
  readonly token?: string
}

export interface FollowOptions extends OperatorOptions {
  readonly json?: boolean
  readonly report?: string
}

export type RunStartOptions = FollowOptions &
  Pick<StartOptions, SettingName | 'targetPd' | 'overrideLimits'> & {
    /** Providers that take part; all of the member list where none is named. Label holders take part all. */
    readonly provider: readonly string[]
    readonly detach?: boolean
  }

/** The control port of the platform whose configuration this is. @throws OperatorTokenMissing, ConfigTls */
export async function openOperator(configFile: string, { token }: OperatorOptions) {
  const { config, folder } = readConfig(platformConfig, configFile)
  // A platform that listens on every address is asked on this machine's own.
  const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host
  const authority = config.tls && new TlsFiles(folder, config.tls).current.ca
  const operator = new Operator(
    `${authority === undefined ? 'http' : 'https'}://${host}:${config.port}`,
    await readOperatorToken(stateFolder(folder, config), token),
    authority,
  )
  return { config, folder, operator, configFile }
}

/** @throws PlatformUnreachable, RunInProgress, TooFewProviders, UnknownMember, OperatorTokenMissing, and the fault that ended the run */
export async function startRun(configFile: string, options: RunStartOptions): Promise<void> {
  const opened = await openOperator(configFile, options)
  const { operator } = opened
  const request = requestOf(readMembership(opened.folder, opened.config), options)
  const { quiet } = readEnvironment()
  const say = (text: string) => void (quiet || process.stderr.write(`${text}\n`))
  await waitForAll(operator, [...request.labelHolders, ...request.providers, KEY_HOLDER], say)
  const run = await operator.start(request)
  say(`Started ${run}.`)
  if (options.detach) process.stdout.write(`${run}\n`)
  else await follow(opened, run, options)
}

/** Who and what; the rest is advised. @throws TooFewProviders, UnknownMember */
function requestOf(membership: ReturnType<typeof readMembership>, options: RunStartOptions): RunRequest {
  const { provider: chosen, targetPd } = options
  const all = membership.namesOf('provider')
  const providers = chosen.length === 0 ? all : chosen.map((name) => membership.member(name).name)
  const rule = providerRule(providers.filter((name) => !membership.member(name).publicData).length, {})
  if (rule.warning !== null) process.stderr.write(`Warning: ${rule.warning}\n`)
  return {
    providers,
    labelHolders: membership.namesOf('label-holder'),
    production: true,
    settings: settingsOf(options),
    flags: flagsOf(options),
    leastProviders: rule.least,
    targetPd,
  }
}

/** Waits until all parties of a run have said hello. */
async function waitForAll(
  operator: Operator,
  parties: readonly string[],
  say: (text: string) => void,
): Promise<void> {
  let said = ''
  for (;;) {
    const missing = (await operator.missing(parties)).join(', ')
    if (missing === '') return
    if (missing !== said) say(`Waiting for ${missing} (Ctrl-C gives up) ...`)
    said = missing
    await sleep(ASK_AGAIN_MS)
  }
}

/** Attaches to the run that was started last, from its beginning; the run goes on when the follower leaves. */
export async function showRun(
  configFile: string,
  run: string | undefined,
  options: FollowOptions,
): Promise<void> {
  await follow(await openOperator(configFile, options), run ?? 'current', options)
}

async function follow(
  { operator, config, folder, configFile }: Awaited<ReturnType<typeof openOperator>>,
  run: string,
  options: FollowOptions,
): Promise<void> {
  const view = new RunView({ quiet: readEnvironment().quiet, terminal: process.stderr.isTTY === true })
  const left = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => left.abort())
  const end = await followToEnd(operator.events(run, left.signal), view).catch((fault: unknown) => {
    if (left.signal.aborted) return null
    throw fault
  })
  view.bars.finish()
  if (left.signal.aborted) {
    process.stderr.write(
      `Left; the run goes on. "yinxin run show ${configFile}" follows it, "yinxin run stop ${configFile}" stops it.\n`,
    )
    process.exitCode = exitCodes.interrupted.code
    return
  }
  await deliver(reportOfEnd(end), readMembership(folder, config).consortium, options)
}

async function deliver(run: RunReport, consortium: string, options: FollowOptions): Promise<void> {
  const total = Object.values(run.seconds).reduce((sum, seconds) => sum + seconds, 0)
  const report = buildReport(
    run,
    {
      dataset: consortium,
      rows: run.plan.rows,
      flags: run.plan.flags,
      warnings: [],
      versions: await versions(),
    },
    { seconds: { ...run.seconds, total }, memoryMb: { platform: run.peakMemoryMb }, clear: null },
    null,
  )
  const text = JSON.stringify(report, null, 2)
  if (options.report !== undefined) await writeFile(options.report, `${text}\n`)
  process.stdout.write(options.json ? `${text}\n` : printableReport(report))
  if (!run.accepted) throw new serverErrors.ModelRefused()
}

export async function listRuns(
  configFile: string,
  options: OperatorOptions & { json?: boolean },
): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  const runs = await operator.runs()
  process.stdout.write(
    options.json ? `${JSON.stringify(runs, null, 2)}\n` : runs.map((run) => `${lineOf(run)}\n`).join(''),
  )
}

function lineOf({ run, began, state, phase, done, total, waitingFor, why, snapshot }: RunSummary): string {
  const where = state === 'finished' ? '' : `${phase} ${done}/${total}`
  const more = [
    ...(waitingFor.length > 0 ? [`for ${waitingFor.join(', ')}`] : []),
    ...(snapshot !== null ? [`published as snapshot ${snapshot}`] : []),
    ...(why !== null ? [why] : []),
  ]
  return [run, began.slice(0, 19), state.padEnd(8), where.padEnd(16), ...more].join('  ').trimEnd()
}

/** @throws RunUnknown, RunNotRunning, RunNotResumable, RunInProgress, PlatformUnreachable */
export async function actOnRun(
  action: RunAction,
  configFile: string,
  run: string | undefined,
  options: FollowOptions & { detach?: boolean },
): Promise<void> {
  const opened = await openOperator(configFile, options)
  await opened.operator.act(run ?? 'current', action)
  if (action === 'resume' && !options.detach) await follow(opened, run ?? 'current', options)
}
