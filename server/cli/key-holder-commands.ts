/** `yinxin keyholder ...`: the independent key holder's process, and the backup of its keys. */
import type { Command } from 'commander'
import type { BackupOptions } from '../keyholder/backup.ts'
import { addPlanCommands } from './plan-commands.ts'
import { wholeOption } from './whole-option.ts'

export function addKeyHolder(program: Command): void {
  const holder = program
    .command('keyholder')
    .argument('[config]')
    .description("the key holder's process, and the backup of its keys")
    .action(async (config: string | undefined) => {
      if (config === undefined) holder.help({ error: true })
      await (await import('../keyholder/key-holder-process.ts')).runKeyHolder(config as string)
    })
  holder
    .command('backup <config>')
    .description('split its keys into one file a custodian, of which some restore them')
    .requiredOption('--shares <n>', 'custodians, 2 to 20', wholeOption)
    .requiredOption('--threshold <t>', 'shares that restore the keys, at least 2', wholeOption)
    .requiredOption('--out <folder>', 'folder for the files; absent or empty')
    .action(async (config, options: BackupOptions) =>
      (await import('../keyholder/backup.ts')).backupKeyHolder(config, options),
    )
  holder
    .command('restore <files...>')
    .description('write its keys again out of the files of enough custodians')
    .requiredOption('--out <folder>', 'folder for the identity; nothing in it is replaced')
    .action(async (files, options: { out: string }) =>
      (await import('../keyholder/restore.ts')).restoreKeyHolder(files, options),
    )
  addPlanCommands(holder, 'keyholder')
}
