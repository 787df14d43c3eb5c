/** A folder that `yinxin city` wrote: every node gets its own party's raw tables and makes features or labels of them itself. */
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import Type, { type Static } from 'typebox'
import {
  type DataSection,
  type ExclusionRule,
  freezeLoans,
  inspectLoans,
  type Labels,
  type LoansSection,
  layGroups,
  loadLabels,
  prepareProviderData,
  type Roster,
  readFeatureFile,
  readRoster,
  writeSnapshot,
} from '../../features/index.ts'
import { dataConfig, readConfig } from '../config.ts'
import { newestFrozen } from '../node/provider-data.ts'
import { today } from '../node/today.ts'
import type { LaunchData } from './launch-data.ts'

const ABOUT = 'city.json'
const CLASSES = 'classes'
const STATE = 'state'

const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
/** What is used of the file; it says more. */
const about = Type.Object({
  name: Type.String({ pattern: '^\\w+$' }),
  parties: Type.Array(
    Type.Object({
      party: Type.String({ pattern: '^\\w+$' }),
      role: Type.Union([Type.Literal('provider'), Type.Literal('label-holder')]),
      public: Type.Optional(Type.Boolean()),
    }),
  ),
  calendar: Type.Object({ asOf: Day, bookedFrom: Day, bookedTo: Day, snapshot: Day }),
})
type About = Static<typeof about>

/** What keeps a firm off the whitelist in the made-up city, by what its departments hold. */
const EXCLUSIONS: Readonly<Record<string, readonly ExclusionRule[]>> = {
  water: [arrears('water_usage', 'water')],
  gas: [arrears('gas_usage', 'gas')],
  electricity: [arrears('electricity_usage', 'electricity')],
  registry: [
    {
      party: 'admin_penalty',
      column: 'severity',
      op: '==',
      value: 'serious',
      reason: 'serious penalty within its term',
    },
  ],
  tax: [{ party: 'tax_payment', column: 'credit_level', op: '==', value: 'D', reason: 'tax credit level D' }],
}

function arrears(party: string, what: string): ExclusionRule {
  const reason = `${what} bill unpaid for more than 90 days`
  return { party, column: 'arrears_days', op: '>', value: 90, reason }
}

/** Whether a folder is one that `yinxin city` wrote. */
export function isRawCity(dir: string): boolean {
  return existsSync(join(dir, ABOUT))
}

/** @throws the errors of `readRoster` and `readConfig` */
export async function openRawCity(dir: string): Promise<LaunchData> {
  const { config: city } = readConfig(about, join(dir, ABOUT))
  const roster = await readRoster(join(dir, 'roster.txt'))
  const of = (role: string) => city.parties.filter((party) => party.role === role)
  const sectionOf = (party: string): DataSection =>
    readConfig(dataConfig, join(dir, party, 'data.yaml')).config.data as DataSection
  /** Folders of the nodes, once they are laid out: what a provider made there need not be made again. */
  const nodes = new Map<string, string>()
  const labelFiles = new Map<string, string>()
  return {
    name: city.name,
    idScheme: 'uscc',
    benchmark: false,
    roster,
    providers: of('provider').map(({ party, public: open }) => ({ name: party, public: open === true })),
    labelHolders: of('label-holder').map(({ party }) => party),
    async handOut(name, folder) {
      nodes.set(name, folder)
      const data = sectionOf(name)
      await handOutFiles(join(dir, name), folder)
      if (data.catalogue) await cp(join(dir, CLASSES), join(folder, CLASSES), { recursive: true })
      return {
        tables: [],
        data: { ...data, ...(data.catalogue && { catalogue: [CLASSES] }), quarantine: 'quarantine' },
        exclusions: [...(EXCLUSIONS[name] ?? [])],
      }
    },
    async handOutLabels(name, folder) {
      await handOutFiles(join(dir, name), folder)
      const loans = loansOf(city, sectionOf(name))
      const { file } = await freezeLoans(loans, { folder, roster, today: today() })
      labelFiles.set(name, file)
      return { labels: join(loans.snapshots, basename(file)), loans }
    },
    async columns(name) {
      const data = sectionOf(name)
      const node = nodes.get(name)
      const frozen = node === undefined ? null : await newestFrozen(join(node, STATE))
      const groups =
        frozen === null
          ? await prepareProviderData(data, { folder: join(dir, name), today: today() })
          : await readFeatureFile(frozen.file, frozen.digest)
      return [...layGroups(groups, [], roster).columns]
    },
    async labels(name) {
      const known = labelFiles.get(name)
      if (known !== undefined) return loadLabels(known, roster)
      return labelsInPassing(loansOf(city, sectionOf(name)), join(dir, name), roster)
    },
  }
}

/** Labels of a bank of which no node has been made: what is computed for `plan` leaves nothing in the folder of the city. */
async function labelsInPassing(loans: LoansSection, folder: string, roster: Roster): Promise<Labels> {
  const { snapshot, faults } = await inspectLoans(loans, { folder, roster, today: today() })
  if (snapshot === null) throw faults[0]
  const scratch = await mkdtemp(join(tmpdir(), 'yinxin-labels-'))
  try {
    const { file } = await writeSnapshot(snapshot, scratch)
    return await loadLabels(file, roster)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Files of one party, which no other node's folder gets. */
async function handOutFiles(from: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.isFile()) await copyFile(join(from, entry.name), join(folder, entry.name))
  }
}

function loansOf({ calendar }: About, { sources, catalogue: _, features: __ }: DataSection): LoansSection {
  return {
    asOf: calendar.asOf,
    bookedFrom: calendar.bookedFrom,
    bookedTo: calendar.bookedTo,
    frozenOn: calendar.snapshot,
    sources: sources.filter((source) => source.class === 'loan' || source.class === 'loan_repayment'),
    snapshots: 'snapshots',
  }
}
