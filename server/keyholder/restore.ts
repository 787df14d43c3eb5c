/** `yinxin keyholder restore FILES... --out FOLDER`: the key holder's keys again, out of enough shares. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { serverErrors } from '../errors.ts'
import { syncFolder } from '../state/durable-file.ts'
import { readShareFile, writeNew } from './backup.ts'
import { restoreSecret } from './restore-secret.ts'
import { grouped } from './share-text.ts'

/**
 * Writes the files of keys, readable by their owner only; nothing unless all of it is right.
 * @throws SharesDamaged, SharesMixed, ShareTwice, SharesTooFew, KeysDiffer, FileExists
 */
export async function restoreKeyHolder(
  files: readonly string[],
  { out }: { readonly out: string },
): Promise<void> {
  const { secret, common } = await restoreSecret(await Promise.all(files.map(readShareFile)))
  const written = Object.entries(secret.files).map(([name, text]) => ({ path: join(out, name), text }))
  for (const { path } of written) if (existsSync(path)) throw new serverErrors.FileExists(path)
  await mkdir(out, { recursive: true, mode: 0o700 })
  for (const { path, text } of written) await writeNew(path, text)
  await syncFolder(out)
  process.stdout.write(
    [
      `${common.member} of ${common.consortium}: keys restored from the set of ${common.date}.`,
      `Fingerprint of the public keys ${grouped(common.fingerprint)}`,
      ...written.map(({ path }) => `  ${path}`),
      'Compare the fingerprint with the member list before the key holder starts.',
      '',
    ].join('\n'),
  )
}
