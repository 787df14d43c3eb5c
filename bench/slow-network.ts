/**
 * `npm run bench:slow-network`: a federation of real processes with real journals where each provider and label holder has a slow
 * link to the platform, by the kernel where it can and may, else by a proxy. JSON on stdout: seconds of training and of a round, bytes a provider and round against what the link can
 * carry, memory of every process idle and at its most, processor seconds. `--rows`, `--providers`, `--columns`, `--bins`, `--rounds`,
 * `--megabits`, `--delay` (milliseconds one way) change the size; four fifths of the rows train.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { KEY_HOLDER, PLATFORM } from '../federation/index.ts'
import { openDataSet } from '../server/launch/data-set.ts'
import { freePort } from '../server/launch/free-port.ts'
import { type PreparedNode, prepareConsortium } from '../server/launch/prepare.ts'
import { ProcessGroup } from '../server/launch/processes.ts'
import { RunView, reportOfEnd } from '../server/operator/follow.ts'
import { Operator } from '../server/operator/operator.ts'
import type { RunReport } from '../server/platform/control/run-report.ts'
import { kernelLinks, kernelRefusal, type Links, userSpaceLinks } from './links.ts'
import { figuresOf, type ProcessFigures } from './process-figures.ts'
import { writeBenchSet } from './slow-network-set.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '37500' },
    providers: { type: 'string', default: '6' },
    columns: { type: 'string', default: '20' },
    bins: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '8' },
    megabits: { type: 'string', default: '20' },
    delay: { type: 'string', default: '20' },
  },
})
const [rows, providerCount, columns, bins, rounds, megabits, delayMs] = (
  ['rows', 'providers', 'columns', 'bins', 'rounds', 'megabits', 'delay'] as const
).map((name) => Number(values[name]))
const HOST = '127.0.0.1'
const LAMBDA = 100
const SIGMA = 10
/** Nodes that are up and have nothing to do are looked at after this time. */
const IDLE_MS = 5000
const say = (text: string) => void process.stderr.write(`${text}\n`)

/** Sends a node's calls to the platform over its slow link. */
async function slowDown(node: PreparedNode, links: Links, port: number): Promise<void> {
  const near = await links.open(node.name, port)
  const config = JSON.parse(await readFile(node.configFile, 'utf8'))
  const platform = String(config.platform).replace(`:${port}`, `:${near}`)
  await writeFile(node.configFile, JSON.stringify({ ...config, platform }, null, 2))
}

async function everyProcess(group: ProcessGroup, nodes: readonly PreparedNode[]) {
  const figures = await Promise.all(nodes.map(({ name }) => figuresOf(group.pidOf(name))))
  return new Map<string, ProcessFigures>(nodes.map(({ name }, at) => [name, figures[at]]))
}

const folder = await mkdtemp(join(tmpdir(), 'yinxin-slow-network-'))
const refusal = kernelRefusal({ megabits, delayMs })
if (refusal !== null)
  say(`No network namespaces with netem here (${refusal}): the links are proxies in user space.`)
const links = (refusal === null ? kernelLinks : userSpaceLinks)({ megabits, delayMs })
const dead = Promise.withResolvers<never>()
const group = new ProcessGroup((name) =>
  dead.reject(new Error(`the process of ${name} ended; see ${folder}`)),
)
dead.promise.catch(() => {})
let done = false
try {
  const data = await openDataSet(
    await writeBenchSet({ rows, providers: providerCount, columns }, join(folder, 'set')),
  )
  const port = await freePort(HOST)
  const prepared = await prepareConsortium(data, folder, {
    port,
    policy: { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null },
  })
  const { nodes } = prepared
  const slow = nodes.filter(({ role }) => role === 'provider' || role === 'label-holder')
  for (const node of slow) await slowDown(node, links, port)
  const operator = new Operator(`http://${HOST}:${port}`, prepared.operatorToken)
  const stopped = () => false
  for (const node of nodes.filter(({ name }) => name === PLATFORM)) group.start(node)
  await Promise.race([dead.promise, operator.waitForParties([], stopped, () => {})])
  for (const node of nodes.filter(({ name }) => name !== PLATFORM)) group.start(node, links.within(node.name))
  const providers = data.providers.map(({ name }) => name)
  const labelHolders = [...data.labelHolders].sort()
  const parties = [...providers, ...labelHolders, KEY_HOLDER]
  await Promise.race([dead.promise, operator.waitForParties(parties, stopped, () => {})])
  await sleep(IDLE_MS)
  const idle = await everyProcess(group, nodes)
  const view = new RunView({ quiet: false, terminal: process.stderr.isTTY === true })
  const run = await operator.start({
    ...{ providers, labelHolders, production: false, leastProviders: 2, targetPd: 0.03 },
    settings: { bins, rounds, lambda: LAMBDA, sigma: SIGMA, megabits },
    flags: ['override-limits'],
  })
  const steps: number[] = []
  let counts: Awaited<ReturnType<Links['count']>>[] = []
  let report: RunReport | undefined
  const follow = async () => {
    for await (const event of operator.events(run, new AbortController().signal)) {
      view.show(event)
      if (event.event === 'phase' && event.phase === 'training') {
        steps.push(event.at)
        counts = [await links.count()]
      } else if (event.event === 'step' && event.phase === 'training') {
        steps.push(event.at)
        if (steps.length === rounds + 1) counts.push(await links.count())
      } else if (event.event === 'done' || event.event === 'failed' || event.event === 'stopped')
        report = reportOfEnd(event)
    }
  }
  await Promise.race([dead.promise, follow()])
  const after = await everyProcess(group, nodes)
  const { plan, seconds } = report as RunReport
  const each = steps.slice(1).map((at, index) => (at - steps[index]) / 1000)
  const median = [...each].sort((a, b) => a - b)[each.length >> 1]
  const perRound = (name: string) => ({
    up: (counts[1][name].up - counts[0][name].up) / rounds,
    down: (counts[1][name].down - counts[0][name].down) / rounds,
  })
  const linkFloor = Math.max(
    ...providers.map((name) => (Math.max(perRound(name).up, perRound(name).down) * 8) / (megabits * 1e6)),
  )
  process.stdout.write(
    `${JSON.stringify(
      {
        ...{ rows, trainRows: plan.trainRows, providers: providerCount, labelHolders: labelHolders.length },
        basisColumns: plan.providers.reduce((sum, { width }) => sum + width, 0),
        ...{ rounds, sigma: SIGMA, packing: plan.packing, cores: availableParallelism() },
        link: { kind: links.kind, megabits, delayMs },
        seconds,
        secondsPerRound: { median, each },
        bytesPerRound: Object.fromEntries(slow.map(({ name }) => [name, perRound(name)])),
        linkFloorSeconds: linkFloor,
        ratioToLinkFloor: median / linkFloor,
        processes: Object.fromEntries(
          nodes.map(({ name }) => [
            name,
            {
              idleMb: idle.get(name)?.residentMb,
              peakMb: after.get(name)?.peakMb,
              afterMb: after.get(name)?.residentMb,
              startCpuSeconds: idle.get(name)?.cpuSeconds,
              runCpuSeconds: (after.get(name)?.cpuSeconds ?? 0) - (idle.get(name)?.cpuSeconds ?? 0),
            },
          ]),
        ),
      },
      null,
      2,
    )}\n`,
  )
  done = true
} finally {
  await group.stop()
  links.close()
  if (done) await rm(folder, { recursive: true, force: true })
  else say(`What the nodes left is in ${folder}`)
}
