/** `yinxin model ...`: the registry of models, for the operator of the platform and for parties that approve. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { serverErrors } from '../errors.ts'
import { positiveInteger, writableFile } from './arguments.ts'
import { languageOption, OPERATOR_TOKEN, withRunOutput, withRunStart } from './shared-options.ts'

const commands = () => import('../operator/model-commands.ts')

/** The node of a configuration, unless it is the platform. */
async function partyOf(config: string) {
  const approvals = await import('../approval/model-approval.ts')
  const node = (await import('../doctor/patient.ts')).readPatient(config)
  return { approvals, party: node.role === 'platform' ? null : node }
}

function cardHash(text: string): string {
  if (!/^[0-9a-f]{8,64}$/.test(text)) throw new InvalidArgumentError('Give at least 8 digits of the hash.')
  return text
}

const JSON_OPTION = ['--json', 'print it as JSON'] as const

export function addModel(program: Command): void {
  const model = program
    .command('model')
    .description(
      "the registry of models, with the platform's configuration on its machine; card and approve at a party too",
    )
  const told = (command: Command): Command =>
    command
      .addOption(languageOption())
      .option(...JSON_OPTION)
      .option(...OPERATOR_TOKEN)
  told(model.command('list <config>'))
    .description('every model: version, where it stands, figures, who has approved its card and who has not')
    .action(async (config, options) => (await commands()).listModels(config, options))
  told(
    model
      .command('compare <config>')
      .argument('<first>', 'version', positiveInteger)
      .argument('<second>', 'version', positiveInteger),
  )
    .description(
      'two models side by side: figures with intervals, whether they differ by more than their error',
    )
    .action(async (config, first, second, options) =>
      (await commands()).compareTwo(config, first, second, options),
    )
  told(model.command('history <config>'))
    .description('who did what with which model and when; the chain is verified first')
    .action(async (config, options) => (await commands()).showHistory(config, options))
  model
    .command('card <config>')
    .argument('<version>', 'version', positiveInteger)
    .description("a model's card as JSON, byte for byte as parties approve it")
    .option('--out <file>', 'write it to a file', writableFile)
    .option('--page <file>', 'write it as a page of HTML for people', writableFile)
    .option(...OPERATOR_TOKEN)
    .action(async (config, version, options) => {
      const { party, approvals } = await partyOf(config)
      if (party) await approvals.showCardAt(party, version, options)
      else await (await commands()).showCard(config, version, options)
    })
  model
    .command('monitor <config>')
    .description(
      'how the model that rates stands under watch: scores of each night, outcomes of newer labels',
    )
    .option('--accept <note>', 'go on with a frozen model: what was decided, for the record')
    .option('--json', 'print it as JSON')
    .option(...OPERATOR_TOKEN)
    .action(async (config, options) =>
      (await import('../operator/monitor-command.ts')).monitorModel(config, options),
    )
  told(model.command('approve <config>').argument('<version>', 'version', positiveInteger))
    .description(
      "at a party that signed the plan: approve the card with its key; with the platform's configuration: approve a draft whose approvals are all there",
    )
    .option('--card <sha256>', 'at a party: the hash of the card that was read, or its beginning', cardHash)
    .action(async (config, version, options) => {
      const { party, approvals } = await partyOf(config)
      if (party) await approvals.approveAt(party, version, options)
      else if (options.card !== undefined)
        throw new serverErrors.ModelRequestInvalid('"--card" is for a party that approves with its own key')
      else await (await commands()).stepModel('approve', config, version, options)
    })
  told(model.command('promote <config>').argument('<version>', 'version', positiveInteger))
    .description('make an approved model the champion; its ratings are served at once')
    .addOption(
      new Option(
        '--challenger',
        'make it the challenger: from the next night on it rates the share of --share',
      ),
    )
    .option('--share <n>', 'subjects of a thousand that the challenger rates, 1 to 500', positiveInteger)
    .action(async (config, version, { challenger, ...options }) =>
      (await commands()).stepModel(challenger ? 'challenge' : 'promote', config, version, options),
    )
  told(model.command('retire <config>').argument('<version>', 'version', positiveInteger))
    .description('retire a model that is not the champion')
    .action(async (config, version, options) =>
      (await commands()).stepModel('retire', config, version, options),
    )
  told(model.command('rollback <config>'))
    .description('bring back the champion before this one, and its ratings')
    .action(async (config, options) => (await commands()).stepModel('rollback', config, undefined, options))
  withRunOutput(withRunStart(model.command('train <config>')))
    .description(
      'start a run of all members, or of the providers named, and follow it; the same as "run start"',
    )
    .action(async (config, options) => (await import('../operator/commands.ts')).startRun(config, options))
}
