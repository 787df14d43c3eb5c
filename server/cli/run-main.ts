/** The commands, their options and examples; each is imported only when it runs, so that help is instant. */
import { Command, CommanderError, Option } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import { portNumber, positive, positiveInteger, wholeNumber, writableFile } from './arguments.ts'
import { addConsortium } from './consortium-commands.ts'
import { exitCodeOf } from './exit-code-of.ts'
import { addKeyHolder } from './key-holder-commands.ts'
import { addLabelHolder } from './label-holder-commands.ts'
import { leaveOnSignal } from './leave-on-signal.ts'
import { addModel } from './model-commands.ts'
import { addRun } from './operator-commands.ts'
import { addProvider } from './provider-commands.ts'
import { addRoster } from './roster-commands.ts'
import { languageOption, withRunSettings, withSettings } from './shared-options.ts'

const START_EXAMPLES = `
Examples:
  npm start                                              a synthetic city, seven departments, three label holders
  npm start -- --once                                    the same, ends after the run
  npm start -- --data DIR --providers 6 --once --report report.json     a data set of your own, dealt over six providers

Environment:
  YINXIN_STATE   folder for state (default .yinxin)      NO_COLOR   no colours      YINXIN_QUIET=1   no progress`

export async function runMain(argv: readonly string[]): Promise<void> {
  leaveOnSignal()
  const program = new Command('yinxin')
  program.description(
    'Departments and banks compute one credit scorecard together without showing each other a row.',
  )
  program.exitOverride().showSuggestionAfterError()
  const start = program
    .command('start')
    .description(
      'run a whole consortium on this machine: train, evaluate, rate every enterprise, serve the API',
    )
    .option(
      '--data <dir>',
      'a data set with a manifest.json, or a folder of yinxin city (default: a synthetic city)',
    )
    .option('--providers <k>', 'deal the columns of a data set over k providers', positiveInteger)
  withRunSettings(start)
    .option('--most-epsilon <e>', 'privacy budget of the labels over all runs (default: none)', positive)
    .option('--enterprises <n>', 'size of the synthetic city', positiveInteger, 20_000)
    .option('--seed <n>', 'seed of the synthetic city', positiveInteger, 1)
    .option('--port <n>', 'port of the platform on loopback (default: a free one, 8480 if it is)', portNumber)
    .addOption(
      new Option(
        '--suite <name>',
        'algorithms of a new consortium: international (default), or national (SM2, SM3, SM4)',
      ).choices(['international', 'national']),
    )
    .option('--allow-two', 'accept two providers (benchmarks only)')
    .option('--override-limits', 'run a plan that the limits refuse (benchmarks only)')
    .option('--authorised <file>', 'firms that authorised the use of their non-public data, one code a line')
    .option('--no-pooled', 'leave out the comparison in the clear')
    .option('--once', 'end after the run instead of serving')
    .option('--report <file>', 'write the run report as JSON', writableFile)
    .option('--json', 'print the run report as JSON on stdout')
    .addHelpText('after', START_EXAMPLES)
    .action(async (options) => (await import('../launch/start.ts')).start(options))
  const plan = program
    .command('plan')
    .description('print what a run would cost in privacy and what its noise would hide; starts nothing')
    .option('--data <dir>', 'a data set as for start (default: the synthetic city)')
    .option('--providers <k>', 'deal the columns of a data set over k providers', positiveInteger)
  withSettings(plan)
    .option('--enterprises <n>', 'size of the synthetic city', positiveInteger, 20_000)
    .option('--seed <n>', 'seed of the synthetic city', positiveInteger, 1)
    .option('--allow-two', 'accept two providers (benchmarks only)')
    .option('--labelled <n>', 'in place of data: labelled firms of the training folds', positiveInteger)
    .option('--bads <n>', 'in place of data: bads among them', positiveInteger)
    .option('--columns <n>', 'in place of data: columns of all providers together', positiveInteger)
    .option('--label-holders <n>', 'in place of data: label holders that may know one firm', positiveInteger)
    .option('--json', 'print it as JSON')
    .action(async (options) => (await import('../launch/plan.ts')).plan(options))
  program
    .command('city')
    .description(
      'write a made-up city of raw records: bills, deposits, returns, permits, loans; no real firm is meant',
    )
    .addOption(
      new Option(
        '--size <name>',
        'tiny 2,000 enterprises, demo 20,000, city 750,000 firms, million 1,000,000',
      )
        .choices(['tiny', 'demo', 'city', 'million'])
        .makeOptionMandatory(),
    )
    .option('--seed <n>', 'the same size and seed give the same files', wholeNumber, 1)
    .requiredOption('--out <dir>', 'the folder to make; it must be absent or empty')
    .option('--memory <mb>', 'memory of the table writer in MB (default: 1024)', positiveInteger)
    .option('--json', 'print what was written as JSON')
    .action(async (options) => (await import('../launch/write-city.ts')).writeRawCityTo(options))
  program
    .command('doctor <config>')
    .description('say what is wrong with a node and how to mend it; changes nothing, running or not')
    .addOption(languageOption())
    .option('--json', 'print the findings as JSON')
    .action(async (config, options) => (await import('../doctor/doctor.ts')).doctor(config, options))
  program
    .command('ledger <config>')
    .description('at the platform or the key holder: print the privacy ledger, verified')
    .option('--json', 'print it as JSON')
    .action(async (config, options) => (await import('../node/print-ledger.ts')).printLedger(config, options))
  program
    .command('catalogue [class]')
    .description('print the classes of records, or one with its fields and rules')
    .option('--json', 'print it as JSON')
    .option('--from <path>', 'a folder of class files beside the built-in ones, or an exported catalogue')
    .option('--export <file>', 'write the whole catalogue to one file', writableFile)
    .addOption(
      new Option('--check <dir>', 'check the class files of a folder, print what they would add').conflicts([
        ...['from', 'export', 'json'],
      ]),
    )
    .action(async (klass, options) =>
      (await import('../catalogue/run-catalogue.ts')).runCatalogue(klass, options),
    )
  program
    .command('platform <config>')
    .description('the platform process')
    .action(async (config) => (await import('../platform/platform-process.ts')).runPlatform(config))
  addKeyHolder(program)
  addProvider(program)
  addLabelHolder(program)
  addConsortium(program)
  addRun(program)
  addModel(program)
  program
    .command('authorise <config> <codes>')
    .description('at the platform: issue the list of firms that authorised the use of their non-public data')
    .option('--days <n>', 'days that the list holds (default: 31)', positiveInteger)
    .option('--purpose <text>', 'what the firms authorised (default: the purpose of the runs)')
    .option('--json', 'print what was issued as JSON')
    .action(async (config, codes, options) =>
      (await import('../platform/authorise.ts')).authorise(config, codes, options),
    )
  addRoster(program)
  const audit = program.command('audit').description('compute a run again at a provider and compare')
  audit
    .command('replay <run> <config>')
    .description('at a provider: compute again what it sent, name the first difference')
    .option('--received <file...>', 'transcripts of platform and key holder, to compare with')
    .option('--list <file>', 'the list of authorised firms of that run (default: the configured one)')
    .action(async (run, config, { received, list }: { received?: string[]; list?: string }) =>
      (await import('../node/audit.ts')).auditReplay(run, config, received ?? [], list),
    )
  audit
    .command('transcript <run> <config>')
    .description('at the platform or the key holder: print what it received in a run, signed')
    .action(async (run, config) => (await import('../node/audit.ts')).auditTranscript(run, config))
  try {
    await program.parseAsync(argv)
  } catch (fault) {
    if (fault instanceof CommanderError) {
      process.exitCode = fault.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code
      return
    }
    const { code, message } = fault as { code?: string; message: string }
    const ours = typeof code === 'string' && code.startsWith('YX_')
    process.stderr.write(
      ours
        ? `\nyinxin: ${message}\n        (${code}, docs/reference/errors)\n`
        : `\nyinxin: ${(fault as Error).stack ?? message}\n`,
    )
    process.exitCode = exitCodeOf(code)
  }
}
