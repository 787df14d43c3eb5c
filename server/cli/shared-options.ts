/** Options that several commands have, so that they are called and explained alike. */
import { type Command, Option } from 'commander'
import { atLeastTwo, notNegative, positive, positiveInteger, probability, wholeNumber } from './arguments.ts'

export const languageOption = (): Option =>
  new Option('--lang <language>', 'language of the report (default: that of the environment)').choices([
    'zh',
    'en',
  ])

/** What a plan can be asked for; the advisor chooses the rest. */
export const withSettings = (command: Command): Command =>
  command
    .option('--rounds <t>', 'training rounds (default: advised)', positiveInteger)
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
