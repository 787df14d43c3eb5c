/** `yinxin run ...`: what the operator of the platform does with runs. */
import type { Command } from 'commander'
import type { RunAction } from '../operator/operator.ts'
import { OPERATOR_TOKEN, withRunOutput, withRunStart } from './shared-options.ts'

const proposals = () => import('../operator/proposal-commands.ts')
const nights = () => import('../operator/night-commands.ts')
const commands = () => import('../operator/commands.ts')

const ACTIONS: readonly (readonly [RunAction, string])[] = [
  ['stop', 'stop the night in progress, or a run, which stands still and can be resumed'],
  ['drop', 'give a run up for good'],
]

export function addRun(program: Command): void {
  const run = program
    .command('run')
    .description("the operator's commands, on the platform's machine, with the platform's configuration")
  withRunOutput(withRunStart(run.command('start <config>')))
    .description('start a run of all members, or of the providers named, and follow it')
    .action(async (config, options) => (await commands()).startRun(config, options))
  run
    .command('night <config>')
    .description('rate the roster with the data of the day and publish; no training')
    .option('--model <hash>', 'plan hash of the champion, or its beginning; another one is refused')
    .option('--json', 'print what came of it as JSON')
    .option(...OPERATOR_TOKEN)
    .action(async (config, options) => (await nights()).scoreNight(config, options))
  withRunOutput(run.command('show <config> [run]'))
    .description('follow a run from its beginning (default: the last one); leaving it does not stop it')
    .action(async (config, id, options) => (await commands()).showRun(config, id, options))
  run
    .command('list <config>')
    .description('the runs that the platform keeps, and how each stands')
    .option('--json', 'print it as JSON')
    .option(...OPERATOR_TOKEN)
    .action(async (config, options) => (await commands()).listRuns(config, options))
  withRunOutput(run.command('resume <config> [run]').option('--detach', 'leave at once'))
    .description('go on with a run that stands still (default: the last one), and follow it')
    .action(async (config, id, options) => (await commands()).actOnRun('resume', config, id, options))
  run
    .command('proposals <config>')
    .description('how the served model stands to the providers of today, and the retrainings proposed')
    .option('--json', 'print it as JSON')
    .option(...OPERATOR_TOKEN)
    .action(async (config, options) => (await proposals()).listProposals(config, options))
  run
    .command('accept <config> <proposal>')
    .description('start the run of a proposal, print its id')
    .option(...OPERATOR_TOKEN)
    .action(async (config, id, options) => (await proposals()).acceptProposal(config, id, options))
  run
    .command('forget <config> <provider>')
    .description('delete what is left of a provider that was removed: its model is not scored any more')
    .option(...OPERATOR_TOKEN)
    .action(async (config, name, options) => (await proposals()).forgetProvider(config, name, options))
  for (const [action, description] of ACTIONS) {
    run
      .command(`${action} <config> [run]`)
      .description(`${description} (default: the last one)`)
      .option(...OPERATOR_TOKEN)
      .action(async (config, id, options) => (await commands()).actOnRun(action, config, id, options))
  }
}
