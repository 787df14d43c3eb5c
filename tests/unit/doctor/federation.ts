/** A small federation on disk with real processes, for the doctor to look at. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRoster, writeRoster } from '../../../features/index.ts'
import { createIdentity, type RoleName } from '../../../federation/index.ts'
import { writeMembers } from '../../helpers/signed-members.ts'

const MAIN = join(import.meta.dirname, '../../../server/cli/main.ts')
const ROLES: Readonly<Record<string, RoleName>> = {
  platform: 'platform',
  keyholder: 'keyholder',
  water: 'provider',
  bank: 'label-holder',
}

/** Certificates are made by openssl; without it the federation speaks plain http on loopback. */
export const openssl = spawnSync('openssl', ['version']).status === 0

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const quietly = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })

/** An authority in a folder: `authority.pem` and its key. */
export function makeAuthority(folder: string): void {
  const out = ['-keyout', join(folder, 'authority.key'), '-out', join(folder, 'authority.pem')]
  quietly('req', '-x509', ...EC, '-subj', '/CN=authority', '-days', '400', ...out)
}

/** A certificate of an authority for a name, with its key, as `tls.pem` and `tls.key` in a folder. */
export function issue(authority: string, folder: string, name: string, days = 365): void {
  const [key, request, extensions] = ['tls.key', 'tls.csr', 'tls.ext'].map((file) => join(folder, file))
  quietly('req', ...EC, '-subj', `/CN=${name}`, '-keyout', key, '-out', request)
  chmodSync(key, 0o600)
  writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1\n')
  const ca = ['-CA', join(authority, 'authority.pem'), '-CAkey', join(authority, 'authority.key')]
  const made = ['-days', String(days), '-extfile', extensions, '-out', join(folder, 'tls.pem')]
  quietly('x509', '-req', '-in', request, ...ca, '-CAcreateserial', ...made)
}

export interface NodeFolder {
  readonly folder: string
  readonly config: string
}

export interface DoctorFederation {
  readonly root: string
  readonly port: number
  readonly nodes: Readonly<Record<string, NodeFolder>>
  /** Starts a node's process. */
  start(name: string): void
  /** Until the platform answers and sees a member. */
  stop(): Promise<void>
}

const policy = { leastProviders: 3, leastSigma: 4, overrideLimits: false, mostEpsilon: null }

export async function doctorFederation(port: number): Promise<DoctorFederation> {
  const root = mkdtempSync(join(tmpdir(), 'yinxin-doctor-'))
  const enrolled = Object.entries(ROLES).map(([name, role]) => createIdentity(name, role))
  writeMembers(root, {
    ...{ consortium: 'doctor', suite: 'international' },
    members: enrolled.map(({ member }) => member),
  })
  await writeRoster(createRoster(['A', 'B', 'C']), join(root, 'roster.txt'))
  if (openssl) makeAuthority(root)
  const nodes: Record<string, NodeFolder> = {}
  for (const { identity } of enrolled) {
    const folder = join(root, identity.name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'identity.json'), JSON.stringify(identity), { mode: 0o600 })
    for (const file of ['members.json', 'consortium.json', 'roster.txt'])
      copyFileSync(join(root, file), join(folder, file))
    if (openssl) {
      copyFileSync(join(root, 'authority.pem'), join(folder, 'authority.pem'))
      issue(root, folder, identity.name)
    }
    const config = join(folder, 'node.json')
    writeFileSync(config, JSON.stringify(configOf(identity.name, port), null, 1))
    nodes[identity.name] = { folder, config }
  }
  writeFileSync(join(nodes.water.folder, 'bills.csv'), 'id\n')
  writeFileSync(join(nodes.bank.folder, 'labels.csv'), 'id,y\nA,0\nB,1\n')
  const children: ChildProcess[] = []
  return {
    ...{ root, port, nodes },
    start(name) {
      children.push(spawn(process.execPath, [MAIN, ROLES[name], nodes[name].config], { stdio: 'ignore' }))
    },
    async stop() {
      await Promise.all(
        children.map(
          (child) =>
            new Promise((resolve) => {
              if (child.exitCode !== null || child.signalCode !== null) return resolve(null)
              child.once('exit', resolve)
              child.kill('SIGKILL')
            }),
        ),
      )
    },
  }
}

function configOf(name: string, port: number): object {
  const common = {
    name,
    ...(openssl && { tls: { certificate: 'tls.pem', key: 'tls.key', authority: 'authority.pem' } }),
    ...{
      identity: 'identity.json',
      members: 'members.json',
      roster: 'roster.txt',
      state: 'state',
      threads: 0,
    },
  }
  const outbound = { ...common, platform: `${openssl ? 'https' : 'http'}://127.0.0.1:${port}`, policy }
  switch (ROLES[name]) {
    case 'platform':
      return {
        ...common,
        ...{ transcripts: 'transcripts', host: '127.0.0.1', port, database: 'pglite:database' },
        ...{ idScheme: 'text', silenceSeconds: 6, mostEpsilon: null },
      }
    case 'keyholder':
      return { ...outbound, transcripts: 'transcripts' }
    case 'provider':
      return {
        ...outbound,
        ...{ tables: [{ party: 'water', file: 'bills.csv', columns: [] }], exclusions: [] },
        ...{ scorecards: 'scorecards', runs: 'runs', keepRuns: 3 },
      }
    default:
      return { ...outbound, labels: 'labels.csv' }
  }
}

/** Waits until something holds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(100)
}
