/** `yinxin provider check CONFIG`: everything up to a run, with nothing sent. */
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type FeatureGroup, inspectProviderData, type Roster } from '../../features/index.ts'
import {
  type DataConfig,
  dataConfig,
  holdsDataOnly,
  type ProviderConfig,
  providerConfig,
  readConfig,
  readEnvironment,
} from '../config.ts'
import { serverErrors } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { checkAuthorisation } from './authorisation.ts'
import {
  type Coverage,
  describeProvider,
  faultsOf,
  type Language,
  type ProviderCheck,
  reportsOf,
} from './describe-provider.ts'
import { exitOnSignal } from './exit-on-signal.ts'
import { readMembership } from './membership.ts'
import { checkPublic } from './public-provider.ts'
import { today } from './today.ts'

export interface CheckOptions {
  readonly json?: boolean
  readonly lang?: Language
}

/**
 * Prints what the node would read, use and send, and what fails; the exit code says whether anything does.
 *
 * @param file a provider's configuration, or its `data` section alone before the node is enrolled
 * @throws ConfigInvalid and what makes any check impossible: a section that contradicts itself, a catalogue that does not load
 */
export async function checkProvider(file: string, { json, lang }: CheckOptions): Promise<void> {
  exitOnSignal()
  const { quiet, language } = readEnvironment()
  const { config, folder } = readChecked(file)
  const { data } = config
  if (data === undefined) throw new serverErrors.NoDataSection(file)
  if (data.quarantine !== undefined)
    await mkdir(join(folder, data.quarantine), { recursive: true, mode: 0o700 })
  const note = (text: string) => void (quiet || process.stderr.write(`${text}\n`))
  const prepared = await inspectProviderData(data, {
    folder,
    today: today(),
    note: ({ step, of }) => note(`${step} ${of} ...`),
  })
  const faults: Error[] = []
  const node = 'identity' in config ? config : null
  let roster: Roster | null = null
  if (node) {
    roster = await readNodeRoster(folder, node).catch((fault) => {
      faults.push(fault)
      return null
    })
    await checkNode(node, folder).catch((fault: Error) => void faults.push(fault))
    await checkGrades(node, folder, prepared.groups).catch((fault: Error) => void faults.push(fault))
  }
  const check: ProviderCheck = {
    // The path is this machine's own affair.
    name: node?.name ?? basename(file),
    asOf: data.asOf,
    prepared,
    coverage: prepared.groups.map(
      ({ party, table }): Coverage => ({
        party,
        enterprises: table.ids.length,
        onRoster:
          roster === null ? null : table.ids.reduce((sum, id) => sum + (roster.index(id) >= 0 ? 1 : 0), 0),
      }),
    ),
    rosterSize: roster?.size ?? null,
    authorisation: node?.authorisation,
    faults,
  }
  process.stdout.write(
    json ? `${JSON.stringify(asJson(check), null, 2)}\n` : describeProvider(check, lang ?? language),
  )
  if (faultsOf(check).length > 0) process.exitCode = exitCodes.badDataSet.code
}

/** Identity, member list, rules of use and list of authorised firms. */
async function checkNode(config: ProviderConfig, folder: string): Promise<void> {
  await checkAuthorisation(readMembership(folder, config), config, folder)
}

/** A node whose identity cannot be read has that fault already. */
async function checkGrades(
  config: ProviderConfig,
  folder: string,
  groups: readonly FeatureGroup[],
): Promise<void> {
  const membership = await Promise.resolve()
    .then(() => readMembership(folder, config))
    .catch(() => null)
  if (membership) checkPublic(membership, groups)
}

/**
 * A provider's configuration, or its data alone before it is enrolled.
 * @throws ConfigUnreadable, ConfigInvalid
 */
export function readChecked(file: string): { config: ProviderConfig | DataConfig; folder: string } {
  return holdsDataOnly(file) ? readConfig(dataConfig, file) : readConfig(providerConfig, file)
}

/** Counts and names only: what `--json` prints may travel. */
function asJson(check: ProviderCheck) {
  const { name, asOf, prepared, coverage, rosterSize, authorisation } = check
  const faults = faultsOf(check).map((fault) => ({
    code: (fault as { code?: string }).code,
    message: fault.message,
  }))
  return {
    ...{ name, asOf, catalogue: prepared.catalogue.hash, rosterSize, batches: reportsOf(check) },
    conflicts: prepared.conflicts,
    groups: prepared.groups.map(({ party, identity, reads, table }) => ({
      ...{ party, extractor: identity, reads, coverage: coverage.find((of) => of.party === party) },
      features: table.columns.map(({ card }) => card),
    })),
    ...{ authorisation, faults },
  }
}
