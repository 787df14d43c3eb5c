/** `yinxin doctor` beside real processes: healthy nodes have nothing to mend; each planted fault is found, and it alone. */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdentity } from '../../../federation/index.ts'
import { examine } from '../../../server/doctor/examine.ts'
import type { CheckName, Finding } from '../../../server/doctor/finding.ts'
import { machine, type Surroundings } from '../../../server/doctor/surroundings.ts'
import { freePort } from '../../../server/launch/free-port.ts'
import {
  type DoctorFederation,
  doctorFederation,
  issue,
  makeAuthority,
  openssl,
  until,
} from './federation.ts'

/** A machine with room for everything, whatever this one has. */
const well: Surroundings = {
  ...machine,
  freeBytes: async () => 1e12,
  freeMemory: () => 8e9,
  syncMs: async (folder) => Math.min(1, await machine.syncMs(folder)),
}

let federation: DoctorFederation
const look = (name: string, machineOf: Partial<Surroundings> = {}): Promise<Finding[]> =>
  examine(federation.nodes[name].config, { ...well, ...machineOf })

const failing = (findings: readonly Finding[]): CheckName[] => [
  ...new Set(findings.filter(({ verdict }) => verdict === 'fail').map(({ check }) => check)),
]
const textOf = (findings: readonly Finding[], check: CheckName): string =>
  findings
    .filter((finding) => finding.check === check && finding.verdict !== 'ok')
    .map(({ says }) => says.en)
    .join('; ')

/** A copy of a node's folder with something changed; the healthy node stays as it is. */
let copies = 0
function copyOf(name: string, change: (folder: string) => void, settings: object = {}): string {
  copies++
  const folder = join(federation.root, `copy-${copies}`)
  cpSync(federation.nodes[name].folder, folder, { recursive: true })
  // The copy is a node that does not run.
  rmSync(join(folder, 'state', 'lock'), { force: true })
  const file = join(folder, 'node.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...settings }))
  change(folder)
  return file
}

/** One check of a copy fails, and nothing else does. */
async function onlyFailure(
  file: string,
  check: CheckName,
  machineOf: Partial<Surroundings> = {},
): Promise<string> {
  const findings = await examine(file, { ...well, ...machineOf })
  expect(failing(findings)).toEqual([check])
  for (const { verdict, mend } of findings)
    if (verdict === 'fail' || verdict === 'warn') expect(mend?.en && mend.zh).toBeTruthy()
  return textOf(findings, check)
}

beforeAll(async () => {
  federation = await doctorFederation(await freePort('127.0.0.1'))
  federation.start('platform')
  federation.start('keyholder')
  await until(async () => failing(await look('water')).length === 0)
}, 60_000)
afterAll(async () => {
  await federation.stop()
  rmSync(federation.root, { recursive: true, force: true })
})

describe('a healthy federation', () => {
  it.each(['platform', 'keyholder', 'water', 'bank'])('has nothing to mend at %s', async (name) => {
    const findings = await look(name)
    expect(failing(findings)).toEqual([])
    expect(findings.filter(({ verdict }) => verdict === 'unknown')).toEqual([])
  })

  it('says of a running node that it runs, of another that it does not', async () => {
    const sayings = (findings: Finding[]) => findings.map(({ says }) => says.en).join('\n')
    expect(sayings(await look('keyholder'))).toMatch(/held by process \d+: the node is running/)
    expect(sayings(await look('water'))).toMatch(/made at the first start|free: the node is not running/)
  })

  it('names members that are away at the platform, as a warning', async () => {
    expect(textOf(await look('platform'), 'parties')).toBe('not there: water, bank')
  })
})

describe('one planted fault', () => {
  it('a configuration that breaks its schema', async () => {
    const file = copyOf('water', () => {}, { threads: -1 })
    expect(await onlyFailure(file, 'configuration')).toContain('/threads')
  })

  it('an identity that others may read', async () => {
    const file = copyOf('water', (folder) => chmodSync(join(folder, 'identity.json'), 0o644))
    expect(await onlyFailure(file, 'identity')).toContain('mode 644')
  })

  it('an identity with other keys than the list has', async () => {
    const { identity } = createIdentity('water', 'provider')
    const file = copyOf('water', (folder) =>
      writeFileSync(join(folder, 'identity.json'), JSON.stringify(identity)),
    )
    expect(await onlyFailure(file, 'identity')).toContain('not those of the member list')
  })

  it('a member list that somebody changed', async () => {
    const file = copyOf('water', (folder) => {
      const list = join(folder, 'members.json')
      writeFileSync(list, readFileSync(list, 'utf8').replace('"version":1', '"version":2'))
    })
    expect(await onlyFailure(file, 'members')).toContain('not signed by the root key')
  })

  it('the state of another member', async () => {
    const file = copyOf('water', (folder) => {
      mkdirSync(join(folder, 'state'), { recursive: true })
      writeFileSync(
        join(folder, 'state', 'owner.json'),
        JSON.stringify({ consortium: 'doctor', name: 'platform' }),
      )
    })
    expect(await onlyFailure(file, 'state')).toContain('"platform" in "doctor"')
  })

  it.each([
    ['ahead of', 61_500],
    ['behind', -62_500],
  ])('a clock a minute %s the platform', async (side, shift) => {
    const findings = await look('water', { now: () => Date.now() + shift })
    expect(failing(findings)).toEqual(['clock'])
    expect(textOf(findings, 'clock')).toMatch(new RegExp(`6\\d seconds ${side} the platform`))
  })

  describe.skipIf(!openssl)('of certificates', () => {
    it('one that has expired', async () => {
      const file = copyOf('water', (folder) => issue(federation.root, folder, 'water', -1))
      expect(await onlyFailure(file, 'certificates')).toMatch(/the certificate expired on \d{4}-/)
    })

    it('one that expires soon is a warning', async () => {
      const file = copyOf('water', (folder) => issue(federation.root, folder, 'water', 20))
      const findings = await examine(file, well)
      expect(failing(findings)).toEqual([])
      expect(textOf(findings, 'certificates')).toMatch(/expires in (19|20) days/)
    })

    it('one of a foreign authority', async () => {
      const file = copyOf('water', (folder) => {
        const foreign = join(folder, 'foreign')
        mkdirSync(foreign)
        makeAuthority(foreign)
        issue(foreign, folder, 'water')
      })
      expect(await onlyFailure(file, 'certificates')).toContain('not issued by this authority')
    })

    it('a foreign authority on this side: the platform is not believed', async () => {
      const file = copyOf('water', (folder) => {
        makeAuthority(folder)
        issue(folder, folder, 'water')
      })
      expect(await onlyFailure(file, 'platform')).toContain('of another authority')
    })

    it("another member's, and one with another key", async () => {
      const others = copyOf('water', (folder) => issue(federation.root, folder, 'bank'))
      expect(await onlyFailure(others, 'certificates')).toBe(
        'the certificate is of "bank", the node is "water"',
      )
      const key = copyOf('water', (folder) =>
        cpSync(join(federation.nodes.bank.folder, 'tls.key'), join(folder, 'tls.key')),
      )
      expect(failing(await examine(key, well))).toContain('certificates')
    })

    it('none at all, where the platform is spoken to by https', async () => {
      const file = copyOf('water', () => {}, { tls: undefined })
      expect(textOf(await examine(file, well), 'certificates')).toContain('"tls" is not configured')
    })
  })

  it('a clock some seconds off, and another zone, are warnings', async () => {
    const findings = await look('water', { now: () => Date.now() + 30_000, zone: () => machine.zone() + 480 })
    expect(failing(findings)).toEqual([])
    expect(findings.filter(({ check, verdict }) => check === 'clock' && verdict === 'warn')).toHaveLength(2)
  })

  it('another version of the protocol', async () => {
    const findings = await look('water', { protocol: machine.protocol + 1 })
    expect(failing(findings)).toEqual(['versions'])
    expect(textOf(findings, 'versions')).toContain(`protocol ${machine.protocol}`)
  })

  it('an old Node', async () => {
    expect(failing(await look('bank', { node: '20.20.2' }))).toEqual(['versions'])
  })

  it('a full disk, and one that takes nothing', async () => {
    const full = await look('water', { freeBytes: async () => 10e6 })
    expect(failing(full)).toEqual(['disk'])
    expect(textOf(full, 'disk')).toMatch(/10 MB free, 128 MB may be needed \(4 runs x \(32 MB \+ 3 rows/)
    const readOnly = await look('water', {
      syncMs: async () => Promise.reject(Object.assign(new Error('no'), { code: 'EROFS' })),
    })
    expect(failing(readOnly)).toEqual(['disk'])
    expect(textOf(readOnly, 'disk')).toContain('EROFS')
  })

  it('a slow disk and little memory are warnings', async () => {
    const findings = await look('water', { syncMs: async () => 80, freeMemory: () => 100e6 })
    expect(failing(findings)).toEqual([])
    expect(textOf(findings, 'disk')).toContain('80 ms')
    expect(textOf(findings, 'memory')).toContain('100 MB')
  })

  it('another roster than the platform has', async () => {
    const file = copyOf('water', (folder) => writeFileSync(join(folder, 'roster.txt'), 'A\nB\n'))
    expect(await onlyFailure(file, 'parameters')).toContain('2 firms here, 3 there')
  })

  it('a table that is gone, and a label file', async () => {
    const gone = copyOf('water', (folder) => rmSync(join(folder, 'bills.csv')))
    expect(await onlyFailure(gone, 'data')).toContain('ENOENT')
    const unlabelled = copyOf('bank', (folder) => rmSync(join(folder, 'labels.csv')))
    expect(await onlyFailure(unlabelled, 'data')).toContain('labels')
  })

  it('a proxy that answers in place of the platform', async () => {
    const proxy = createServer((_, answer) => {
      answer.writeHead(407, { 'content-type': 'text/html', via: '1.1 corporate' })
      answer.end('<html>')
    })
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
    const { port } = proxy.address() as AddressInfo
    const file = copyOf('water', () => {}, { platform: `http://127.0.0.1:${port}` })
    expect(await onlyFailure(file, 'platform')).toMatch(/HTTP 407.*"via" of a proxy/)
    proxy.close()
  })

  it('a platform that is down: everything local is looked at all the same', async () => {
    const port = await freePort('127.0.0.1')
    const file = copyOf('water', () => {}, { platform: `http://127.0.0.1:${port}` })
    expect(await onlyFailure(file, 'platform')).toContain('nobody listens')
    const findings = await examine(file, well)
    expect(findings.filter(({ verdict }) => verdict === 'unknown').map(({ check }) => check)).toEqual([
      'clock',
      'parameters',
      'parties',
    ])
    for (const check of ['identity', 'members', 'state', 'disk', 'data'] as const)
      expect(findings.some((finding) => finding.check === check && finding.verdict === 'ok')).toBe(true)
  })

  it("the platform's port in another program's hands", async () => {
    const other = createTcpServer()
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const { port } = other.address() as AddressInfo
    other.unref()
    other.on('connection', (socket) => socket.destroy())
    const file = copyOf('platform', () => {}, { port })
    expect(await onlyFailure(file, 'port')).toContain('EADDRINUSE')
    other.close()
  })
})

it('the command ends with 0 for a healthy node and with its own code otherwise, in the language asked for', async () => {
  const main = join(import.meta.dirname, '../../../server/cli/main.ts')
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [main, 'doctor', ...args])
      .then(({ stdout }) => ({ code: 0, stdout }))
      .catch((fault: { code: number; stdout: string }) => fault)
  const [healthy, sick] = await Promise.all([
    run(federation.nodes.keyholder.config, '--json'),
    run(
      copyOf('water', (folder) => chmodSync(join(folder, 'identity.json'), 0o640)),
      '--lang',
      'zh',
    ),
  ])
  expect(healthy.code).toBe(0)
  expect(JSON.parse(healthy.stdout).healthy).toBe(true)
  expect(sick.code).toBe(35)
  expect(sick.stdout).toContain('✗ 其他用户可以访问身份文件（权限 640）')
  expect(sick.stdout).toContain('处理: ')
  const { signPrivate } = JSON.parse(
    readFileSync(join(federation.nodes.water.folder, 'identity.json'), 'utf8'),
  )
  expect(sick.stdout + healthy.stdout).not.toContain(signPrivate)
}, 30_000)
