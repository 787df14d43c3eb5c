/** `yinxin <role> log CONFIG`: what a node decided and what left it, verified link by link. */
import type { NodeLogEntry } from '../../federation/index.ts'
import { verifyLog } from '../../federation/index.ts'
import { keyHolderConfig, labelHolderConfig, providerConfig, readConfig } from '../config.ts'
import { stateFolder } from '../state/state-folder.ts'
import { readLog } from './log-file.ts'
import { readMembership } from './membership.ts'

export interface LogOptions {
  readonly run?: string
  /** YYYY-MM-DD */
  readonly since?: string
  readonly json?: boolean
  readonly verify?: boolean
  /** `<entries>:<hash>`, as an earlier verification printed it. */
  readonly head?: { readonly entries: number; readonly hash: string }
}

const SCHEMAS = { provider: providerConfig, 'label-holder': labelHolderConfig, keyholder: keyHolderConfig }

/** @throws NodeLogTampered, NodeLogTruncated */
export async function printLog(
  signer: keyof typeof SCHEMAS,
  file: string,
  { run, since = '', json, verify, head: kept }: LogOptions,
): Promise<void> {
  const { config, folder } = readConfig(SCHEMAS[signer], file)
  const { suite, name } = readMembership(folder, config)
  const read = await readLog(stateFolder(folder, config))
  const head = verifyLog(suite, name, read, kept ?? null)
  const entries = (read as NodeLogEntry[]).filter(
    (entry) => (run === undefined || entry.run === run) && entry.at >= since,
  )
  if (json) process.stdout.write(`${JSON.stringify({ node: name, head, entries }, null, 2)}\n`)
  else if (!verify) process.stdout.write(entries.map((entry) => `${logLine(entry)}\n`).join(''))
  process.stderr.write(
    `${name}: ${head.entries} entries, the chain is whole; head ${head.entries}:${head.hash}\n`,
  )
}

/** An entry in plain words. */
export function logLine(entry: NodeLogEntry): string {
  const { at, kind, run, plan, who, what, round, step, bytes, body } = entry
  const about = `${at}  ${run.padEnd(14)}`
  const short = plan.slice(0, 12)
  const because = what === '' ? '' : `: ${what}`
  switch (kind) {
    case 'started':
      return `${about}  the node started (${what})`
    case 'opened':
      return `${about}  the platform opened the run`
    case 'proposed':
      return `${about}  plan ${short} was proposed and keeps this node's rules`
    case 'approved':
      return `${about}  plan ${short} was approved by ${who}${because}`
    case 'refused':
      return `${about}  plan ${short} was refused by ${who}${because}`
    case 'left':
      return `${about}  ${what} left for ${who}: ${bytes} bytes, step ${step}, round ${round}, body ${body.slice(0, 12)}`
    case 'finished':
      return `${about}  the run finished`
    case 'aborted':
      return `${about}  the platform stopped the run (${who})${because}`
    case 'failed':
      return `${about}  this node refused (${who})${because}`
  }
}
