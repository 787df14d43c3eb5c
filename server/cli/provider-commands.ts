/** `yinxin provider ...`: a department's process, and what helps to set it up. */
import type { Command } from 'commander'
import { collect, wholeNumber } from './arguments.ts'
import { addPlanCommands } from './plan-commands.ts'
import { languageOption } from './shared-options.ts'

export function addProvider(program: Command): void {
  const provider = program
    .command('provider')
    .description("a department's process, and what helps to set it up")
    .argument('[config]', 'configuration of the node to run')
    .action(async (config: string | undefined) => {
      if (config === undefined) provider.help({ error: true })
      await (await import('../node/provider-process.ts')).runProvider(config as string)
    })
  addPlanCommands(provider, 'provider')
  provider
    .command('check <config>')
    .description(
      'say in plain words what would be read, used and sent, what fails and how to mend it; sends nothing',
    )
    .addOption(languageOption())
    .option('--json', 'print it as JSON')
    .action(async (config, options) =>
      (await import('../node/check-provider.ts')).checkProvider(config, options),
    )
  provider
    .command('drift <config>')
    .description('how your columns have moved since training, as the last night saw it; nobody else is told')
    .option('--json', 'print it as JSON')
    .action(async (config, options) =>
      (await import('../node/column-drift-file.ts')).printDrift(config, options),
    )
  provider
    .command('train-extractor <config>')
    .description('train a small network on your own records, at home, to be used as a feature')
    .requiredOption('--name <name>', 'name of the feature to be made')
    .requiredOption('--class <code>', 'class whose built-in features it is fed with')
    .requiredOption('--event <rule>', 'what it learns to foresee, such as "arrears_days > 30"')
    .requiredOption('--earlier <day>', 'day of the features that it learns from, YYYY-MM-DD')
    .requiredOption('--later <day>', 'day on which the event is read off')
    .option('--seed <n>', 'decides the first weights and the order of rows', wholeNumber, 1)
    .option('--out <folder>', "parent of the model's folder, beside the configuration", 'models')
    .action(async (config, options) =>
      (await import('../node/train-extractor.ts')).trainProvider(config, options),
    )
  provider
    .command('init')
    .description('write a configuration with a remark on every line')
    .requiredOption('--class <code>', 'a class of records that you hold; repeat it', collect, [])
    .option('--name <name>', 'name of your node in the consortium', 'provider')
    .option('--out <file>', 'file to write', 'provider.yaml')
    .action(async (options) => (await import('../node/init-provider.ts')).initProvider(options))
}
