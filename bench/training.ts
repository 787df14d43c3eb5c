/**
 * `npm run bench:training`: the joint training in one process and on one thread, beside the same arithmetic in the clear.
 * The columns are made from a fixed seed. JSON on stdout: seconds per phase and round, bytes, and the ratio of the secure
 * to the plain rounds. `--rows`, `--providers`, `--columns`, `--bins`, `--rounds` change the size.
 */
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import {
  createEngine,
  oneProcessConsortium,
  PHASES,
  type ProviderData,
  rowsOfFolds,
  secureRandom,
} from '../federation/index.ts'
import { additiveTotals, buildBasis, CELL, encodeBasis, LocalStep } from '../models/index.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '30000' },
    providers: { type: 'string', default: '6' },
    columns: { type: 'string', default: '4' },
    bins: { type: 'string', default: '7' },
    rounds: { type: 'string', default: '8' },
  },
})
const [rows, providers, columns, bins, rounds] = (
  ['rows', 'providers', 'columns', 'bins', 'rounds'] as const
).map((name) => Number(values[name]))
const LAMBDA = 100

let state = 20261124
const random = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const health = Float64Array.from({ length: rows }, () => random() + random() + random() - 1.5)
const bad = Uint8Array.from(health, (value) => (random() < 1 / (1 + Math.exp(1.5 + 3 * value)) ? 1 : 0))
const labelled = new Uint8Array(rows).fill(1)
const folds = Uint8Array.from({ length: rows }, (_, row) => row % 5)
const column = (name: string) => ({
  kind: 'numeric' as const,
  name,
  values: health.map((value) => value + 3 * random()),
  state: new Uint8Array(rows).fill(CELL.held),
})
const data: Record<string, ProviderData> = Object.fromEntries(
  Array.from({ length: providers }, (_, k) => [
    `provider-${k + 1}`,
    {
      columns: Array.from({ length: columns }, (_, j) => column(`c${j + 1}`)),
      exclusions: new Uint8Array(rows),
    },
  ]),
)

/** The same rounds in the clear: residual, gradients, local steps. */
function plainRounds(): number {
  const train = rowsOfFolds(folds, [1, 2, 3, 4])
  const y = Uint8Array.from(train, (row) => bad[row])
  const p0 = y.reduce((sum, value) => sum + value, 0) / train.length
  const a = Math.round(4096 / (1 - p0))
  const c = Math.round(4096 / (p0 * (1 - p0)))
  const parties = Object.values(data).map(({ columns: own }) => {
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

const services = { engine: createEngine(2), random: secureRandom, clock: { now: () => new Date() } }
const consortium = await oneProcessConsortium({
  providers: data,
  labelHolders: { bank: { labelled, bad } },
  roster: { size: rows, digest: createHash('sha256').update(folds).digest('hex'), folds },
  policy: { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null },
  services,
  sink: () => ({ keep: async () => {} }),
})
await consortium.greet()
const result = await consortium.platform.run(
  {
    run: 'bench',
    purpose: 'benchmark',
    providers: Object.keys(data),
    labelHolders: ['bank'],
    production: false,
    settings: { bins, rounds, lambda: LAMBDA, sigma: 0 },
    flags: ['override-limits'],
    leastProviders: 2,
    targetPd: 0.03,
  },
  { phase: (name) => process.stderr.write(`${name} ...\n`), step: () => {} },
)
await consortium.close()
const plain = plainRounds()
const { seconds, plan } = result
process.stdout.write(
  `${JSON.stringify(
    {
      rows,
      trainRows: plan.trainRows,
      providers,
      basisColumns: plan.providers.reduce((sum, { width }) => sum + width, 0),
      rounds,
      blockRows: plan.packing.blockRows,
      seconds: Object.fromEntries(PHASES.map((phase) => [phase, seconds[phase]])),
      secondsPerRound: seconds.training / rounds,
      plainSecondsPerRound: plain / rounds,
      ratioToPlain: seconds.training / plain,
      bytes: consortium.transport.bytes,
      peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
    },
    null,
    2,
  )}\n`,
)
