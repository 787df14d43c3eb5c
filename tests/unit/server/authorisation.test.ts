/** What a provider's configuration must say of whose data may be used, and the list that its node takes. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRoster } from '../../../features/index.ts'
import { createIdentity, createList, Membership, secureRandom } from '../../../federation/index.ts'
import { type ProviderConfig, providerConfig, readConfig } from '../../../server/config.ts'
import { openDataSet } from '../../../server/launch/data-set.ts'
import { prepareConsortium } from '../../../server/launch/prepare.ts'
import {
  authorisationOfReplay,
  checkAuthorisation,
  openAuthorisation,
} from '../../../server/node/authorisation.ts'
import { smallSet, writeSet } from '../../e2e/small-set.ts'

const LIST = 'authorised.txt'
const basis = { legalBasis: 'contract of 2026' }
const made = [
  createIdentity('platform', 'platform'),
  createIdentity('water', 'provider'),
  createIdentity('penalties', 'provider', { publicData: true }),
]
const list = { consortium: 'c', suite: 'international' as const, members: made.map(({ member }) => member) }
const [platform, water, penalties] = made.map(({ identity }) => new Membership(list, identity))
const roster = createRoster(['A1', 'B2', 'C3'])

let root: string
let folder: string
let state: string
let written: ProviderConfig
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yinxin-authorisation-'))
  state = join(root, 'state')
  await mkdir(state)
  const data = await openDataSet(await writeSet(smallSet(100), join(root, 'small')))
  const policy = { leastProviders: 2, leastSigma: 0, overrideLimits: false, mostEpsilon: null }
  const { nodes } = await prepareConsortium(data, root, { port: 1, policy })
  const provider = nodes.find(({ role }) => role === 'provider')!
  written = readConfig(providerConfig, provider.configFile).config
  folder = join(provider.configFile, '..')
})
afterAll(() => rm(root, { recursive: true }))

const configWith = (authorisation: ProviderConfig['authorisation'] | null, name = 'water') => {
  const { authorisation: _, ...rest } = written
  return { ...rest, name, ...(authorisation && { authorisation }) }
}
const rules = (allowed: boolean, needed: boolean, file?: string): ProviderConfig['authorisation'] => ({
  training: { allowed, ...basis },
  inference: { needed, ...basis, ...(file !== undefined && { list: file }) },
})
const open = (config: ProviderConfig, membership = water) =>
  openAuthorisation(membership, config, { folder: root, state }, roster)
const day = 86_400_000
const issue = (version: number, codes: readonly string[], life = day) => {
  const now = Date.now()
  const dates = { issued: new Date(now - day), validUntil: new Date(now - day / 2 + life) }
  const file = createList(platform, { purpose: 'p', version, ...dates, codes }, secureRandom)
  return writeFile(join(root, LIST), file)
}

describe('the configuration of a provider of non-public data', () => {
  it('must state its rules; the launcher states that whoever starts all has all data', async () => {
    await expect(open(configWith(null))).rejects.toMatchObject({
      code: 'YX_SERVER_CONFIG_AUTHORISATION_UNSTATED',
    })
    expect(written.authorisation).toMatchObject({
      training: { allowed: true, legalBasis: expect.stringContaining('trial') },
      inference: { needed: false },
    })
  })

  it('of public data states none', async () => {
    const { training, source } = await open(configWith(null, 'penalties'), penalties)
    expect([training.allowed, await source.current()]).toEqual([true, null])
  })

  it.each([
    [false, true],
    [true, true],
    [false, false],
  ])('with training allowed %s and authorisation needed %s must name a list', async (allowed, needed) => {
    await expect(open(configWith(rules(allowed, needed)))).rejects.toMatchObject({
      code: 'YX_SERVER_CONFIG_AUTHORISATION_LIST',
    })
  })

  it.each([
    ['training', ''],
    ['training', ' \n'],
    ['inference', ''],
  ])('is refused with an empty legal basis of %s', async (rule, legalBasis) => {
    const file = join(root, 'provider.json')
    const stated = rules(true, false)!
    const config = {
      ...configWith(stated),
      authorisation: { ...stated, [rule]: { ...stated[rule as 'training'], legalBasis } },
    }
    await writeFile(file, JSON.stringify(config))
    expect(() => readConfig(providerConfig, file)).toThrow(
      expect.objectContaining({
        code: 'YX_SERVER_CONFIG_INVALID',
        message: expect.stringContaining(`/authorisation/${rule}/legalBasis`),
      }),
    )
  })
})

describe('the list of a node', () => {
  it('is read when it starts and again for every run, and the newest is remembered on disk', async () => {
    await issue(2, ['C3', 'A1', 'Z9'])
    const config = configWith(rules(false, true, LIST))
    const { source } = await open(config)
    expect((await source.current())?.rows).toEqual(Uint8Array.of(1, 0, 1))
    await issue(3, ['A1'])
    expect((await source.current())?.rows).toEqual(Uint8Array.of(1, 0, 0))
    expect(JSON.parse(await readFile(join(state, 'authorisation.json'), 'utf8'))).toMatchObject({
      version: 3,
    })
    await issue(2, ['C3', 'A1', 'Z9'])
    await expect(source.current()).rejects.toMatchObject({ code: 'YX_FEDERATION_AUTHORISATION_ROLLED_BACK' })
    // A node that starts anew has not forgotten it either; an auditor who replays an old run may have it.
    await expect(open(config)).rejects.toMatchObject({ code: 'YX_FEDERATION_AUTHORISATION_ROLLED_BACK' })
    const replayed = await authorisationOfReplay(water, config, root, roster, join(root, LIST))
    expect((await replayed.source.current())?.rows).toEqual(Uint8Array.of(1, 0, 1))
  })

  it('keeps a node from starting when it is missing or out of time, without a path in the text', async () => {
    const missing = await open(configWith(rules(true, true, 'none.txt'))).catch((fault) => fault)
    expect(missing.code).toBe('YX_SERVER_AUTHORISATION_UNREADABLE')
    expect(missing.message).not.toContain(root)
    await issue(9, ['A1'], 0)
    await expect(open(configWith(rules(true, true, LIST)))).rejects.toMatchObject({
      code: 'YX_FEDERATION_AUTHORISATION_EXPIRED',
    })
  })
})

it('a check beforehand finds what would keep the node from starting, and remembers nothing', async () => {
  const config = { ...configWith(rules(true, true, LIST)), state: 'checked' }
  const remembered = join(root, 'checked', 'authorisation.json')
  const check = () => checkAuthorisation(water, config, root)
  await issue(5, ['A1'])
  await check()
  await expect(readFile(remembered)).rejects.toMatchObject({ code: 'ENOENT' })
  await mkdir(join(root, 'checked'))
  await openAuthorisation(water, config, { folder: root, state: join(root, 'checked') }, roster)
  await issue(4, ['A1', 'B2'])
  await expect(check()).rejects.toMatchObject({ code: 'YX_FEDERATION_AUTHORISATION_ROLLED_BACK' })
  await issue(6, ['A1'], 0)
  await expect(check()).rejects.toMatchObject({ code: 'YX_FEDERATION_AUTHORISATION_EXPIRED' })
  expect(JSON.parse(await readFile(remembered, 'utf8'))).toMatchObject({ version: 5 })
})

it('a provider process without its rules ends with exit code 30, platform or not', async () => {
  const file = join(folder, 'provider.json')
  await writeFile(file, JSON.stringify(configWith(null, written.name)))
  const main = join(import.meta.dirname, '../../../server/cli/main.ts')
  const child = spawn(process.execPath, [main, 'provider', file])
  let text = ''
  child.stderr.on('data', (part) => {
    text += part
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  expect(text).toContain('YX_SERVER_CONFIG_AUTHORISATION_UNSTATED')
  expect(code).toBe(30)
}, 60_000)
