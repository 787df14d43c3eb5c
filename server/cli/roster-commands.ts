/** `yinxin roster ...` */
import type { Command } from 'commander'

const commands = () => import('../roster/commands.ts')

export function addRoster(program: Command): void {
  const roster = program
    .command('roster')
    .description('versions of the list of enterprises, signed by the platform')
  roster
    .command('issue <config> <codes>')
    .description('at the platform: issue the next version from a list of codes, one a line')
    .option('--changes <file>', 'what happened to codes that come and go (default: new and closed)')
    .option('--json', 'print what was issued as JSON')
    .action(async (config, codes, options) => (await commands()).issue(config, codes, options))
  roster
    .command('diff <config> <codes>')
    .description('at the platform: print what a list would change, as lines of a file of changes')
    .action(async (config, codes) => (await commands()).diff(config, codes))
  roster
    .command('show <config>')
    .description('at any node: print version, day and counts of its roster')
    .option('--changes', 'print its changes too')
    .option('--json', 'print it as JSON')
    .action(async (config, options) => (await commands()).show(config, options))
  roster
    .command('verify <config> [file]')
    .description('at any node: prove a roster file, and that it follows from the version accepted before')
    .action(async (config, file) => (await commands()).verify(config, file))
}
