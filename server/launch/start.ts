/** `yinxin start`: a whole consortium on this machine, from data to served scores. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { type Dataset, dealProviders, openDataset, writeCity } from '../../features/index.ts'
import { KEY_HOLDER, PLATFORM } from '../../federation/index.ts'
import { readEnvironment } from '../config.ts'
import { serverErrors } from '../errors.ts'
import type { RunReport } from '../platform/control/run-report.ts'
import { checkInTheClear } from './clear-check.ts'
import { Operator } from './operator.ts'
import { flagsOf, providerRule, type StartOptions } from './options.ts'
import { type Prepared, prepareConsortium } from './prepare.ts'
import { ProcessGroup } from './processes.ts'
import { ProgressBars } from './progress.ts'
import { buildReport, type LaunchReport, printableReport } from './report.ts'

const PREFERRED_PORT = 8480
const HOST = '127.0.0.1'

export async function start(options: StartOptions): Promise<void> {
  const environment = readEnvironment()
  const bars = new ProgressBars({
    quiet: environment.quiet,
    terminal: process.stderr.isTTY === true,
    now: () => performance.now(),
  })
  const began = performance.now()
  const { dataset, folder } = await openData(options, environment.state, bars)
  const dealt = dealProviders(dataset, options.providers)
  const rule = providerRule(dealt.filter(({ public: open }) => !open).length, options)
  const warnings = rule.warning ? [rule.warning] : []
  if (options.noise === 0)
    warnings.push('noise is switched off: what is opened is exact, epsilon is unbounded')
  for (const warning of warnings) bars.note(`Warning: ${warning}`)

  const prepared = await prepareConsortium(dataset, folder, {
    ...(options.providers !== undefined && { providersWanted: options.providers }),
    port: options.port ?? (await freePort()),
    policy: {
      leastProviders: rule.least,
      // The launcher's user is every party at once: noise is refused by nobody but by the default of the advisor.
      leastSigma: 0,
      overrideLimits: options.overrideLimits === true,
    },
  })
  const operator = new Operator(`http://${HOST}:${prepared.port}`, prepared.operatorToken)
  const dead: string[] = []
  const processes = new ProcessGroup((name) => {
    dead.push(name)
    operator.reportLost(name).catch(() => {})
  })
  const stopped = stopOnSignal(processes)
  try {
    for (const node of prepared.nodes) processes.start(node)
    const run = await followRun(operator, prepared, dataset, options, rule.least, bars, dead)
    bars.finish()
    const setupAndRun = (performance.now() - began) / 1000
    const clear = options.pooled
      ? await checkInTheClear(dataset, prepared.providers, run.plan, await operator.totals())
      : null
    const report = buildReport(
      run,
      {
        dataset: dataset.name,
        rows: dataset.roster.size,
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
    )
    await deliver(report, options)
    if (!run.accepted) throw new serverErrors.ModelRefused()
    if (options.once) return
    await serve(operator, prepared, dataset, run, bars, stopped)
  } catch (fault) {
    bars.finish()
    await keepServing(fault, operator, prepared, options, processes, bars, stopped)
    throw fault
  } finally {
    await processes.stop()
  }
}

/** Everything of the run's time that is not one of its later phases: data, processes, labels, plan. */
const phaseSeconds = ({ seconds }: RunReport): number =>
  seconds.binning + seconds.training + seconds.evaluation + seconds.scoring

async function openData(
  options: StartOptions,
  state: string,
  bars: ProgressBars,
): Promise<{ dataset: Dataset; folder: string }> {
  if (options.data !== undefined) {
    const dataset = await openDataset(resolve(options.data))
    bars.note(
      `Data set ${dataset.name}: ${dataset.roster.size} enterprises, ${dataset.parties.length} parties`,
    )
    return { dataset, folder: resolve(state, dataset.name) }
  }
  const dir = resolve(state, 'city', 'data')
  bars.note(`Making a synthetic city of ${options.enterprises} enterprises (seed ${options.seed}) ...`)
  await writeCity({ size: options.enterprises, seed: options.seed, dir })
  return { dataset: await openDataset(dir), folder: resolve(state, 'city') }
}

/** The preferred port if it is free, else any free one. */
async function freePort(): Promise<number> {
  const probe = (port: number) =>
    new Promise<number | null>((found) => {
      const server = createServer()
      server.once('error', () => found(null))
      server.listen(port, HOST, () => {
        const address = server.address()
        server.close(() => found(typeof address === 'object' && address ? address.port : null))
      })
    })
  const port = (await probe(PREFERRED_PORT)) ?? (await probe(0))
  if (port === null) throw new serverErrors.NoPort()
  return port
}

async function followRun(
  operator: Operator,
  prepared: Prepared,
  dataset: Dataset,
  options: StartOptions,
  leastProviders: number,
  bars: ProgressBars,
  dead: readonly string[],
): Promise<RunReport> {
  const providers = prepared.providers.map(({ name }) => name)
  const { labelHolders } = prepared
  bars.note(
    `Starting ${prepared.nodes.length} processes: ${prepared.nodes.map(({ name }) => name).join(', ')}`,
  )
  const failIfDead = async () => {
    if (dead.length === 0) return
    const node = prepared.nodes.find(({ name }) => name === dead[0])!
    throw new serverErrors.PartyEnded(dead[0], await ProcessGroup.logTail(node))
  }
  const parties = [...labelHolders, ...providers, KEY_HOLDER]
  await operator.waitForParties(
    parties,
    () => dead.length > 0,
    () => {},
  )
  await failIfDead()
  const { rounds, bins, lambda, noise } = options
  const settings = {
    ...(rounds !== undefined && { rounds }),
    ...(bins !== undefined && { bins }),
    ...(lambda !== undefined && { lambda }),
    ...(noise !== undefined && { sigma: noise }),
  }
  const request = {
    providers,
    labelHolders,
    production: !dataset.benchmark,
    settings,
    flags: flagsOf(options),
    leastProviders,
    targetPd: options.targetPd,
  }
  try {
    for await (const event of operator.run(request)) {
      if (event.event === 'phase') bars.phase(event.phase, event.total)
      else if (event.event === 'step') bars.step(event.done, event.detail)
      else if (event.event === 'done') return event.report
      else {
        await failIfDead()
        throw Object.assign(new serverErrors.RunFailed(event.text), { code: event.code })
      }
    }
  } catch (fault) {
    await failIfDead()
    throw fault
  }
  await failIfDead()
  throw new serverErrors.RunFailed('the platform closed the connection')
}

async function deliver(report: LaunchReport, options: StartOptions): Promise<void> {
  const text = JSON.stringify(report, null, 2)
  if (options.report !== undefined) await writeFile(options.report, `${text}\n`)
  process.stdout.write(options.json ? `${text}\n` : printableReport(report))
}

async function serve(
  operator: Operator,
  prepared: Prepared,
  dataset: Dataset,
  run: RunReport,
  bars: ProgressBars,
  stopped: Promise<void>,
): Promise<void> {
  const base = `http://${HOST}:${prepared.port}`
  const key = await operator.createKey('demonstration bank')
  const example = encodeURIComponent(dataset.roster.ids[0])
  bars.note(
    [
      `Serving snapshot ${run.snapshotId} at ${base} until interrupted (Ctrl-C).`,
      `  curl -H 'Authorization: Bearer ${key}' ${base}/v1/scores/${example}`,
      `  curl -H 'Authorization: Bearer ${key}' '${base}/v1/whitelist?limit=5'`,
      `  ${base}/documentation`,
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
  bars: ProgressBars,
  stopped: Promise<void>,
): Promise<void> {
  if (options.once) return
  const current = await operator.currentSnapshot().catch(() => null)
  if (current === null) return
  const { message } = fault as Error
  bars.note(
    `\nyinxin: ${message}\nThe last good snapshot ${current} stays served at http://${HOST}:${prepared.port} until interrupted (Ctrl-C).`,
  )
  await processes.stop([PLATFORM])
  await stopped
}

/** Resolves on the first interrupt; a second one ends the process at once. */
function stopOnSignal(processes: ProcessGroup): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve()
        // Before the service phase nobody waits for this promise: end the run instead.
        void processes.stop()
      })
    }
  })
}

async function versions(): Promise<Record<string, string>> {
  const root = join(import.meta.dirname, '..', '..')
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  return { yinxin: version, node: process.version, platform: `${process.platform}-${process.arch}` }
}
