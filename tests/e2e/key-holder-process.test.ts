/**
 * The key holder as its own process, against a platform that deviates: what it refuses before any plan is signed, and after
 * kill -9. (A second set, a second answer and other plans are refused inside a run: tests/unit/federation/refusals.test.ts.)
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRoster, writeRoster } from '../../features/index.ts'
import {
  type AnyMessage,
  createIdentity,
  KEY_HOLDER,
  Membership,
  Node,
  PLATFORM,
} from '../../federation/index.ts'
import { snapshotOf } from '../../federation/snapshot.ts'
import { freePort } from '../../server/launch/free-port.ts'
import { Relay } from '../../server/transport/relay.ts'
import { writeMembers } from '../helpers/signed-members.ts'

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts')
const PROVIDERS = ['water', 'tax', 'land', 'courts']
const DIGEST = '0'.repeat(64)
const root = mkdtempSync(join(tmpdir(), 'yinxin-key-holder-'))
const enrolled = [
  createIdentity(PLATFORM, 'platform'),
  createIdentity(KEY_HOLDER, 'keyholder'),
  ...PROVIDERS.map((name) => createIdentity(name, 'provider')),
  createIdentity('bank', 'label-holder'),
]
const members = {
  ...{ consortium: 'refusals', suite: 'international' as const },
  members: enrolled.map(({ member }) => member),
}

let app: FastifyInstance
let relay: Relay
let platform: Node
let life = 0
/** The platform starts anew, and has forgotten every run. */
let bear: () => void
let holder: ChildProcess | undefined
const heard: AnyMessage[] = []
/** What the process of now wrote. */
let log = ''

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(50)
}

beforeAll(async () => {
  const port = await freePort('127.0.0.1')
  const folder = join(root, KEY_HOLDER)
  mkdirSync(folder)
  // The version of a list put together by hand is 0, that of the signed one 1.
  writeMembers(folder, members)
  writeFileSync(join(folder, 'identity.json'), JSON.stringify(enrolled[1].identity), { mode: 0o600 })
  await writeRoster(createRoster(['A', 'B', 'C']), join(folder, 'roster.txt'))
  const policy = { leastProviders: 3, leastSigma: 4, overrideLimits: false, mostEpsilon: null }
  writeFileSync(
    join(folder, 'node.json'),
    JSON.stringify({
      ...{ name: KEY_HOLDER, identity: 'identity.json', members: 'members.json', roster: 'roster.txt' },
      ...{ state: 'state', threads: 0, platform: `http://127.0.0.1:${port}`, policy },
      transcripts: 'transcripts',
    }),
  )
  const membership = new Membership({ ...members, version: 1 }, enrolled[0].identity)
  relay = new Relay(membership, () => Date.now(), { session: randomBytes(16).toString('hex') })
  bear = () => {
    life++
    platform = new Node(membership, relay, { session: randomBytes(16).toString('hex'), life })
    platform.attach({
      // What a former test left waiting in the relay is about another run.
      handle: async (message) => {
        if (message.run === '' || message.run === platform.current.run) heard.push(message)
      },
      state: () => ({}),
      restore: async () => {},
    })
  }
  bear()
  relay.onEnvelope = (envelope) => platform.receive(envelope)
  app = Fastify({ forceCloseConnections: true })
  relay.register(app)
  await app.listen({ host: '127.0.0.1', port })
}, 60_000)

afterAll(async () => {
  await kill()
  await app.close()
  rmSync(root, { recursive: true, force: true })
})

/** One process for all tests, unless one of them kills it. */
async function start(): Promise<void> {
  heard.length = 0
  log = ''
  if (holder) return
  holder = spawn(process.execPath, [MAIN, 'keyholder', join(root, KEY_HOLDER, 'node.json')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  holder.stderr?.on('data', (text) => {
    log += text
  })
  await hears('party.hello')
}

async function kill(): Promise<void> {
  const child = holder
  holder = undefined
  if (!child || child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

/** A message of a kind, once it is there; an end of the run instead fails the test. */
async function hears(type: AnyMessage['type']): Promise<AnyMessage> {
  for (;;) {
    const found = heard.find((message) => message.type === type || message.type === 'run.abort')
    if (found) {
      expect(found.type, JSON.stringify(found.body)).toBe(type)
      return found
    }
    await sleep(50)
  }
}

const open = (run: string, changes: object = {}): Promise<void> => {
  platform.current.run = run
  platform.current.plan = ''
  return platform.post(KEY_HOLDER, 'run.open', {
    providers: PROVIDERS,
    labelHolders: ['bank'],
    snapshot: snapshotOf(platform.membership.suite, ['bank'], [DIGEST], ['']),
    labelDigests: [DIGEST],
    labelPeriods: [''],
    memberList: platform.membership.version,
    ledger: { entries: 0, hash: '' },
    authorisation: null,
    production: true,
    labelSigma: 10,
    flags: [],
    ...changes,
  })
}

/** Code with which the key holder ended the run. */
async function refusal(): Promise<string> {
  const message = await hears('run.abort')
  return message.type === 'run.abort' ? message.body.code : ''
}

describe('the key holder process', () => {
  it('opens a run that keeps its rules (control)', async () => {
    await start()
    await open('run-control')
    await hears('ledger.state')
    expect(heard.some(({ type }) => type === 'run.abort')).toBe(false)
  }, 60_000)

  it.each([
    ['fewer than its minimum of providers', { providers: PROVIDERS.slice(0, 2) }, 'TOO_FEW_PROVIDERS'],
    ['label sums with less noise than it asks for', { labelSigma: 1 }, 'PLAN_REFUSED'],
  ])(
    'refuses a run with %s',
    async (what, changes, code) => {
      await start()
      await open(`run-${what.length}`, changes)
      expect(await refusal()).toBe(`YX_FEDERATION_${code}`)
      expect(heard.some(({ type }) => type === 'ledger.state')).toBe(false)
    },
    60_000,
  )

  it.each(['bins.start', 'round.start', 'score.commit', 'evaluation.start'] as const)(
    'takes no %s of a plan that it did not sign',
    async (type) => {
      await start()
      await open(`run-unsigned-${type.replace('.', '-')}`)
      await hears('ledger.state')
      const bodies = {
        'bins.start': {},
        'round.start': {},
        'score.commit': { opening: 'evaluation', providers: PROVIDERS, exclusions: false },
        'evaluation.start': { evaluation: 0, folds: [0], vector: 'bads', columns: 2 },
      }
      await platform.post(KEY_HOLDER, type, bodies[type] as never, 1)
      expect(await refusal()).toBe('YX_FEDERATION_MESSAGE_UNEXPECTED')
      expect(heard.map(({ type: kind }) => kind).filter((kind) => kind !== 'party.hello')).toEqual([
        'ledger.state',
        'run.abort',
      ])
    },
    60_000,
  )

  it.each([
    ['the platform alone', false],
    ['both, after kill -9', true],
  ])(
    'does not open a run again that it opened before, whatever a new life of %s asks: masks are drawn under its id',
    async (about, killed) => {
      const run = `run-${about.length}-once`
      await start()
      await open(run)
      await hears('ledger.state')
      if (killed) {
        await kill()
        await start()
      }
      bear()
      await open(run, { labelSigma: 11 })
      // The new life has no place in the old run's streams, so it is the key holder's log that tells.
      await until(() => /"code":"YX_/.test(log))
      expect(log).toMatch(/"code":"YX_FEDERATION_(MESSAGE_EQUIVOCATED|MESSAGE_UNEXPECTED|RUN_RECORDED)"/)
    },
    60_000,
  )
})
