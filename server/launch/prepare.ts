/**
 * Lays out a consortium on one machine: a folder per node with its own identity, its own data and its configuration.
 * Each process gets its own folder only. It stands in for what the members of a real consortium do each on their own side.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeRoster } from '../../features/index.ts'
import {
  createIdentity,
  type Identity,
  KEY_HOLDER,
  type Member,
  type MemberList,
  Membership,
  PLATFORM,
  type RoleName,
  type SuiteName,
} from '../../federation/index.ts'
import type { KeyHolderConfig, LabelHolderConfig, PlatformConfig, ProviderConfig } from '../config.ts'
import { CONSORTIUM_FILE } from '../consortium/consortium-file.ts'
import { Office } from '../consortium/office-folder.ts'
import { serverErrors } from '../errors.ts'
import { readNodeFile, systemClock } from '../node/membership.ts'
import { makeOperatorToken } from '../operator/token.ts'
import { issueList } from '../platform/issue-list.ts'
import type { LaunchData } from './launch-data.ts'

export interface PreparedNode {
  readonly name: string
  readonly role: RoleName
  readonly configFile: string
}

export interface Prepared {
  readonly nodes: readonly PreparedNode[]
  readonly operatorToken: string
  readonly port: number
}

const MEMBERS_FILE = 'members.json'
const LIST_FILE = 'authorised.txt'
const IDENTITY_FILE = 'identity.json'
const STATE_FOLDER = 'state'
const ENGINE_THREADS = 1
const SILENCE_SECONDS = 6
/** Time enough for a process that is started again, on a busy machine too. */
const PATIENCE_SECONDS = 60
const KEPT_RUNS = 3
/** What the launcher can say of the rules of use: whoever starts all parties has all their data already. */
const LEGAL_BASIS =
  'yinxin start: made-up or public data, or a trial by one operator who holds the data of all parties'

/**
 * The office of an earlier run of this consortium, or a new one's.
 * @throws SuiteDiffers: the ledger's chain and the members' keys are of the suite that the consortium began with
 */
async function openOffice(folder: string, consortium: string, asked: SuiteName | undefined): Promise<Office> {
  const place = join(folder, 'office')
  const there = await Office.openIfThere(place)
  if (there === null)
    return Office.create(place, { consortium, suite: asked ?? 'international' }, systemClock.now())
  const { suite } = there.about
  if (asked !== undefined && asked !== suite) throw new serverErrors.SuiteDiffers(suite, asked)
  return there
}

/** The list that the platform of a real consortium issues with `yinxin authorise`. */
async function issueAsPlatform(root: string, list: MemberList, codes: readonly string[]): Promise<void> {
  const folder = join(root, PLATFORM)
  const identity = readNodeFile<Identity>(folder, IDENTITY_FILE)
  await issueList({
    membership: new Membership(list, identity),
    file: join(root, LIST_FILE),
    state: join(folder, STATE_FOLDER),
    codes,
    now: new Date(),
  })
}

/** Empties the folders of nodes, but for what they keep. */
async function clearNodes(root: string): Promise<void> {
  for (const node of await readdir(root, { withFileTypes: true })) {
    const files = node.isDirectory() ? await readdir(join(root, node.name)) : []
    for (const file of files.filter((name) => name !== IDENTITY_FILE && name !== STATE_FOLDER)) {
      await rm(join(root, node.name, file), { recursive: true, force: true })
    }
  }
}

/**
 * Writes everything that the processes need under `folder/nodes`, replacing what an earlier run left there, but for each
 * node's identity and what it must not forget: runs on the same labels share one privacy ledger.
 * @throws SuiteDiffers
 */
export async function prepareConsortium(
  data: LaunchData,
  folder: string,
  options: {
    port: number
    policy: ProviderConfig['policy']
    suite?: SuiteName
    /** Codes of the firms that authorised the use of their non-public data; every firm's may be used without them. */
    authorised?: readonly string[]
  },
): Promise<Prepared> {
  const root = join(folder, 'nodes')
  await mkdir(root, { recursive: true, mode: 0o700 })
  const office = await openOffice(folder, data.name, options.suite)
  const { suite } = office.about
  const enrolled = new Map(office.members.map((member) => [member.name, member]))
  await clearNodes(root)
  const shared = {
    members: `../${MEMBERS_FILE}`,
    roster: '../roster.txt',
    state: STATE_FOLDER,
    threads: ENGINE_THREADS,
  }
  const outbound = { ...shared, platform: `http://127.0.0.1:${options.port}`, policy: options.policy }
  const operatorToken = await makeOperatorToken(join(root, PLATFORM, STATE_FOLDER))
  const members: Member[] = []
  const nodes: PreparedNode[] = []

  async function addNode(name: string, role: RoleName, config: object, publicData = false): Promise<void> {
    const nodeFolder = join(root, name)
    await mkdir(nodeFolder, { recursive: true, mode: 0o700 })
    const identityFile = join(nodeFolder, IDENTITY_FILE)
    const known = enrolled.get(name)
    if (known && existsSync(identityFile)) members.push({ ...known, role, publicData })
    else {
      const { identity, member } = createIdentity(name, role, { suite, publicData })
      members.push(member)
      await writeFile(identityFile, JSON.stringify(identity), { mode: 0o600 })
    }
    await writeFile(join(nodeFolder, CONSORTIUM_FILE), JSON.stringify(office.pinned, null, 2), {
      mode: 0o600,
    })
    const configFile = join(nodeFolder, `${role}.json`)
    await writeFile(configFile, JSON.stringify(config, null, 2), { mode: 0o600 })
    nodes.push({ name, role, configFile })
  }

  const platform: PlatformConfig = {
    ...shared,
    name: PLATFORM,
    identity: IDENTITY_FILE,
    host: '127.0.0.1',
    port: options.port,
    database: `pglite:${join('..', '..', 'database')}`,
    idScheme: data.idScheme === 'uscc' ? 'uscc' : 'text',
    silenceSeconds: SILENCE_SECONDS,
    patienceSeconds: PATIENCE_SECONDS,
    mostEpsilon: options.policy.mostEpsilon,
    transcripts: 'transcripts',
    ...(options.authorised !== undefined && { authorisation: { list: `../${LIST_FILE}` } }),
  }
  await addNode(PLATFORM, 'platform', platform)
  const keyHolder: KeyHolderConfig = {
    ...outbound,
    name: KEY_HOLDER,
    identity: IDENTITY_FILE,
    transcripts: 'transcripts',
  }
  await addNode(KEY_HOLDER, 'keyholder', keyHolder)
  for (const provider of data.providers) {
    const own = await data.handOut(provider.name, join(root, provider.name))
    const config: ProviderConfig = {
      ...outbound,
      name: provider.name,
      identity: IDENTITY_FILE,
      ...own,
      ...(!provider.public && {
        authorisation: {
          training: { allowed: true, legalBasis: LEGAL_BASIS },
          inference: {
            needed: options.authorised !== undefined,
            legalBasis: LEGAL_BASIS,
            ...(options.authorised !== undefined && { list: `../${LIST_FILE}` }),
          },
        },
      }),
      scorecards: 'scorecards',
      runs: 'runs',
      keepRuns: KEPT_RUNS,
    }
    await addNode(provider.name, 'provider', config, provider.public)
  }
  for (const name of data.labelHolders) {
    const labels = await data.handOutLabels(name, join(root, name))
    const config: LabelHolderConfig = { ...outbound, name, identity: IDENTITY_FILE, ...labels }
    await addNode(name, 'label-holder', config)
  }
  const signed = await office.setMembers(members, systemClock.now())
  await writeFile(join(root, MEMBERS_FILE), JSON.stringify(signed, null, 2))
  if (options.authorised !== undefined) await issueAsPlatform(root, signed.list, options.authorised)
  await writeRoster(data.roster, join(root, 'roster.txt'))
  return {
    nodes,
    operatorToken,
    port: options.port,
  }
}
