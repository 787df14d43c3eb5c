/** `yinxin keyholder backup CONFIG`: the key holder's long-term secret, split into one file a custodian. */
import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fingerprintOf, holdsKeysOf, type SuiteName, secureRandom } from '../../federation/index.ts'
import { keyHolderConfig, readConfig } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { readMembership, readNodeFile } from '../node/membership.ts'
import { today } from '../node/today.ts'
import { syncFolder } from '../state/durable-file.ts'
import { IDENTITY_FILE, packSecret } from './kept-secret.ts'
import { restoreSecret } from './restore-secret.ts'
import { setOf, splitSecret } from './share-set.ts'
import { grouped, shareText } from './share-text.ts'

export interface BackupOptions {
  readonly shares: number
  readonly threshold: number
  /** Folder for the files; made, or empty. */
  readonly out: string
}

/**
 * Writes the shares, each readable by its owner only, and proves before it ends that they restore the secret.
 * @throws ShareNumbers, FileExists, KeysDiffer
 */
export async function backupKeyHolder(file: string, options: BackupOptions): Promise<void> {
  const { config, folder } = readConfig(keyHolderConfig, file)
  const membership = readMembership(folder, config)
  const { consortium, name } = membership
  const suite = membership.suite.name as SuiteName
  const { signKey, agreeKey } = membership.member(name)
  const keys = { signKey, agreeKey }
  if (!holdsKeysOf(suite, readNodeFile(folder, config.identity), keys))
    throw new serverErrors.KeysDiffer(config.identity)
  const files: Record<string, string> = {
    [IDENTITY_FILE]: await readFile(join(folder, config.identity), 'utf8'),
  }
  if (config.tls) files[basename(config.tls.key)] = await readFile(join(folder, config.tls.key), 'utf8')
  const fingerprint = fingerprintOf(suite, keys)
  const shares = await splitSecret(
    packSecret({ files, ...keys }),
    {
      ...{ consortium, member: name, suite, date: today(), fingerprint },
      ...{ shares: options.shares, threshold: options.threshold },
    },
    secureRandom,
  )
  await makeEmptyFolder(options.out)
  const written = shares.map(({ index }) =>
    join(options.out, `${name}-share-${index}-of-${shares.length}.txt`),
  )
  for (const [i, share] of shares.entries()) await writeNew(written[i], shareText(share))
  await syncFolder(options.out)
  for (const some of [written.slice(0, options.threshold), written.slice(-options.threshold)])
    await restoreSecret(await Promise.all(some.map(readShareFile)))
  process.stdout.write(
    [
      `${name}: ${shares.length} shares, any ${options.threshold} of them restore the keys (read back and tried).`,
      `Set ${grouped(setOf(shares[0].common))}`,
      `Fingerprint of the public keys ${grouped(fingerprint)}`,
      ...written.map((path) => `  ${path}`),
      'Give each file to its custodian by a way of its own, then delete the folder.',
      '',
    ].join('\n'),
  )
}

/** A file given by a custodian. */
export const readShareFile = async (file: string): Promise<{ file: string; text: string }> => ({
  file,
  text: await readFile(file, 'utf8').catch(() => {
    throw new serverErrors.NodeFileUnreadable(file)
  }),
})

/** @throws FileExists */
async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await readdir(folder)).length > 0) throw new serverErrors.FileExists(folder)
}

/** Writes a secret file durably, never over another. @throws FileExists */
export async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((fault: NodeJS.ErrnoException) => {
    throw fault.code === 'EEXIST' ? new serverErrors.FileExists(file) : fault
  })
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
