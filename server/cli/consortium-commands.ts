/** `yinxin consortium ...`, `yinxin enrol` and `yinxin rotate`: who belongs to a consortium. */
import { type Command, InvalidArgumentError, Option } from 'commander'

const FOLDER = 'office'

const office = () => new Option('--office <folder>', 'folder of the office').default(FOLDER)
const publish = () => new Option('--publish', 'hand the new list to the platform')

const address = (text: string): string => {
  if (!/^https?:\/\/[^/]+\/*$/.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('Give https://HOST:PORT without a path.')
  return text
}
const days =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > 3650)
      throw new InvalidArgumentError(`Give a whole number of days of at least ${least}.`)
    return value
  }
const minutes = (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Give a number of minutes.')
  return value
}
const collect = (value: string, before: readonly string[]): string[] => [...before, value]

export function addConsortium(program: Command): void {
  const consortium = program
    .command('consortium')
    .description("the consortium's office: who is a member, and by which keys")
  consortium
    .command('init <folder>')
    .description('make the office of a new consortium: root key, transport authority, an empty member list')
    .requiredOption('--name <name>', 'name of the consortium')
    .requiredOption('--platform <url>', 'address of the platform, as members reach it', address)
    .addOption(
      new Option('--suite <name>', 'algorithms of the consortium').choices(['international', 'national']),
    )
    .action(async (folder, options) => (await import('../consortium/found.ts')).foundCommand(folder, options))
  consortium
    .command('invite <name>')
    .description('print a token with which a member enrols, once')
    .addOption(
      new Option('--role <role>', 'what the member does')
        .choices(['provider', 'label-holder', 'keyholder', 'platform'])
        .makeOptionMandatory(),
    )
    .option('--public-data', 'a provider that brings data of public registers only')
    .option('--days <n>', 'days for which the token is good (default: 7)', days(1))
    .addOption(office())
    .action(async (name, options) => (await import('../consortium/invite.ts')).inviteCommand(name, options))
  consortium
    .command('admit [requests...]')
    .description('admit members, or take their new keys over, by requests from files or from the platform')
    .option('--from-platform', 'fetch what waits at the platform, and answer there')
    .option('--overlap <days>', 'days for which replaced keys are still believed (default: 7)', days(0))
    .addOption(publish())
    .addOption(office())
    .action(async (files, options) =>
      (await import('../consortium/office-commands.ts')).admitCommand(files, options),
    )
  consortium
    .command('renew <name>')
    .description("issue a new certificate for a member's present keys")
    .addOption(publish())
    .addOption(office())
    .action(async (name, options) =>
      (await import('../consortium/office-commands.ts')).renewCommand(name, options),
    )
  consortium
    .command('remove <name>')
    .description('take a member off the list')
    .addOption(publish())
    .addOption(office())
    .action(async (name, options) =>
      (await import('../consortium/office-commands.ts')).removeCommand(name, options),
    )
  consortium
    .command('list')
    .description('print the member list and open invitations')
    .option('--json', 'print it as JSON')
    .addOption(office())
    .action(async (options) => (await import('../consortium/office-commands.ts')).listCommand(options))
  program
    .command('enrol [token]')
    .description('join a consortium: make the keys of a node, have them admitted by the office')
    .option('--token-file <file>', 'file with the token, so that no list of processes shows it')
    .option('--folder <folder>', 'folder of the node', '.')
    .option('--class <code>', "a class of records in a provider's configuration; repeat it", collect, [])
    .option('--minutes <n>', 'minutes for which the office is waited for (default: 60)', minutes)
    .option('--offline', 'write the request to a file that is carried by hand')
    .addOption(new Option('--answer <file>', "put the office's answer in its place").conflicts('tokenFile'))
    .action(async (token, { answer, ...options }, command) => {
      const enrol = await import('../consortium/enrol.ts')
      if (answer !== undefined) return enrol.installCommand(answer, options)
      if ((token === undefined) === (options.tokenFile === undefined))
        command.error('error: give a token, --token-file or --answer', { exitCode: 2 })
      return enrol.enrolCommand(token, options)
    })
  program
    .command('rotate <config>')
    .description('replace the keys and the certificate of a node while it runs')
    .option('--offline', 'write the request to a file that is carried by hand')
    .option('--minutes <n>', 'minutes for which the office is waited for (default: 60)', minutes)
    .action(async (config, options) =>
      (await import('../consortium/rotate.ts')).rotateCommand(config, options),
    )
}
