/** Plans of a node that signs them: list, approve, refuse. The same commands for each of the three roles. */
import { type Command, InvalidArgumentError } from 'commander'
import type { PlanOptions, Signer } from '../approval/commands.ts'
import type { LogOptions } from '../node/print-log.ts'
import { languageOption } from './shared-options.ts'

function headOf(text: string): NonNullable<LogOptions['head']> {
  const [, entries, hash] = /^([0-9]{1,9}):([0-9a-f]{64})$/.exec(text) ?? []
  if (hash === undefined) throw new InvalidArgumentError('Give it as it was printed, <entries>:<hash>.')
  return { entries: Number(entries), hash }
}

export function addPlanCommands(parent: Command, signer: Signer): void {
  parent
    .command('plans <config> [plan]')
    .description(
      'list the run plans of this node, or show one in plain words: who, what for, what leaves, what it costs',
    )
    .addOption(languageOption())
    .option('--json', 'print it as JSON')
    .action(async (config: string, plan: string | undefined, options: PlanOptions) =>
      (await import('../approval/commands.ts')).showPlans(signer, config, plan, options),
    )
  parent
    .command('log <config>')
    .description('what this node decided and what left it, in plain words; the chain is verified first')
    .option('--run <id>', 'of one run')
    .option('--since <day>', 'from this day on, YYYY-MM-DD')
    .option('--json', 'print it as JSON')
    .option('--verify', 'print no entries, only whether the chain is whole, and its head')
    .option(
      '--head <head>',
      'a head that was printed before, <entries>:<hash>; the log must contain it',
      headOf,
    )
    .action(async (config: string, options: LogOptions) =>
      (await import('../node/print-log.ts')).printLog(signer, config, options),
    )
  parent
    .command('approve <plan> <config>')
    .description(
      'approve a plan that waits for a person; PLAN is the beginning of its hash, 8 digits at least',
    )
    .option('--reason <text>', 'kept in the log of this node', '')
    .action(async (plan: string, config: string, { reason }: { reason: string }) =>
      (await import('../approval/commands.ts')).decidePlan(signer, plan, config, { approved: true, reason }),
    )
  parent
    .command('refuse <plan> <config>')
    .description('refuse a plan that waits for a person, which ends its run')
    .requiredOption('--reason <text>', 'why; the other parties are told')
    .action(async (plan: string, config: string, { reason }: { reason: string }) =>
      (await import('../approval/commands.ts')).decidePlan(signer, plan, config, { approved: false, reason }),
    )
}
