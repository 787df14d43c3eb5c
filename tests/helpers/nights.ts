/** A trained test consortium whose data, roster and parties may change from night to night, and its totals in the clear. */
import { createHash } from 'node:crypto'
import { afterAll } from 'vitest'
import {
  memoryLedger,
  memoryNightFiles,
  type Node,
  PLATFORM,
  type RosterView,
  type RunPlan,
} from '../../federation/index.ts'
import type { NightModel, NightTotals } from '../../federation/night/night-context.ts'
import type { NightPolicy } from '../../federation/night/policy.ts'
import type { RosterLineage } from '../../federation/night/row-map.ts'
import { planText } from '../../federation/plan.ts'
import { CELL, type Column, type ProviderScorecard } from '../../models/index.ts'
import { type ConsortiumInput, type TestConsortium, testConsortium } from './consortium.ts'
import { syntheticInput } from './synthetic.ts'

interface Data {
  columns: readonly Column[]
  exclusions: Uint8Array
}

export interface NightWorld {
  consortium: TestConsortium
  readonly names: readonly string[]
  readonly data: Map<string, Data>
  readonly scorecards: Map<string, ProviderScorecard>
  readonly files: Map<string, ReturnType<typeof memoryNightFiles>>
  /** What the servers' next process reads. */
  readonly ledgers: { platform: ReturnType<typeof memoryLedger>; keyHolder: ReturnType<typeof memoryLedger> }
  /** Providers that do not answer. */
  readonly away: Set<string>
  readonly planHash: string
  readonly model: NightModel
  /** Where lists of authorised firms are issued. */
  readonly desk: TestConsortium['desk']
  clock: Date
  /** Ends every process and starts it again from its disk. */
  restart(): Promise<void>
  /** Starts one party anew in the middle of whatever is going on: it has its disk and nothing else. */
  restartOne(party: string): Promise<void>
  /** Scores tonight. */
  night(): Promise<NightTotals>
  /** Changes one cell of each of a provider's columns in some rows. */
  change(name: string, rows?: readonly number[]): void
  /** Puts enterprises on the roster or takes them off: for each new row its old one, -1 for a new enterprise. */
  moveRoster(rows: readonly number[]): void
  /** Sum of points in the clear, of each provider's data as they are given. */
  totals(data?: ReadonlyMap<string, Data>): Int32Array
  points(name: string, data?: Data): Int32Array
  /** Data as they are now, to be compared with later. */
  snapshot(): Map<string, Data>
}

export interface WorldOptions {
  readonly rows?: number
  readonly providers?: number
  readonly publicProviders?: readonly string[]
  /** 1 for each firm on the list of authorised ones; such a world has its training for itself. */
  readonly authorised?: Uint8Array
  readonly policy?: Partial<NightPolicy>
  readonly policyOf?: (party: string) => Partial<NightPolicy>
  readonly leastProvidersOf?: (party: string) => number
}

const digestOf = (rows: readonly number[], generation: number): string =>
  createHash('sha256')
    .update(`${generation} ${rows.join(' ')}`)
    .digest('hex')

/** What is there after training, to be copied for many worlds. */
interface Trained {
  readonly input: ConsortiumInput
  readonly plan: RunPlan
  readonly planHash: string
  readonly enrolled: TestConsortium['enrolled']
  readonly ledgers: readonly [string, string]
  readonly scorecards: Map<string, ProviderScorecard>
  readonly desk: TestConsortium['desk']
  readonly files: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>
}

const POLICY = { leastSigma: 0, overrideLimits: true, mostEpsilon: null }
const START = '2026-11-24T22:00:00.000Z'
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const trained = new Map<string, Promise<Trained>>()

/** Lists are valid for an hour from now, so a world with one lives now, and its nights follow each other in minutes. */
const beginOf = ({ authorised }: WorldOptions): Date => (authorised ? new Date() : new Date(START))

async function train(options: WorldOptions): Promise<Trained> {
  const { rows = 800, providers = 4, publicProviders = [] } = options
  const input: ConsortiumInput = {
    ...syntheticInput({ rows, providers, banks: 1, seed: 5, rounds: 1, columns: 2, bins: 3 }),
    publicProviders,
    ...(options.authorised && { authorised: options.authorised }),
  }
  const files = new Map<string, ReturnType<typeof memoryNightFiles>>()
  const ledgers = { platform: memoryLedger(), keyHolder: memoryLedger() }
  const consortium = await testConsortium({
    ...input,
    policy: { ...POLICY, leastProviders: 2 },
    services: { clock: { now: () => beginOf(options) } },
    nights: { files: (party) => filesOf(files, party) },
    kept: { ledgers },
  })
  const { plan, planHash } = await consortium.run()
  await consortium.close()
  return {
    ...{ input, plan, planHash, enrolled: consortium.enrolled },
    desk: consortium.desk,
    ledgers: [ledgers.platform.text, ledgers.keyHolder.text],
    scorecards: consortium.scorecards as Map<string, ProviderScorecard>,
    files: new Map([...files].map(([party, { pieces }]) => [party, new Map(pieces)])),
  }
}

function filesOf(files: Map<string, ReturnType<typeof memoryNightFiles>>, party: string) {
  if (!files.has(party)) files.set(party, memoryNightFiles())
  return files.get(party) as ReturnType<typeof memoryNightFiles>
}

/** A consortium that has trained a model; nothing is scored yet. Worlds of the same size share one training. */
export async function nightWorld(options: WorldOptions = {}): Promise<NightWorld> {
  const { policy = {} } = options
  const { rows: size, providers, publicProviders } = options
  const key = JSON.stringify([size, providers, publicProviders, options.authorised && 'listed'])
  if (!trained.has(key)) trained.set(key, train(options))
  const of = await (trained.get(key) as Promise<Trained>)
  const { plan, planHash, scorecards, desk } = of
  const { authorised: _, ...input } = of.input
  const rows = input.folds.length
  const data = new Map<string, Data>(
    input.providers.map(({ name, columns, exclusions }) => [name, { columns, exclusions }]),
  )
  const files = new Map<string, ReturnType<typeof memoryNightFiles>>()
  for (const [party, pieces] of of.files)
    for (const [name, bytes] of pieces) filesOf(files, party).pieces.set(name, bytes)
  const ledgers = { platform: memoryLedger(of.ledgers[0]), keyHolder: memoryLedger(of.ledgers[1]) }
  const world = { clock: beginOf(options) }
  const first = createHash('sha256').update(input.folds).digest('hex')
  let roster: RosterView = { size: rows, digest: first, folds: input.folds }
  /** For each earlier roster the row there of each present row. */
  let history = new Map([[first, Int32Array.from({ length: rows }, (_, row) => row)]])
  const lineage: RosterLineage = { rowsOf: (digest) => history.get(digest) ?? null }
  const rulesOf = (name: string) => {
    const authorisation = desk?.rules(rows)[name]
    return authorisation ? { authorisation } : {}
  }
  const start = (life = 1) =>
    testConsortium({
      ...input,
      policy: { ...POLICY, leastProviders: 3 },
      kept: {
        ...{ ledgers, enrolled: of.enrolled },
        life: (node) => ({ session: `session ${life} of ${node}`, life }),
      },
      services: { clock: { now: () => world.clock } },
      nights: {
        files: (party) => filesOf(files, party),
        scorecards: (name) => ({ load: async () => scorecards.get(name) ?? null }),
        policy: options.policyOf ?? (() => policy),
        ...(options.leastProvidersOf && { leastProviders: options.leastProvidersOf }),
        provider: async (name) => ({ roster, lineage, data: data.get(name) as Data, ...rulesOf(name) }),
        server: async () => ({
          roster,
          lineage,
          ...(desk && { authorisation: desk.source(PLATFORM, rows) }),
        }),
      },
    })
  const consortium = await start()
  await consortium.greet()
  const model = { planHash, plan: planText(plan), purpose: plan.purpose, trainedAt: START }
  const names = input.providers.map(({ name }) => name)
  const away = new Set<string>()
  const points = (name: string, of = data.get(name) as Data): Int32Array =>
    plainPoints(scorecards.get(name) as ProviderScorecard, of.columns)
  const made: NightWorld = Object.assign(world, {
    consortium,
    async restart() {
      made.consortium = await start()
      await made.consortium.greet()
    },
    async restartOne(party: string) {
      const { nodes, transport } = await start(2)
      const fresh = nodes.get(party) as Node
      for (const [name, node] of made.consortium.nodes) if (name !== party) transport.join(node)
      made.consortium.transport.join(fresh)
    },
    names,
    data,
    scorecards,
    files,
    ledgers,
    away,
    ...{ planHash, model, desk, points },
    async night() {
      world.clock = new Date(world.clock.getTime() + (desk ? MINUTE_MS : DAY_MS))
      return made.consortium.nights.run({ model, isThere: (party) => !away.has(party) })
    },
    change(name: string, changed: readonly number[] = [0, 1, 2, 5, 8, 13]) {
      const { columns, exclusions } = data.get(name) as Data
      data.set(name, { exclusions, columns: columns.map((column) => otherCells(column, changed)) })
    },
    moveRoster(moved: readonly number[]) {
      const map = Int32Array.from(moved)
      history = new Map(
        [...history].map(([digest, old]) => [digest, map.map((row) => (row < 0 ? -1 : old[row]))]),
      )
      roster = { size: map.length, digest: digestOf(moved, history.size), folds: new Uint8Array(map.length) }
      history.set(
        roster.digest,
        Int32Array.from({ length: map.length }, (_, row) => row),
      )
      for (const [name, { columns, exclusions }] of data) {
        data.set(name, {
          columns: columns.map((column) => moveColumn(column, map)),
          exclusions: Uint8Array.from(map, (row) => (row < 0 ? 0 : exclusions[row])),
        })
      }
    },
    totals(of: ReadonlyMap<string, Data> = data) {
      const sum = new Int32Array(roster.size)
      for (const name of names) {
        const own = points(name, of.get(name))
        for (let row = 0; row < sum.length; row++) sum[row] += own[row]
      }
      return sum
    },
    snapshot: () => new Map(data),
  })
  return made
}

/** Makes the worlds of a test file; they end with it. */
export function worldsOfFile(): typeof nightWorld {
  const worlds: NightWorld[] = []
  afterAll(async () => {
    for (const { consortium } of worlds) await consortium.close()
  })
  return async (options) => {
    const made = await nightWorld(options)
    worlds.push(made)
    return made
  }
}

/** Points by the scorecard's words, row by row: nothing of the product's encoding. */
function plainPoints({ columns: rules }: ProviderScorecard, columns: readonly Column[]): Int32Array {
  const rows = columns[0].state.length
  const points = new Int32Array(rows)
  for (const rule of rules) {
    const column = columns.find(({ name }) => name === rule.name) as Column
    for (let row = 0; row < rows; row++) {
      const special = [null, 'missing', 'not held', null][column.state[row]]
      let bin = -1
      if (column.state[row] !== CELL.held)
        bin = rule.bins.findIndex((one) => one.special === special && special !== null)
      else if (column.kind === 'numeric')
        bin = Number.isNaN(column.values[row])
          ? -1
          : (rule.cuts ?? []).filter((cut) => cut < column.values[row]).length
      else {
        const own = (rule.categories ?? []).indexOf(column.categories[column.codes[row]])
        bin = own >= 0 ? own : (rule.other ?? -1)
      }
      if (bin >= 0) points[row] += rule.bins[bin].points
    }
  }
  return points
}

/** Other values in some rows, far enough to fall into other bins. */
function otherCells(column: Column, rows: readonly number[]): Column {
  if (column.kind === 'numeric') {
    const values = Float64Array.from(column.values)
    const state = Uint8Array.from(column.state)
    for (const row of rows) {
      values[row] = values[row] > 1 ? -50 : 50
      state[row] = CELL.held
    }
    return { ...column, values, state }
  }
  const codes = Int32Array.from(column.codes)
  const state = Uint8Array.from(column.state)
  for (const row of rows) {
    codes[row] = codes[row] === 0 ? 3 : 0
    state[row] = CELL.held
  }
  return { ...column, codes, state }
}

function moveColumn(column: Column, map: Int32Array): Column {
  const state = Uint8Array.from(map, (row) => (row < 0 ? CELL.notHeld : column.state[row]))
  return column.kind === 'numeric'
    ? {
        ...column,
        state,
        values: Float64Array.from(map, (row) => (row < 0 ? Number.NaN : column.values[row])),
      }
    : { ...column, state, codes: Int32Array.from(map, (row) => (row < 0 ? -1 : column.codes[row])) }
}

export { PLATFORM }
