/** Plans of a node that signs them: list, approve, refuse. The same commands for each of the three roles. */
import { type Command, Option } from 'commander'
import type { PlanOptions, Signer } from '../approval/commands.ts'

export function addPlanCommands(parent: Command, signer: Signer): void {
  parent
    .command('plans <config> [plan]')
    .description(
      'list the run plans of this node, or show one in plain words: who, what for, what leaves, what it costs',
    )
    .addOption(
      new Option('--lang <language>', 'language (default: that of the environment)').choices(['zh', 'en']),
    )
    .option('--json', 'print it as JSON')
    .action(async (config: string, plan: string | undefined, options: PlanOptions) =>
      (await import('../approval/commands.ts')).showPlans(signer, config, plan, options),
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
