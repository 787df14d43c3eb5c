/** `yinxin ledger CONFIG`: the privacy ledger in a server's folder, verified link by link. */
import {
  costOf,
  countsAgainst,
  type LedgerEntry,
  PRIVACY_STATEMENT,
  spentOn,
  verifyEntries,
} from '../../federation/index.ts'
import { readConfig, serverConfig } from '../config.ts'
import { readLedger } from '../state/ledger-file.ts'
import { stateFolder } from '../state/state-folder.ts'
import { readMembership } from './membership.ts'

const HASH_SHOWN = 12

/** @throws LedgerTampered naming the first entry that does not follow */
export async function printLedger(file: string, { json }: { json?: boolean }): Promise<void> {
  const { config, folder } = readConfig(serverConfig, file)
  const { suite, consortium } = readMembership(folder, config)
  const read = await readLedger(stateFolder(folder, config))
  const head = verifyEntries(suite, consortium, { entries: 0, hash: '' }, read)
  const entries = read as LedgerEntry[]
  const ids = [...new Set(entries.map(({ snapshot }) => snapshot))]
  const snapshots = ids.map((id) => ({
    id,
    ...costOf(spentOn(entries.filter(({ snapshot }) => snapshot === id))),
  }))
  const families = [...new Set(entries.flatMap((entry) => entry.families ?? []))]
  const periods = families.map((id) => ({
    id,
    ...costOf(spentOn(entries.filter((entry) => countsAgainst(entry, id)))),
  }))
  process.stdout.write(
    json
      ? `${JSON.stringify({ consortium, head, snapshots, periods, entries }, null, 2)}\n`
      : printable(consortium, entries, [...snapshots, ...periods]),
  )
}

const amount = (value: number | null): string => (value === null ? 'unbounded' : value.toFixed(4))

function printable(
  consortium: string,
  entries: readonly LedgerEntry[],
  sums: readonly ({ id: string } & ReturnType<typeof costOf>)[],
): string {
  const line = (cells: readonly string[]) =>
    [
      cells[0].padStart(6),
      cells[1].padEnd(18),
      cells[2].padEnd(36),
      ...cells.slice(3, 7).map((cell) => cell.padStart(10)),
      cells[7],
    ].join('  ')
  return [
    `${consortium}: ${entries.length} entries, the chain is whole`,
    line(['entry', 'run', 'what', 'released', 'sigma', 'rho', 'counted', 'hash']),
    ...entries.map(({ index, run, what, released, sigma, rho, rhoCounted, hash }) =>
      line([
        ...[String(index), run, what, String(released), sigma === null ? '-' : String(sigma)],
        ...[amount(rho), amount(rhoCounted), hash.slice(0, HASH_SHOWN)],
      ]),
    ),
    ...sums.map(
      ({ id, epsilon, epsilonCounted }) =>
        `${id}: epsilon ${amount(epsilon)}, ${amount(epsilonCounted)} with 128 columns for each provider that no auditor has confirmed`,
    ),
    PRIVACY_STATEMENT.en,
    PRIVACY_STATEMENT.zh,
    '',
  ].join('\n')
}
