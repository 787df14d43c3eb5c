import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { featuresErrors } from './errors.ts'
import type { FeatureTable } from './extract/card-types.ts'
import type { FeatureGroup } from './make-features.ts'

const MAGIC = 'yinxin features 1\n'
const LENGTH_BYTES = 4

/** What the head of a file says of each group; its arrays follow in the same order. */
interface GroupHead {
  readonly party: string
  readonly identity: FeatureGroup['identity']
  readonly reads: FeatureGroup['reads']
  readonly ids: readonly string[]
  readonly cards: readonly FeatureTable['columns'][number]['card'][]
}

/**
 * Writes features as one file, whole or not at all: magic, length of the head, head as JSON, then for each column of each group
 * its Int32 values (little-endian) and one byte an enterprise for present.
 *
 * @returns SHA-256 of the file in hex
 */
export async function writeFeatureFile(groups: readonly FeatureGroup[], file: string): Promise<string> {
  const heads: GroupHead[] = groups.map(({ party, identity, reads, table }) => ({
    party,
    identity,
    reads,
    ids: table.ids,
    cards: table.columns.map((column) => column.card),
  }))
  const head = Buffer.from(JSON.stringify(heads), 'utf8')
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(head.length)
  const arrays = groups.flatMap(({ table }) =>
    table.columns.flatMap(({ values, present }) => [
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      present,
    ]),
  )
  const parts = [Buffer.from(MAGIC), length, head, ...arrays]
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  await writeFile(`${file}.new`, parts, { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
  return hash.digest('hex')
}

/**
 * Reads a file that `writeFeatureFile` wrote.
 *
 * @param digest SHA-256 in hex that it must have
 * @throws YX_FEATURES_FILE_MISSING, YX_FEATURES_FEATURE_FILE_DAMAGED
 */
export async function readFeatureFile(file: string, digest: string): Promise<FeatureGroup[]> {
  const bytes = await readFile(file).catch((cause) => {
    throw new featuresErrors.FileMissing(basename(file), (cause as NodeJS.ErrnoException).code)
  })
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== digest) throw new featuresErrors.FeatureFileDamaged(basename(file))
  let at = MAGIC.length + LENGTH_BYTES
  const headLength = bytes.readUInt32LE(MAGIC.length)
  const heads = JSON.parse(bytes.toString('utf8', at, at + headLength)) as GroupHead[]
  at += headLength
  const take = (length: number): Uint8Array => {
    at += length
    return new Uint8Array(bytes.subarray(at - length, at))
  }
  return heads.map(({ party, identity, reads, ids, cards }) => ({
    party,
    identity,
    reads,
    table: {
      ids,
      columns: cards.map((card) => {
        const values = new Int32Array(take(ids.length * Int32Array.BYTES_PER_ELEMENT).buffer)
        return { card, values, present: take(ids.length) }
      }),
    },
  }))
}
