/**
 * 3. Three departments train. A whole run: platform, key holder, three departments and two banks. Each is a node of its
 * own; all that passes between them is a signed and sealed envelope.
 *
 * Run: npx node examples/3_three_departments_train.ts
 */
import { createHash } from 'node:crypto'
import {
  ASSUMPTION,
  createEngine,
  oneProcessConsortium,
  type ProviderData,
  rowsOfFolds,
  secureRandom,
  WHO_LEARNS_WHAT,
} from '../federation/index.ts'
import { auc, CELL } from '../models/index.ts'

// A made-up city: a firm's health shows a little in each department's column, and in who defaults.
const FIRMS = 6000
let seed = 7
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
const health = Float64Array.from({ length: FIRMS }, () => random() + random() + random() - 1.5)
const bad = Uint8Array.from(health, (value) => (random() < 1 / (1 + Math.exp(2 + 3 * value)) ? 1 : 0))

/** A column that four firms in five have a cell in. */
const departmentOf = (name: string): ProviderData => {
  const state = Uint8Array.from(health, () => (random() < 0.8 ? CELL.held : CELL.notHeld))
  const values = health.map((value, row) => (state[row] === CELL.held ? value + 2 * random() : Number.NaN))
  const columns = [{ kind: 'numeric' as const, name, values, state }]
  return { columns, exclusions: new Uint8Array(FIRMS) }
}
/** A bank knows how three firms in five turned out. Several banks may know the same firm. */
const bank = () => {
  const labelled = Uint8Array.from(health, () => (random() < 0.6 ? 1 : 0))
  return { labelled, bad: labelled.map((known, row) => known & bad[row]) }
}
const departments = { water: departmentOf('bill'), gas: departmentOf('bill'), tax: departmentOf('paid') }
const banks = { 'bank-1': bank(), 'bank-2': bank() }
const folds = Uint8Array.from({ length: FIRMS }, (_, row) => row % 5)
const policy = { leastProviders: 3, leastSigma: 1, overrideLimits: true, mostEpsilon: null }
const roster = { size: FIRMS, digest: createHash('sha256').update(folds).digest('hex'), folds }
const { platform, transport, greet, close } = await oneProcessConsortium({
  providers: departments,
  labelHolders: banks,
  roster,
  policy,
  services: { engine: createEngine(0), random: secureRandom, clock: { now: () => new Date() } },
  sink: (name) => ({ keep: async () => console.log(`${name} keeps its own part of the scorecard`) }),
})
await greet()

const result = await platform.run(
  {
    run: 'run-1',
    purpose: 'lesson',
    providers: Object.keys(departments),
    labelHolders: Object.keys(banks),
    production: false,
    settings: { bins: 5, rounds: 4, lambda: 100, sigma: 4 },
    flags: [],
    leastProviders: 3,
    targetPd: 0.05,
  },
  { phase: (name) => console.log(`- ${name}`), step: () => {} },
)

const test = rowsOfFolds(folds, [0])
const testBad = Uint8Array.from(test, (row) => bad[row])
console.log(
  `\nTest AUC as the parties know it, from noisy counts: ${result.assessment.metrics.test.auc.toFixed(3)}`,
)
console.log('Test AUC in the clear, which only this script can know because it made the data:')
const { totals } = result.assessment
console.log(
  `  joint model  ${auc(
    Int32Array.from(test, (row) => totals[row]),
    testBad,
  ).toFixed(3)}`,
)
for (const [name, { columns }] of Object.entries(departments)) {
  const [column] = columns
  const alone = (row: number) =>
    column.kind === 'numeric' && column.state[row] === CELL.held ? column.values[row] : 1
  const scores = Int32Array.from(test, (row) => Math.round(1000 * alone(row)))
  console.log(`  ${name.padEnd(5)} alone  ${auc(scores, testBad).toFixed(3)}`)
}
const megabytes = (transport.bytes / 1e6).toFixed(0)
console.log(`epsilon ${result.privacy.epsilon?.toFixed(1)}, ${megabytes} MB between the parties\n`)
for (const { party, learns } of WHO_LEARNS_WHAT) console.log(`${party} learns: ${learns}`)
console.log(ASSUMPTION.en)
await close()
