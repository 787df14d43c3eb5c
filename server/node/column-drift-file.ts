/**
 * How a provider's columns have moved since training, as its last night saw it: `column-drift.json` in its state folder, warnings in its
 * log, and `yinxin provider drift`. It stays in the house: nobody else is told.
 */
import { join } from 'node:path'
import type { KeepDrift } from '../../federation/index.ts'
import { providerConfig, readConfig } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'
import { stateFolder } from '../state/state-folder.ts'

const FILE = 'column-drift.json'

type Drift = Parameters<KeepDrift>[0]

export function driftFile(state: string, warn: (text: string) => void): KeepDrift {
  return async (drift) => {
    await replaceFile(join(state, FILE), JSON.stringify(drift, null, 2))
    for (const { column, state: how, values, held } of drift.columns)
      if (how !== 'ok')
        warn(`column "${column}" has moved since training (${how}): ${Math.max(values, held).toFixed(3)}`)
  }
}

/** Prints what the last night saw. @throws NodeFileUnreadable */
export async function printDrift(configFile: string, options: { readonly json?: boolean }): Promise<void> {
  const { config, folder } = readConfig(providerConfig, configFile)
  const text = await readIfThere(join(stateFolder(folder, config), FILE))
  if (text === null) {
    process.stderr.write('There was no night yet. 尚无夜间评分。\n')
    return
  }
  let drift: Drift
  try {
    drift = JSON.parse(text) as Drift
  } catch {
    throw new serverErrors.NodeFileUnreadable(FILE)
  }
  process.stdout.write(options.json ? `${JSON.stringify(drift, null, 2)}\n` : driftLines(drift))
}

/** A line a column, the ones that moved most first. */
function driftLines({ night, columns }: Drift): string {
  const width = Math.max(6, ...columns.map(({ column }) => column.length))
  const most = (of: Drift['columns'][number]) => Math.max(of.values, of.held)
  return [
    `${night}`,
    `${'column'.padEnd(width)}  state  values   held`,
    ...[...columns]
      .sort((a, b) => most(b) - most(a))
      .map(
        ({ column, state, values, held }) =>
          `${column.padEnd(width)}  ${state.padEnd(5)}  ${values.toFixed(3).padStart(6)}  ${held.toFixed(3).padStart(5)}`,
      ),
    '',
  ].join('\n')
}
