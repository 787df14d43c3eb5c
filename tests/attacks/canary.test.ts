/**
 * Canary scan (security.md T25): values that nobody could write by chance are planted in features, exclusion rules and
 * labels, others are taken from the nodes' own folders after a run of real processes (private keys, secrets of pairs and
 * runs, weights). Whoever can read another party's folder, database, logs and report, the screen or the wire finds none.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { international } from '../../engine/index.ts'
import { type Identity, KEY_HOLDER, Membership, type SignedMemberList } from '../../federation/index.ts'
import { contentLength, decodeRecord, RECORD_HEAD } from '../../federation/run-journal.ts'
import { filesBelow, freePort, runToEnd, temporaryFolder } from '../e2e/launched.ts'
import { smallSet, writeSet } from '../e2e/small-set.ts'
import { testConsortium } from '../helpers/consortium.ts'
import { smallInput } from '../unit/federation/interception.ts'
import { type Canary, formsOfBytes, formsOfNumber, formsOfText, found } from './canary-forms.ts'
import { tap } from './wire-tap.ts'

const FEATURE = 58_273_619_402_417
const CATEGORY = 'level-\\7f3a9c51e2d8'
const LIMIT = 61_904_417_730_259
const CUSTOMER = 'firm-7394028156'
/** Weights of each provider that are looked for. */
const WEIGHTS = 4
const PROVIDERS = ['tax', 'water', 'gas']
const BANKS = ['bank-east', 'bank-west']
/** Stands for everybody outside: the wire, the screen, the report. */
const OUTSIDE = 'outside'

let nodes = ''
let screen = ''
/** Bytes by what they are, and whose they are. */
const places: { holder: string; name: string; bytes: Uint8Array }[] = []
const canaries: Canary[] = []

const readJson = async <V>(...path: string[]): Promise<V> =>
  JSON.parse(await readFile(join(nodes, ...path), 'utf8')) as V

/** Keys, secrets and weights of the run, out of the folders of those who own them. */
async function collect(): Promise<void> {
  const { list } = await readJson<SignedMemberList>('members.json')
  const identities = new Map<string, Identity>()
  for (const { name } of list.members) {
    const identity = await readJson<Identity>(name, 'identity.json')
    identities.set(name, identity)
    for (const key of ['signPrivate', 'agreePrivate'] as const) {
      // The last 32 bytes are the key; what stands before says of which kind it is.
      const forms = formsOfBytes(Buffer.from(identity[key], 'hex').subarray(-32))
      canaries.push({ what: `${key} of ${name}`, owners: [name], forms })
    }
  }
  for (const group of [
    [...PROVIDERS, KEY_HOLDER],
    [...BANKS, KEY_HOLDER],
  ]) {
    for (const [index, one] of group.entries()) {
      const membership = new Membership(list, identities.get(one)!)
      for (const other of group.slice(index + 1)) {
        const forms = formsOfBytes(membership.pairSecret(other, 'mask'))
        canaries.push({ what: `secret of ${one} and ${other}`, owners: [one, other], forms })
      }
    }
  }
  for (const name of PROVIDERS) {
    const text = await readFile(join(nodes, name, 'scorecards', 'scorecard.json'), 'utf8')
    const weights = [...text.matchAll(/-?\d+\.\d{10,}/g)].slice(0, WEIGHTS)
    for (const [digits] of weights) {
      canaries.push({ what: `a weight of ${name}`, owners: [name], forms: formsOfNumber(Number(digits)) })
    }
    const journal = (await filesBelow(join(nodes, name, 'runs'))).find((file) => file.endsWith('journal'))!
    const bytes = await readFile(journal)
    const head = bytes.subarray(0, RECORD_HEAD)
    const first = decodeRecord(head, bytes.subarray(RECORD_HEAD, RECORD_HEAD + contentLength(head)))
    if (first.kind !== 'secret') throw new Error('a journal begins with the secret of its run')
    canaries.push({ what: `run secret of ${name}`, owners: [name], forms: formsOfBytes(first.secret) })
  }
}

beforeAll(async () => {
  const [traffic, state, data] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()]
  const set = smallSet(1200, PROVIDERS.length)
  for (let row = 0; row < 200; row++) Object.assign(set.tables.tax.rows[row * 5], { 1: FEATURE, 2: CATEGORY })
  for (let row = 0; row < 30; row++) set.tables['bank-east'].rows.push([`${CUSTOMER}${10 + row}`, row % 2])
  const rule = { party: 'water', column: 'amount', op: '>=', value: LIMIT, reason: 'too much' }
  set.manifest.exclusions = [rule]
  canaries.push(
    { what: 'a feature', owners: ['tax'], forms: formsOfNumber(FEATURE) },
    { what: 'a category', owners: ['tax'], forms: formsOfText(CATEGORY) },
    { what: 'an exclusion rule', owners: ['water'], forms: formsOfNumber(LIMIT) },
  )
  await writeSet(set, join(data, 'small'))
  const recorder = pathToFileURL(join(import.meta.dirname, 'record-traffic.ts'))
  recorder.searchParams.set('folder', traffic)
  vi.stubEnv('NODE_OPTIONS', `--import=${recorder}`)
  const report = join(state, 'report.json')
  const port = String(await freePort())
  const run = await runToEnd(
    ['start', '--data', join(data, 'small'), '--once', '--report', report, '--port', port],
    { state },
  )
  vi.unstubAllEnvs()
  expect(run.exit.code, run.stderr).toBe(0)
  screen = run.stdout + run.stderr
  nodes = join(state, 'sets', 'small', 'nodes')
  await collect()
  for (const file of await filesBelow(state)) {
    const inside = file.startsWith(nodes + sep) ? file.slice(nodes.length + 1).split(sep) : [OUTSIDE]
    const holder = inside.length > 1 ? inside[0] : OUTSIDE
    places.push({ holder, name: file.slice(state.length), bytes: await readFile(file) })
  }
  for (const file of await filesBelow(traffic)) {
    places.push({ holder: OUTSIDE, name: 'the wire', bytes: await readFile(file) })
  }
  places.push({ holder: OUTSIDE, name: 'the screen', bytes: Buffer.from(screen) })
}, 240_000)

afterAll(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const foundIn = (list: typeof places): string[] =>
  list.flatMap(({ holder, name, bytes }) =>
    found(canaries, holder, bytes).map((what) => `${what} in ${name}`),
  )

describe('after a run of real processes', () => {
  it('there is something to search, and something to find', () => {
    const holders = new Set(places.map(({ holder }) => holder))
    expect([...holders].sort()).toEqual([OUTSIDE, 'platform', KEY_HOLDER, ...PROVIDERS, ...BANKS].sort())
    const wire = places.filter(({ name }) => name === 'the wire')
    expect(wire.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeGreaterThan(10_000_000)
    // 3 planted, 2 keys of each of 7 parties, 6 and 3 pairs, 3 run secrets, some weights of each provider
    expect(canaries.length).toBeGreaterThan(3 + 14 + 9 + 3 + PROVIDERS.length)
  })

  it('no value is in another folder, database, log or report, on the screen or on the wire', () => {
    expect(foundIn(places)).toEqual([])
  })

  it("a bank's customers are named by the roster and the ratings alone", () => {
    const named = places
      .filter(({ holder, name }) => holder !== 'bank-east' && !/roster|database/.test(name))
      .filter(({ bytes }) => Buffer.from(bytes).includes(CUSTOMER))
    expect(named.map(({ name }) => name)).toEqual([])
  })

  it('control: keys, run secrets and weights are found where they belong', () => {
    const home = places.filter(({ holder }) => holder !== OUTSIDE)
    const seen = home.flatMap(({ bytes }) => found(canaries, 'a thief', bytes))
    for (const { what } of canaries.filter(({ what }) => !/^(secret of|a feature|a category)/.test(what))) {
      expect(seen).toContain(what)
    }
  })

  it('control: one log line with one value in it is found, in every form', async () => {
    const [tax] = canaries
    const file = places.find(({ name }) => name.endsWith('keyholder.json.log'))!
    const log = join(await temporaryFolder(), 'log')
    for (const form of tax.forms) {
      await writeFile(log, file.bytes)
      await appendFile(log, Buffer.concat([Buffer.from('{"level":30,"msg":"'), form, Buffer.from('"}\n')]))
      expect(foundIn([{ ...file, bytes: await readFile(log) }])).toEqual([`a feature in ${file.name}`])
    }
  })
})

describe('what travels sealed', () => {
  const NAME = 'column-7f3a9c51e2d8'

  /** Whether the wire of a run in one process shows the name of a column, which its provider tells the platform. */
  async function shown(): Promise<string[]> {
    const input = smallInput()
    const providers = input.providers.map((provider) => ({
      ...provider,
      columns: provider.columns.map((column) => ({ ...column, name: NAME })),
    }))
    const consortium = await testConsortium({ ...input, providers })
    const sent = tap(consortium)
    await consortium.run()
    await consortium.close()
    const canary = { what: 'a name', owners: [], forms: formsOfText(NAME) }
    return sent.flatMap(({ envelope }) => found([canary], OUTSIDE, envelope))
  }

  it('cannot be read on the wire', async () => {
    expect(await shown()).toEqual([])
  })

  it('control: messages that are signed but not sealed are found', async () => {
    vi.spyOn(international, 'seal').mockImplementation((_key, _nonce, plain) => [plain])
    vi.spyOn(international, 'open').mockImplementation((_key, _nonce, sealed) => sealed)
    expect((await shown()).length).toBeGreaterThan(3)
  })
})
