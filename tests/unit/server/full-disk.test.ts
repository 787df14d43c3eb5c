/** A disk that is really full: a tiny file system of its own. What was written stays whole, and the fault has one name. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { international } from '../../../engine/index.ts'
import { createRoster, writeRoster } from '../../../features/index.ts'
import { createIdentity, Ledger } from '../../../federation/index.ts'
import { replaceFile } from '../../../server/state/durable-file.ts'
import { LedgerFile } from '../../../server/state/ledger-file.ts'
import { writing } from '../../../server/state/unwritable.ts'
import { writeMembers } from '../../helpers/signed-members.ts'

const base = mkdtempSync(join(tmpdir(), 'yinxin-full-'))
const disk = join(base, 'disk')
mkdirSync(disk)
const SIZE = 128 * 1024
const mounted =
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', disk], { stdio: 'ignore' }).status === 0
if (!mounted)
  process.stderr.write('full-disk: this account may not mount a file system, so a full disk is skipped\n')

afterAll(() => {
  if (mounted) execFileSync('umount', [disk])
  rmSync(base, { recursive: true, force: true })
})
beforeEach(() => {
  for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true })
})

/** Takes all room but a little. */
function fill(left = 0): void {
  const filler = join(disk, 'filler')
  let bytes = SIZE
  for (; bytes > 0; bytes -= 4096) {
    try {
      writeFileSync(filler, Buffer.alloc(bytes))
      break
    } catch {
      rmSync(filler, { force: true })
    }
  }
  if (left > 0) writeFileSync(filler, Buffer.alloc(bytes - left))
}
const makeRoom = () => rmSync(join(disk, 'filler'))

it.each(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES'])('%s is named, and the file with it', async (code) => {
  const fault = Object.assign(new Error('secret/path'), { code })
  await expect(writing('ledger.jsonl', () => Promise.reject(fault))).rejects.toMatchObject({
    code: 'YX_SERVER_STATE_UNWRITABLE',
    message: expect.stringContaining(`write ledger.jsonl (${code})`),
  })
})

it('a fault that says nothing of the disk passes unchanged', async () => {
  const fault = Object.assign(new Error('other'), { code: 'EISDIR' })
  await expect(writing('x', () => Promise.reject(fault))).rejects.toBe(fault)
})

describe.skipIf(!mounted)('on a full disk', () => {
  it('a file that is replaced keeps its old form, and half a new one takes no room', async () => {
    const file = join(disk, 'life.json')
    await replaceFile(file, '{"life":7}')
    fill(4096)
    await expect(replaceFile(file, Buffer.alloc(20_000))).rejects.toMatchObject({
      code: 'YX_SERVER_STATE_UNWRITABLE',
      message: expect.stringContaining('life.json (ENOSPC)'),
    })
    expect(readFileSync(file, 'utf8')).toBe('{"life":7}')
    expect(readdirSync(disk).sort()).toEqual(['filler', 'life.json'])
    makeRoom()
    await replaceFile(file, '{"life":8}')
    expect(readFileSync(file, 'utf8')).toBe('{"life":8}')
  })

  it('the ledger charges nothing, loses nothing, and goes on when there is room', async () => {
    const about = { suite: international, consortium: 'c' }
    const run = { snapshot: 'labels-a', run: 'run-1', planHash: '' }
    const charge = { what: 'gradients', released: 1, sigma: 10, rho: 0.01, rhoCounted: 0.02 }
    const open = async () => Ledger.open(await LedgerFile.open(disk), about, null)
    const ledger = await open()
    await ledger.charge(run, [charge])
    const before = readFileSync(join(disk, 'ledger.jsonl'), 'utf8')
    fill()
    const many = Array.from({ length: 40 }, (_, i) => ({ ...charge, what: `labels ${i}` }))
    await expect(ledger.charge(run, many)).rejects.toMatchObject({
      code: 'YX_FEDERATION_LEDGER_UNWRITABLE',
      message: expect.stringContaining('ENOSPC'),
    })
    expect(readFileSync(join(disk, 'ledger.jsonl'), 'utf8')).toBe(before)
    makeRoom()
    await ledger.charge({ ...run, run: 'run-2' }, [charge])
    expect((await open()).head.entries).toBe(2)
  })

  describe('a process', () => {
    let config = ''
    beforeAll(async () => {
      const { identity, member } = createIdentity('bank', 'label-holder')
      writeMembers(base, { consortium: 'c', suite: 'international', members: [member] })
      writeFileSync(join(base, 'identity.json'), JSON.stringify(identity), { mode: 0o600 })
      await writeRoster(createRoster(['A', 'B']), join(base, 'roster.txt'))
      writeFileSync(join(base, 'labels.csv'), 'id,y\nA,0\nB,1\n')
      config = join(base, 'bank.json')
      const policy = { leastProviders: 3, leastSigma: 4, overrideLimits: false, mostEpsilon: null }
      writeFileSync(
        config,
        JSON.stringify({
          ...{ name: 'bank', identity: 'identity.json', members: 'members.json', roster: 'roster.txt' },
          ...{
            state: 'disk/state',
            threads: 0,
            platform: 'http://127.0.0.1:1',
            policy,
            labels: 'labels.csv',
          },
        }),
      )
    })

    it('that cannot write its state ends with its own exit code and the name of the file', () => {
      mkdirSync(join(disk, 'state'))
      fill()
      const main = join(import.meta.dirname, '../../../server/cli/main.ts')
      const { status, stderr } = spawnSync(process.execPath, [main, 'label-holder', config], {
        encoding: 'utf8',
        timeout: 60_000,
      })
      expect(stderr).toMatch(/could not write \S+ \(ENOSPC\)/)
      expect(stderr).toContain('YX_SERVER_STATE_UNWRITABLE')
      expect(status).toBe(43)
      expect(readdirSync(join(disk, 'state')).filter((name) => !name.startsWith('lock'))).toEqual([])
    }, 70_000)
  })
})
