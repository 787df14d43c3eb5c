/** `yinxin start`: a whole consortium on this machine, from data to served scores. */
import { writeFile } from 'node:fs/promises'
import { PLATFORM } from '../../federation/index.ts'
import { readEnvironment } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { RunView } from '../operator/follow.ts'
import { Operator } from '../operator/operator.ts'
import type { RunReport } from '../platform/control/run-report.ts'
import { readCodes } from '../platform/issue-list.ts'
import { checkInTheClear } from './clear-check.ts'
import { freePort } from './free-port.ts'
import type { LaunchData } from './launch-data.ts'
import { failIfDead, type Launch, runOnce, startProcesses } from './launch-run.ts'
import { openData } from './open-data.ts'
import { flagsOf, providerRule, type StartOptions, settingsOf } from './options.ts'
import { type Prepared, prepareConsortium } from './prepare.ts'
import { ProcessGroup } from './processes.ts'
import { buildReport, type LaunchReport, printableReport } from './report.ts'
import { stopOnSignal } from './stop-on-signal.ts'
import { Supervisor } from './supervisor.ts'
import { versions } from './versions.ts'
import { writeCard } from './write-card.ts'

const HOST = '127.0.0.1'

export async function start(options: StartOptions): Promise<void> {
  const environment = readEnvironment()
  const view = new RunView({ quiet: environment.quiet, terminal: process.stderr.isTTY === true })
  const { bars } = view
  const began = performance.now()
  const { data, folder } = await openData(options, environment.state, (text) => bars.note(text))
  const rule = providerRule(data.providers.filter(({ public: open }) => !open).length, options)
  const warnings = rule.warning ? [rule.warning] : []
  if (options.noise === 0)
    warnings.push('noise is switched off: what is opened is exact, epsilon is unbounded')
  for (const warning of warnings) bars.note(`Warning: ${warning}`)

  const prepared = await prepareConsortium(data, folder, {
    port: options.port ?? (await freePort(HOST)),
    ...(options.suite !== undefined && { suite: options.suite }),
    ...(options.authorised !== undefined && {
      authorised: await readCodes(options.authorised, data.roster, data.idScheme === 'uscc'),
    }),
    policy: {
      leastProviders: rule.least,
      // The launcher's user is every party at once: noise is refused by nobody but by the default of the advisor.
      leastSigma: 0,
      overrideLimits: options.overrideLimits === true,
      mostEpsilon: options.mostEpsilon ?? null,
      approval: 'policy',
    },
  })
  const operator = new Operator(`http://${HOST}:${prepared.port}`, prepared.operatorToken)
  const dead: string[] = []
  const platformEnded = Promise.withResolvers<void>()
  const supervisor = new Supervisor(
    (name) => processes.start(prepared.nodes.find((node) => node.name === name)!),
    (text) => bars.note(text),
  )
  const processes = new ProcessGroup((name) => {
    if (supervisor.ended(name)) return
    dead.push(name)
    if (name === PLATFORM) platformEnded.resolve()
    operator.reportLost(name).catch(() => {})
  })
  const stop = stopOnSignal(processes)
  try {
    const launch: Launch = { operator, prepared, processes, supervisor, view, dead, stop }
    await startProcesses(launch)
    const run = await runOnce(launch, {
      providers: data.providers.map(({ name }) => name),
      // All of the member list, in its order, which is by name.
      labelHolders: [...data.labelHolders].sort(),
      production: !data.benchmark,
      settings: settingsOf(options),
      flags: flagsOf(options),
      leastProviders: rule.least,
      targetPd: options.targetPd,
    })
    bars.finish()
    const setupAndRun = (performance.now() - began) / 1000
    const clear = options.pooled ? await checkInTheClear(data, run.plan, await operator.totals()) : null
    const report = buildReport(
      run,
      {
        dataset: data.name,
        rows: data.roster.size,
        flags: flagsOf(options),
        warnings,
        versions: await versions(),
      },
      {
        seconds: { ...run.seconds, setup: setupAndRun - phaseSeconds(run), total: setupAndRun },
        memoryMb: {
          ...(await processes.peakMemory()),
          launcher: Math.round(process.resourceUsage().maxRSS / 1024),
        },
        clear,
      },
      await writeCard(folder, run.card),
    )
    await deliver(report, options)
    if (!run.accepted) throw new serverErrors.ModelRefused()
    if (options.once) return
    await serve(operator, prepared, data, run, Promise.race([stop.asked, platformEnded.promise]))
    await failIfDead(prepared, dead.includes(PLATFORM) ? [PLATFORM] : [])
  } catch (fault) {
    bars.finish()
    if (stop.signal.aborted) {
      process.exitCode = exitCodes.interrupted.code
      return
    }
    await keepServing(fault, operator, prepared, options, processes, stop.asked)
    throw fault
  } finally {
    // Not awaited: a fault is told at once, and this process ends after its last child anyway.
    void processes.stop()
  }
}

/** Everything of the run's time that is not one of its later phases: data, processes, labels, plan. */
const phaseSeconds = ({ seconds }: RunReport): number =>
  seconds.binning + seconds.training + seconds.evaluation + seconds.scoring

async function deliver(report: LaunchReport, options: StartOptions): Promise<void> {
  const text = JSON.stringify(report, null, 2)
  if (options.report !== undefined) await writeFile(options.report, `${text}\n`)
  process.stdout.write(options.json ? `${text}\n` : printableReport(report))
}

async function serve(
  operator: Operator,
  prepared: Prepared,
  data: LaunchData,
  run: RunReport,
  stopped: Promise<void>,
): Promise<void> {
  const base = `http://${HOST}:${prepared.port}`
  const key = await operator.createKey('demonstration bank')
  const example = encodeURIComponent(data.roster.ids[0])
  // Not progress but what was asked for, so it is said under YINXIN_QUIET too.
  process.stderr.write(
    [
      `Serving snapshot ${run.snapshotId} at ${base} until interrupted (Ctrl-C).`,
      `  curl -H 'Authorization: Bearer ${key}' ${base}/v1/scores/${example}`,
      `  curl -H 'Authorization: Bearer ${key}' '${base}/v1/whitelist?limit=5'`,
      `  ${base}/documentation`,
      '',
    ].join('\n'),
  )
  await stopped
}

/** After a failed run the last good snapshot stays served, if the platform lives and there is one. */
async function keepServing(
  fault: unknown,
  operator: Operator,
  prepared: Prepared,
  options: StartOptions,
  processes: ProcessGroup,
  stopped: Promise<void>,
): Promise<void> {
  if (options.once) return
  const current = await operator.currentSnapshot().catch(() => null)
  if (current === null) return
  const { message } = fault as Error
  process.stderr.write(
    `\nyinxin: ${message}\nThe last good snapshot ${current} stays served at http://${HOST}:${prepared.port} until interrupted (Ctrl-C).\n`,
  )
  await processes.stop([PLATFORM])
  await stopped
}
