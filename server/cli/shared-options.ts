/** Options that several commands have, so that they are called and explained alike. */
import { type Command, Option } from 'commander'
import { MAX_DEPTH, MODEL_KINDS } from '../../federation/index.ts'
import {
  atLeastTwo,
  collect,
  notNegative,
  positive,
  positiveInteger,
  probability,
  wholeNumber,
  writableFile,
} from './arguments.ts'

export const languageOption = (): Option =>
  new Option('--lang <language>', 'language of the report (default: that of the environment)').choices([
    'zh',
    'en',
  ])

/** What a plan can be asked for; the advisor chooses the rest. */
export const withSettings = (command: Command): Command =>
  command
    .addOption(
      new Option('--model <kind>', 'points per bin, or boosted trees inside each provider')
        .choices(MODEL_KINDS)
        .default('scorecard'),
    )
    .addOption(
      new Option('--depth <d>', 'levels of the trees of a booster (default: 2)').choices(
        Array.from({ length: MAX_DEPTH }, (_, at) => String(at + 1)),
      ),
    )
    .option('--rounds <t>', 'linear training rounds (default: advised)', positiveInteger)
    .option(
      '--logistic-rounds <t>',
      'logistic rounds after the linear ones, at most 8: for columns that say much (default: 0)',
      wholeNumber,
    )
    .option('--bins <b>', 'bins per column (default: advised)', atLeastTwo)
    .option('--lambda <l>', 'ridge (default: advised)', positive)
    .option(
      '--noise <sigma>',
      'noise per server in units of one row (default: advised); 0 switches it off',
      notNegative,
    )

/** What a run can be asked for. */
export const withRunSettings = (command: Command): Command =>
  withSettings(command)
    .option('--bandwidth <mbit>', "the slowest provider's link, megabits a second (default: 1000)", positive)
    .option(
      '--challenges <n>',
      'hidden challenges among the rounds (default: 1, 0 in benchmarks)',
      wholeNumber,
    )
    .option('--target-pd <p>', 'highest mean default probability of the whitelist', probability, 0.03)

export const OPERATOR_TOKEN = [
  '--token <file>',
  "the operator's token (default: the file in the platform's state folder)",
] as const

/** Where the report of a run that is followed goes, and who asks. */
export const withRunOutput = (command: Command): Command =>
  command
    .option('--report <file>', 'write the run report as JSON', writableFile)
    .option('--json', 'print the run report as JSON on stdout')
    .option(...OPERATOR_TOKEN)

/** What a run of the operator's can be asked for. */
export const withRunStart = (command: Command): Command =>
  withRunSettings(
    command.option('--provider <name>', 'a provider that takes part; repeat it (default: all)', collect, []),
  )
    .option('--override-limits', 'ask for a plan that the limits refuse; every party must allow it')
    .option('--detach', 'print the id of the run and leave')
