/** A small federation on disk with real processes, for the doctor to look at. */
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
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
  const nodes: Record<string, NodeFolder> = {}
  for (const { identity } of enrolled) {
    const folder = join(root, identity.name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'identity.json'), JSON.stringify(identity), { mode: 0o600 })
    for (const file of ['members.json', 'consortium.json', 'roster.txt'])
      copyFileSync(join(root, file), join(folder, file))
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
    ...{
      identity: 'identity.json',
      members: 'members.json',
      roster: 'roster.txt',
      state: 'state',
      threads: 0,
    },
  }
  const outbound = { ...common, platform: `http://127.0.0.1:${port}`, policy }
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
