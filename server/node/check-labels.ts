/** `yinxin label-holder check CONFIG` and `yinxin label-holder snapshot CONFIG`: from a bank's loans to frozen labels, on this machine. */
import { mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { inspectLoans, writeSnapshot } from '../../features/index.ts'
import { labelHolderConfig, readConfig, readEnvironment } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { readNodeRoster } from '../roster/node-roster.ts'
import { describeLabels, faultsOf, type LabelCheck, type Language } from './describe-labels.ts'
import { exitOnSignal } from './exit-on-signal.ts'
import { today } from './today.ts'

export interface CheckLabelsOptions {
  readonly json?: boolean
  readonly lang?: Language
}

/**
 * Prints what the labels would be and what fails; the exit code says whether anything does. Nothing is written or sent.
 *
 * @throws ConfigUnreadable, ConfigInvalid, NoLoansSection, YX_FEATURES_OUTCOME_DEFINITION_INVALID: nothing can be checked then
 */
export async function checkLabels(file: string, options: CheckLabelsOptions): Promise<void> {
  exitOnSignal()
  const { language } = readEnvironment()
  const { check } = await inspect(file)
  process.stdout.write(
    options.json
      ? `${JSON.stringify(asJson(check), null, 2)}\n`
      : describeLabels(check, options.lang ?? language),
  )
  if (faultsOf(check).length > 0) process.exitCode = exitCodes.badDataSet.code
}

/**
 * Freezes the labels and prints the file's name relative to the configuration, as `labels` takes it.
 *
 * @throws what `checkLabels` throws, and the first fault that it would print; YX_FEATURES_LABEL_SNAPSHOT_UNWRITABLE
 */
export async function snapshotLabels(file: string, options: CheckLabelsOptions): Promise<void> {
  exitOnSignal()
  const { check, folder, snapshots, labels } = await inspect(file)
  const [fault] = faultsOf(check)
  if (fault !== undefined) throw fault
  const snapshot = check.inspection.snapshot!
  const written = await writeSnapshot(snapshot, join(folder, snapshots))
  const name = relative(folder, written.file)
  const { good, bad } = snapshot.record.enterprises
  const { hash } = snapshot.record
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ labels: name, version: written.version, isNew: written.isNew, hash, good, bad }, null, 2)}\n`
      : `${name}\n`,
  )
  const language = options.lang ?? readEnvironment().language
  const say = (zh: string, en: string) => void process.stderr.write(`${language === 'zh' ? zh : en}\n`)
  say(`好 ${good} 户，坏 ${bad} 户，SHA-256 ${hash}`, `${good} good, ${bad} bad, SHA-256 ${hash}`)
  if (!written.isNew)
    say('同样的快照已存在，未作改动。', 'The same snapshot lay there already; nothing was changed.')
  if (written.version > 1) {
    say(
      `该日已有内容不同的快照，原文件未动；这是第 ${written.version} 版。`,
      `A snapshot of that day with other content is there and stays as it is; this is version ${written.version}.`,
    )
  }
  if (join(folder, labels) !== written.file) {
    say(
      `训练使用它：在配置中写 labels: ${name}`,
      `To train on it, write into the configuration: labels: ${name}`,
    )
  }
}

async function inspect(
  file: string,
): Promise<{ check: LabelCheck; folder: string; snapshots: string; labels: string }> {
  const { config, folder } = readConfig(labelHolderConfig, file)
  const { loans, name, labels } = config
  if (loans === undefined) throw new serverErrors.NoLoansSection(file)
  const { quiet } = readEnvironment()
  if (loans.quarantine !== undefined) {
    await mkdir(join(folder, loans.quarantine), { recursive: true, mode: 0o700 })
  }
  const faults: Error[] = []
  const roster = await readNodeRoster(folder, config).catch((fault) => {
    faults.push(fault)
    return null
  })
  const inspection = await inspectLoans(loans, {
    ...{ folder, today: today(), roster },
    note: ({ step, of }) => void (quiet || process.stderr.write(`${step} ${of} ...\n`)),
  })
  const check = { name, inspection, rosterSize: roster?.size ?? null, faults }
  return { check, folder, snapshots: loans.snapshots, labels }
}

/** Counts and names only: what `--json` prints may travel. */
function asJson(check: LabelCheck) {
  const { definition, batches, loans, enterprises, snapshot } = check.inspection
  const known = enterprises === null ? 0 : enterprises.good + enterprises.bad
  return {
    name: check.name,
    definition,
    rosterSize: check.rosterSize,
    batches: batches.flatMap((batch) => ('report' in batch ? [batch.report] : [])),
    ...{ loans, enterprises, badRate: known === 0 ? null : enterprises!.bad / known },
    hash: snapshot?.record.hash ?? null,
    faults: faultsOf(check).map((fault) => ({
      code: (fault as { code?: string }).code,
      message: fault.message,
    })),
  }
}
