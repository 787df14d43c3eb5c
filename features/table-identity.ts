import { createHash, createHmac } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename, resolve } from 'node:path'
import { canonicalJson } from './catalogue/canonical-json.ts'
import type { TableSource } from './deal.ts'
import { featuresErrors } from './errors.ts'
import type { ExtractorIdentity } from './extract/card-types.ts'

/**
 * What stands for a ready table where approvals bind to an extractor: SHA-256 of the file with the list of its columns, keyed. Plans
 * are read by every party, and who knows a table but for one cell could find that one out by its plain hash.
 *
 * @param dir folder that the table's file is relative to
 * @param key secret of the provider, the same for all its runs, so that an unchanged table keeps its hash
 * @throws YX_FEATURES_FILE_MISSING
 */
export async function tableIdentity(
  { party, file, columns }: TableSource,
  dir: string,
  key: Uint8Array,
): Promise<ExtractorIdentity> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(resolve(dir, file))) hash.update(chunk as Buffer)
  } catch (cause) {
    throw new featuresErrors.FileMissing(basename(file), (cause as NodeJS.ErrnoException).code)
  }
  const decides = canonicalJson({ version: 1, file: hash.digest('hex'), party, columns })
  return { name: `table:${party}`, hash: createHmac('sha256', key).update(decides).digest('hex') }
}
