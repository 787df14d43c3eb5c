/** `yinxin keyholder backup` and `restore` over files, as operators and custodians use them. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { createIdentity, type SuiteName } from '../../../federation/index.ts'
import { backupKeyHolder } from '../../../server/keyholder/backup.ts'
import { restoreKeyHolder } from '../../../server/keyholder/restore.ts'
import { openState, ownerOf } from '../../../server/state/state-folder.ts'
import { writeMembers } from '../../helpers/signed-members.ts'

const base = mkdtempSync(join(tmpdir(), 'yinxin-backup-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))
const said: string[] = []
vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
  said.push(String(text))
  return true
})

/** A key holder's folder with its configuration. */
function keyHolder(name: string, suite: SuiteName = 'international'): string {
  const folder = join(base, name)
  mkdirSync(folder)
  const { identity, member } = createIdentity('keyholder', 'keyholder', { suite })
  writeFileSync(join(folder, 'identity.json'), JSON.stringify(identity), { mode: 0o600 })
  writeMembers(folder, { consortium: name, suite, members: [member] })
  const policy = { leastProviders: 4, leastSigma: 4, overrideLimits: false, mostEpsilon: null }
  const config = {
    ...{ name: 'keyholder', identity: 'identity.json', members: 'members.json', roster: 'roster.txt' },
    tls: { certificate: 'tls.pem', key: 'tls-key.pem', authority: 'authority.pem' },
    ...{ state: 'state', threads: 1, platform: 'http://127.0.0.1:1', policy, transcripts: 'transcripts' },
  }
  writeFileSync(
    join(folder, 'tls-key.pem'),
    `-----BEGIN PRIVATE KEY-----\n${randomBytes(138).toString('base64')}\n`,
  )
  writeFileSync(join(folder, 'keyholder.json'), JSON.stringify(config))
  return folder
}

const filesOf = (folder: string) => readdirSync(folder).map((name) => join(folder, name))

describe.each(['international', 'national'] as const)('a backup of a key holder (%s)', (suite) => {
  const folder = keyHolder(`of-${suite}`, suite)
  const out = join(folder, 'backup')
  const restored = join(folder, 'restored')

  it('is one file a custodian, readable by its owner only, and restores the identity byte for byte', async () => {
    await backupKeyHolder(join(folder, 'keyholder.json'), { shares: 5, threshold: 3, out })
    const files = filesOf(out)
    expect(files.map((path) => path.slice(out.length + 1)).sort()).toEqual(
      [1, 2, 3, 4, 5].map((index) => `keyholder-share-${index}-of-5.txt`),
    )
    for (const path of files) expect(statSync(path).mode & 0o777).toBe(0o600)
    await restoreKeyHolder([files[4], files[0], files[2]], { out: restored })
    expect(readdirSync(restored).sort()).toEqual(['identity.json', 'tls-key.pem'])
    for (const name of readdirSync(restored)) {
      expect(readFileSync(join(restored, name), 'utf8')).toBe(readFileSync(join(folder, name), 'utf8'))
      expect(statSync(join(restored, name)).mode & 0o777).toBe(0o600)
    }
  })

  it('never prints what it keeps', () => {
    const { signPrivate, agreePrivate } = JSON.parse(readFileSync(join(folder, 'identity.json'), 'utf8'))
    for (const key of [signPrivate, agreePrivate]) expect(said.join('')).not.toContain(key)
    expect(said.join('')).toContain('Fingerprint')
  })

  it('replaces nothing: neither an identity nor shares that are there', async () => {
    const before = readFileSync(join(restored, 'identity.json'), 'utf8')
    await expect(restoreKeyHolder(filesOf(out), { out: restored })).rejects.toMatchObject({
      code: 'YX_SERVER_FILE_EXISTS',
    })
    await expect(
      backupKeyHolder(join(folder, 'keyholder.json'), { shares: 3, threshold: 2, out }),
    ).rejects.toMatchObject({ code: 'YX_SERVER_FILE_EXISTS' })
    expect(readFileSync(join(restored, 'identity.json'), 'utf8')).toBe(before)
    expect(filesOf(out)).toHaveLength(5)
  })

  it('writes nothing out of a damaged file', async () => {
    const [first, second, third] = filesOf(out)
    const damaged = join(folder, 'damaged.txt')
    writeFileSync(damaged, readFileSync(third, 'utf8').replace(/^02 {2}./m, '02  b'))
    const nowhere = join(folder, 'nowhere')
    await expect(restoreKeyHolder([first, second, damaged], { out: nowhere })).rejects.toMatchObject({
      code: 'YX_SERVER_KEY_SHARES_DAMAGED',
      message: expect.stringContaining(`${damaged}: line 14`),
    })
    expect(existsSync(nowhere)).toBe(false)
  })
})

it('an identity that is not the member list is not backed up: the shares would restore a stranger', async () => {
  const folder = keyHolder('stranger')
  const { identity } = createIdentity('keyholder', 'keyholder')
  writeFileSync(join(folder, 'identity.json'), JSON.stringify(identity))
  await expect(
    backupKeyHolder(join(folder, 'keyholder.json'), { shares: 3, threshold: 2, out: join(folder, 'backup') }),
  ).rejects.toMatchObject({ code: 'YX_SERVER_KEYS_DIFFER' })
})

it('from the command line, numbers that do not fit end with the code of a wrong command line', async () => {
  const folder = keyHolder('numbers')
  const main = join(import.meta.dirname, '../../../server/cli/main.ts')
  const out = join(folder, 'backup')
  const args = [
    'keyholder',
    'backup',
    join(folder, 'keyholder.json'),
    '--shares',
    '2',
    '--threshold',
    '3',
    '--out',
    out,
  ]
  const ended = await promisify(execFile)(process.execPath, [main, ...args]).catch((fault) => fault)
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('YX_SERVER_USAGE_SHARES')
  expect(existsSync(out)).toBe(false)
})

describe('a state folder', () => {
  const holder = { consortium: 'c', name: 'keyholder' }

  it('is of the member that used it first', () => {
    const folder = join(base, 'state-own')
    openState(folder, { state: 'state' }, holder)
    expect(ownerOf(join(folder, 'state'))).toEqual(holder)
  })

  it.each([
    ['another member', { consortium: 'c', name: 'platform' }],
    ['the same name in another consortium', { consortium: 'd', name: 'keyholder' }],
  ])('is refused to %s, and left as it is', (_, other) => {
    const folder = mkdtempSync(join(base, 'state-'))
    const state = join(folder, 'state')
    mkdirSync(state)
    writeFileSync(join(state, 'owner.json'), JSON.stringify(holder))
    expect(() => openState(folder, { state: 'state' }, other)).toThrow(
      expect.objectContaining({ code: 'YX_SERVER_NODE_STATE_FOREIGN' }),
    )
    expect(readdirSync(state)).toEqual(['owner.json'])
    expect(ownerOf(state)).toEqual(holder)
  })
})
