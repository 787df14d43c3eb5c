/**
 * `npm run bench:training`: the joint training beside the same arithmetic in the clear. All parties on one machine: in one
 * process whose engine has `--threads` threads, or with `--processes` each in a process of its own with one thread. JSON on
 * stdout: seconds per phase and round, the floor of a round counted from its primitives and the ratio to it, bytes, memory.
 * In one process the messages of nine parties lie beside a small heap, and V8 would collect it after every 64 MB of them; the
 * script's `--external-memory-accounted-in-global-limit` keeps that out (a tenth of a round).
 * `--rows`, `--providers`, `--columns`, `--bins`, `--rounds`, `--sigma` change the size; four fifths of the rows train.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import {
  createEngine,
  oneProcessConsortium,
  type PartyPolicy,
  PHASES,
  rowsOfFolds,
  secureRandom,
} from '../federation/index.ts'
import { additiveTotals, buildBasis, encodeBasis, LocalStep } from '../models/index.ts'
import { labels, providerData, providerNames, roster } from './portfolio.ts'
import { floorOf, measurePrimitives } from './primitives.ts'
import { consortiumOfProcesses } from './processes.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '30000' },
    providers: { type: 'string', default: '6' },
    columns: { type: 'string', default: '4' },
    bins: { type: 'string', default: '7' },
    rounds: { type: 'string', default: '8' },
    sigma: { type: 'string', default: '0' },
    threads: { type: 'string', default: '2' },
    processes: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const [rows, providers, columns, bins, rounds, sigma, threads] = (
  ['rows', 'providers', 'columns', 'bins', 'rounds', 'sigma', 'threads'] as const
).map((name) => Number(values[name]))
const LAMBDA = 100
const size = { rows, providers, columns }
const policy: PartyPolicy = { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null }

/** The same rounds in the clear: residual, gradients, local steps. Seconds. */
function plainRounds(): number {
  const { folds } = roster(size)
  const train = rowsOfFolds(folds, [1, 2, 3, 4])
  const { bad } = labels(size)
  const y = Uint8Array.from(train, (row) => bad[row])
  const p0 = y.reduce((sum, value) => sum + value, 0) / train.length
  const a = Math.round(4096 / (1 - p0))
  const c = Math.round(4096 / (p0 * (1 - p0)))
  const parties = providerNames(size).map((_, k) => {
    const { columns: own } = providerData(size, k)
    const basis = buildBasis(own, { bins, rows: train })
    const codes = encodeBasis(basis, own, train)
    const ranges = basis.columns.map(({ from, to }) => ({ from, to }))
    const step = new LocalStep({
      codes,
      width: basis.width,
      ranges,
      c: 1,
      lambda: LAMBDA,
      kappa: 1 / providers,
    })
    return { codes, step, width: basis.width }
  })
  const from = performance.now()
  for (let round = 0; round < rounds; round++) {
    const residual = Float64Array.from(y, (value) => a - c * value)
    for (const { codes, step } of parties) {
      const { totals } = additiveTotals(codes, step.lookAhead, 4 * 4096)
      for (let i = 0; i < residual.length; i++) residual[i] += totals[i]
    }
    for (const { codes, step, width } of parties) {
      const gradient = new Float64Array(width)
      for (const column of codes) for (let i = 0; i < residual.length; i++) gradient[column[i]] += residual[i]
      step.advance(gradient)
    }
  }
  return (performance.now() - from) / 1000
}

async function inOneProcess() {
  const services = { engine: createEngine(threads), random: secureRandom, clock: { now: () => new Date() } }
  const consortium = await oneProcessConsortium({
    providers: Object.fromEntries(providerNames(size).map((name, k) => [name, providerData(size, k)])),
    labelHolders: { bank: labels(size) },
    roster: roster(size),
    policy,
    services,
    sink: () => ({ keep: async () => {} }),
  })
  const memory = () => ({ 'all parties': Math.round(process.resourceUsage().maxRSS / 1024) })
  return { ...consortium, memory }
}

const primitives = await measurePrimitives()
const consortium = values.processes ? await consortiumOfProcesses(size, policy) : await inOneProcess()
await consortium.greet()
const began: number[] = []
const result = await consortium.platform.run(
  {
    run: 'bench',
    purpose: 'benchmark',
    providers: providerNames(size),
    labelHolders: ['bank'],
    production: false,
    settings: { bins, rounds, lambda: LAMBDA, sigma },
    flags: ['override-limits'],
    leastProviders: 2,
    targetPd: 0.03,
  },
  {
    phase: (name) => {
      if (name === 'training') began.push(performance.now())
      process.stderr.write(`${name} ...\n`)
    },
    step: (name, done) => {
      if (name !== 'training') return
      began.push(performance.now())
      process.stderr.write(`round ${done}: ${((began.at(-1)! - began.at(-2)!) / 1000).toFixed(2)} s\n`)
    },
  },
)
const { seconds, plan } = result
const memoryMb = consortium.memory()
const { bytes } = consortium.transport
await consortium.close()
const each = began.slice(1).map((at, index) => (at - began[index]) / 1000)
const perRound = [...each].sort((a, b) => a - b)[each.length >> 1]
const used = values.processes ? Math.min(availableParallelism(), providers + 3) : threads
const floor = floorOf(plan, primitives, used)
const plain = values.plain ? plainRounds() / rounds : null
process.stdout.write(
  `${JSON.stringify(
    {
      ...{ rows, trainRows: plan.trainRows, providers, rounds, sigma },
      parties: values.processes ? 'one process each' : `one process, ${threads} threads`,
      basisColumns: plan.providers.reduce((sum, { width }) => sum + width, 0),
      packing: plan.packing,
      seconds: Object.fromEntries(PHASES.map((phase) => [phase, seconds[phase]])),
      secondsPerRound: { median: perRound, each },
      floorSeconds: floor.seconds,
      ratioToFloor: perRound / floor.seconds,
      floor,
      plainSecondsPerRound: plain,
      ratioToPlain: plain === null ? null : perRound / plain,
      ...{ bytes, memoryMb, primitives },
    },
    null,
    2,
  )}\n`,
)
