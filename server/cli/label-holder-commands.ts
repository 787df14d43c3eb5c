/** `yinxin label-holder ...`: the process of a bank, and what it does with its loans before. */
import type { Command } from 'commander'
import type { CheckLabelsOptions } from '../node/check-labels.ts'
import { addPlanCommands } from './plan-commands.ts'
import { languageOption } from './shared-options.ts'

export function addLabelHolder(program: Command): void {
  const holder = program
    .command('label-holder')
    .argument('<config>')
    .description("a bank's process")
    .action(async (config) => (await import('../node/label-holder-process.ts')).runLabelHolder(config))
  holder
    .command('init')
    .description('write a configuration with a remark on every line that you fill in')
    .requiredOption('--name <name>', 'name of this label holder in the consortium')
    .option('--out <file>', 'the file to write', 'label-holder.yaml')
    .action(async (options) => (await import('../node/init-label-holder.ts')).initLabelHolder(options))
  holder
    .command('check <config>')
    .description('print what labels the loans give, what is left out and why; nothing is sent')
    .addOption(languageOption())
    .option('--json', 'print it as JSON')
    .action(async (config, options: CheckLabelsOptions) =>
      (await import('../node/check-labels.ts')).checkLabels(config, options),
    )
  holder
    .command('snapshot <config>')
    .description('freeze the labels into a dated file, print its name')
    .addOption(languageOption())
    .option('--json', 'print it as JSON')
    .action(async (config, options: CheckLabelsOptions) =>
      (await import('../node/check-labels.ts')).snapshotLabels(config, options),
    )
  addPlanCommands(holder, 'label-holder')
}
