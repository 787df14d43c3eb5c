/** `yinxin model`: what an operator reads and does, by the very command line, against a platform that listens. */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { PlatformRole } from '../../../federation/index.ts'
import { runMain } from '../../../server/cli/run-main.ts'
import { exitCodes } from '../../../server/exit-codes.ts'
import { compareModels } from '../../../server/operator/compare-models.ts'
import { registerControl } from '../../../server/platform/control/control-api.ts'
import type { Publisher } from '../../../server/platform/control/run-report.ts'
import { RunService } from '../../../server/platform/control/run-service.ts'
import { ModelRegistry } from '../../../server/platform/models/model-registry.ts'
import { summaryOf } from '../../../server/platform/models/model-summary.ts'
import type { NewModel, PlatformStore } from '../../../server/store/index.ts'
import type { Relay } from '../../../server/transport/relay.ts'
import { newModel, ratedModel } from '../../contract/model-store.ts'
import { clock } from '../../contract/rating-fixtures.ts'
import { testPlatform } from './test-platform.ts'

const TOKEN = 'the token of a made-up operator'
const card = (...columns: string[]) =>
  JSON.stringify({ providers: [{ name: 'gas', columns: columns.map((name) => ({ name })) }] })
const metrics = (auc: number, aucSe: number, ks: number) => ({
  test: { auc, aucSe, ks, ksSe: 0.02 },
  validation: null,
})
const FIRST: Partial<NewModel> = { metrics: metrics(0.7, 0.01, 0.4), cardText: card('arrears', 'volume') }
const SECOND: Partial<NewModel> = {
  ...{ metrics: metrics(0.74, 0.01, 0.42), cardText: card('volume', 'peak') },
  privacy: { epsilon: 4.25, epsilonCounted: null },
}

let folder = ''
let config = ''
let app: FastifyInstance
let store: PlatformStore
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-model-'))
  const platform = await testPlatform()
  ;({ app, store } = platform)
  const registry = new ModelRegistry(store.models, { approvals: ['bank'], promotion: 'operator' })
  const service = new RunService({} as PlatformRole, {} as Relay, {} as Publisher, clock, {
    ...{ silenceSeconds: 1, patienceSeconds: 1 },
  })
  registerControl(
    app,
    createHash('sha256').update(TOKEN).digest('hex'),
    service,
    undefined,
    undefined,
    registry,
  )
  await ratedModel(store, 'run-1', FIRST)
  await ratedModel(store, 'run-2', SECOND)
  await ratedModel(store, 'run-3', { accepted: false })
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  config = join(folder, 'platform.json')
  await writeFile(
    config,
    JSON.stringify({
      ...{ name: 'platform', identity: 'i.json', members: 'm.json', roster: 'r', state: 'state', threads: 0 },
      ...{
        transcripts: 't',
        host: '127.0.0.1',
        port,
        database: 'pglite:p',
        idScheme: 'text',
        silenceSeconds: 1,
      },
      mostEpsilon: null,
    }),
  )
  await writeFile(join(folder, 'token'), TOKEN)
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

/** Runs a command line; what it printed, said and ended with. */
async function run(command: string, ...more: string[]) {
  const written = { out: '', err: '' }
  const into = (which: 'out' | 'err') => (text: unknown) => {
    written[which] += String(text)
    return true
  }
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(into('out'))
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(into('err'))
  process.exitCode = 0
  try {
    await runMain(['node', 'yinxin', 'model', command, config, ...more, '--token', join(folder, 'token')])
    return { ...written, code: Number(process.exitCode) }
  } finally {
    out.mockRestore()
    err.mockRestore()
    process.exitCode = 0
  }
}

it('takes a model from draft to champion and back, and says at every step where it stands and what it lacks', async () => {
  expect((await run('list', '--lang', 'en')).out).toMatch(
    /1 {2}draft .* AUC 0\.700 {2}KS 0\.400.* lacks bank\n/,
  )
  const early = await run('approve', '1')
  expect([early.code, early.err]).toEqual([
    exitCodes.modelStepRefused.code,
    expect.stringContaining('lacks the approval of bank'),
  ])
  for (const version of [1, 2]) {
    const { cardHash } = await store.models.model(version)
    await store.models.sign(version, { party: 'bank', cardHash, signature: 'ab' })
    expect((await run('approve', String(version), '--lang', 'en')).out).toContain('approved')
  }
  expect((await run('promote', '1', '--lang', 'zh')).out).toMatch(/冠军.*已签署：bank/)
  expect(JSON.parse((await run('promote', '2', '--json')).out)).toMatchObject({
    version: 2,
    state: 'champion',
  })
  expect((await store.ratings.current())?.modelVersion).toBe('2')
  expect((await run('rollback', '--lang', 'en')).out).toMatch(/^ {2}1 {2}champion/)
  expect((await store.ratings.current())?.modelVersion).toBe('1')
  expect((await run('approve', '3')).err).toContain('YX_SERVER_MODEL_NEVER_APPROVED')
  expect((await run('retire', '3', '--lang', 'en')).out).toMatch(/retired.*refused by validation/)
  expect((await run('retire', '1')).code).toBe(exitCodes.modelStepRefused.code)
  expect((await run('card', '9')).code).toBe(exitCodes.usage.code)
  const history = (await run('history', '--lang', 'en')).out.trim().split('\n')
  expect(history).toHaveLength(13)
  expect(history.at(-2)).toMatch(/ {2}1 {2}brought back {2}platform/)
})

it('writes the card byte for byte', async () => {
  const file = join(folder, 'card.json')
  const { err } = await run('card', '2', '--out', file)
  const text = await readFile(file, 'utf8')
  expect(text).toBe(SECOND.cardText)
  expect(err).toContain(createHash('sha256').update(text).digest('hex'))
  expect((await run('card', '2')).out).toBe(text)
})

it('compares two models: a difference counts if it is larger than 1.96 standard errors of it', async () => {
  const { out } = await run('compare', '1', '2', '--lang', 'en')
  // By hand: 0.04 against 1.96 * sqrt(0.01^2 + 0.01^2) = 0.0277; 0.02 against 1.96 * sqrt(0.02^2 + 0.02^2) = 0.0554.
  expect(out).toMatch(
    /test AUC +0\.7000 \(0\.680-0\.720\) +0\.7400 \(0\.720-0\.760\) +\+0\.0400 ± 0\.0277, more than its error/,
  )
  expect(out).toMatch(/test KS .* \+0\.0200 ± 0\.0554, within its error/)
  expect(out).toMatch(
    /1 columns in both, 1 in 1 alone, 1 in 2 alone\n {2}1: gas: arrears\n {2}2: gas: peak\n/,
  )
  expect(out).toMatch(/epsilon +8\.10 +4\.25/)
  expect((await run('compare', '1', '2', '--lang', 'zh')).out).toMatch(/超出误差/)
})

it('a comparison says what cannot be told, and never NaN', () => {
  const of = (version: number, more: Partial<NewModel>) => ({
    ...summaryOf(
      {
        ...newModel(`run-${version}`, more),
        ...{
          version,
          state: 'draft',
          predecessor: null,
          registeredAt: clock.now(),
          cardHash: '',
          approvals: [],
        },
      },
      [],
    ),
    cardText: more.cardText ?? '{}',
  })
  const none = compareModels(
    of(1, { metrics: {}, privacy: {} }),
    of(2, { ...FIRST, labelSnapshot: 'labels-2' }),
  )
  expect(none.figures).toMatchObject([
    { fold: 'test', figure: 'auc', values: [null, { value: 0.7 }], difference: null, larger: null },
    { fold: 'test', figure: 'ks', difference: null, larger: null },
  ])
  expect(none).toMatchObject({ sameLabels: false, sameRoster: true, columns: { both: 0, onlyFirst: [] } })
  const bad = compareModels(
    of(1, { metrics: { test: { auc: Number.NaN, aucSe: 1 } } }),
    of(2, { metrics: { test: 'x' } }),
  )
  expect(bad.figures).toEqual([])
  const same = compareModels(of(1, FIRST), of(2, FIRST))
  expect(same.figures.map(({ larger }) => larger)).toEqual([false, false])
})

it.each([
  ['compare', '1'],
  ['promote'],
  ['promote', 'x'],
  ['promote', '0'],
  ['approve', '1.5'],
  ['unknown', '1'],
])('refuses "model %s" with %s as a wrong command line', async (command, ...more) => {
  expect((await run(command, ...more)).code).toBe(exitCodes.usage.code)
})
