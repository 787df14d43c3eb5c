/** kill -9 of real processes at chosen messages: the run ends with the identical model, and nothing is released twice or lost. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEY_HOLDER, PLATFORM } from '../../federation/index.ts'
import { smallSet, writeSet } from '../e2e/small-set.ts'
import {
  describePoint,
  FederationOfProcesses,
  type KillPoint,
  type Outcome,
} from './federation-of-processes.ts'

const FULL = process.env.YINXIN_FULL === '1'
/** Points of the full suite beside those that are always tried. */
const POINTS = 24

let folder = ''
let federation: FederationOfProcesses
/** The first run opens the fine bins, so it is the only one that can be disturbed there. */
let first: Outcome
let undisturbed: Outcome
const duringBins: KillPoint = {
  message: { from: 'water', to: PLATFORM, type: 'bins.answer', round: 0 },
  victim: 'water',
  when: 'after',
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-kill-'))
  const set = await writeSet(smallSet(1000, 2, 1), join(folder, 'set'))
  federation = await FederationOfProcesses.start(set, folder)
  first = await federation.run(0, duringBins)
  undisturbed = await federation.run(0)
}, 600_000)
afterAll(async () => {
  await federation?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const columnsOf = ({ scorecards }: Outcome) =>
  Object.fromEntries(Object.entries(scorecards).map(([name, { columns }]) => [name, columns]))
const chargesOf = ({ ledgers }: Outcome, server: string) =>
  ledgers[server].map(({ what, released }) => `${what}: ${released}`).sort()
const receivedBy = ({ transcripts }: Outcome, server: string) =>
  transcripts[server].map(({ from, type, round }) => `${from} ${type} ${round}`).sort()

/** Holds of every run, whatever was drawn in it. */
function expectWhole(outcome: Outcome) {
  const { run, planHash } = outcome.report
  for (const { run: of, planHash: plan } of Object.values(outcome.scorecards))
    expect({ of, plan }).toEqual({ of: run, plan: planHash })
  expect(outcome.ledgers[PLATFORM]).toEqual(outcome.ledgers[KEY_HOLDER])
  const charges = outcome.ledgers[PLATFORM].map(({ what }) => what)
  expect(new Set(charges).size, 'each charge once').toBe(charges.length)
  for (const server of [PLATFORM, KEY_HOLDER]) {
    const hashes = outcome.transcripts[server].map(({ hash }) => hash)
    expect(new Set(hashes).size, `${server} heard every message once`).toBe(hashes.length)
  }
}

/** Holds of a run without noise: it ends as the undisturbed one. */
function expectSame(outcome: Outcome) {
  expectWhole(outcome)
  expect(columnsOf(outcome)).toEqual(columnsOf(undisturbed))
  expect(outcome.totals).toEqual(undisturbed.totals)
  for (const server of [PLATFORM, KEY_HOLDER]) {
    expect(chargesOf(outcome, server)).toEqual(chargesOf(undisturbed, server))
    expect(receivedBy(outcome, server)).toEqual(receivedBy(undisturbed, server))
  }
}

/** Messages spread over the whole run; sender, receiver and platform die in turn, before and after. */
function spread(count: number): KillPoint[] {
  const { passed } = undisturbed
  return Array.from({ length: count }, (_, index) => {
    const message = passed[Math.floor(((index + 0.5) * passed.length) / count)]
    const victim = [message.from, message.to, PLATFORM][index % 3]
    return { message, victim, when: index % 2 === 0 ? 'before' : 'after' }
  })
}

describe('a process that is killed (SIGKILL) at a message and started again', () => {
  it('a provider, when its fine bins have just left: the model is that of an undisturbed run', () => {
    expect(first.kills).toBe(1)
    expectWhole(first)
    expect(columnsOf(first)).toEqual(columnsOf(undisturbed))
    expect(first.totals).toEqual(undisturbed.totals)
  })

  it('control: without a kill a run of other labels would differ, and this one has charges and messages', () => {
    expect(undisturbed.kills).toBe(0)
    expectWhole(undisturbed)
    expect(undisturbed.ledgers[PLATFORM].length).toBeGreaterThan(2)
    expect(undisturbed.passed.length).toBeGreaterThan(30)
  })

  it('the platform, before it takes an answer of a round', async () => {
    const point: KillPoint = {
      message: { from: 'tax', to: PLATFORM, type: 'round.answer', round: 2 },
      victim: PLATFORM,
      when: 'before',
    }
    const outcome = await federation.run(0, point)
    expect(outcome.kills).toBe(1)
    expectSame(outcome)
  }, 300_000)

  it.runIf(FULL)(
    `any, at ${POINTS} messages of all phases`,
    async () => {
      const failed: string[] = []
      for (const point of spread(POINTS)) {
        try {
          const outcome = await federation.run(0, point)
          expect(outcome.kills).toBe(1)
          expectSame(outcome)
        } catch (fault) {
          failed.push(`${describePoint(point)}: ${(fault as Error).message}`)
        }
      }
      expect(failed).toEqual([])
    },
    3_600_000,
  )

  it.runIf(FULL)(
    'with noise: each charge is made once, and all providers keep their part of one model',
    async () => {
      for (const [index, point] of spread(3).entries()) {
        const outcome = await federation.run(2 + index, point)
        expect(outcome.kills).toBe(1)
        expectWhole(outcome)
      }
    },
    600_000,
  )
})
