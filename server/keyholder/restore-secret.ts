/** From the texts of share files to the secret: whatever is wrong is told with the file's name, and never gives a wrong key. */
import { serverErrors } from '../errors.ts'
import { isSecretOf, type KeptSecret, unpackSecret } from './kept-secret.ts'
import type { CommonPart, Share } from './share-codec.ts'
import { combineSecret, setOf } from './share-set.ts'
import { grouped, readShareText } from './share-text.ts'

export interface ShareFile {
  /** Its name, for messages. */
  readonly file: string
  readonly text: string
}

export interface RestoredSecret {
  readonly secret: KeptSecret
  readonly common: CommonPart
}

type Found = ShareFile & { readonly share: Share; readonly set: string }

/** @throws SharesDamaged naming files and lines, SharesMixed, ShareTwice, SharesTooFew, KeysDiffer */
export async function restoreSecret(files: readonly ShareFile[]): Promise<RestoredSecret> {
  const found = readAll(files)
  assertOneSet(found)
  assertDifferent(found)
  const { common } = found[0].share
  if (found.length < common.threshold) throw new serverErrors.SharesTooFew(found.length, common.threshold)
  const secret = await open(found, common)
  return { secret, common }
}

function readAll(files: readonly ShareFile[]): Found[] {
  const damaged: string[] = []
  const found = files.flatMap(({ file, text }): Found[] => {
    const share = readShareText(text)
    if (!('places' in share)) return [{ file, text, share, set: grouped(setOf(share.common)) }]
    damaged.push(`${file}: ${share.places}`)
    return []
  })
  if (damaged.length > 0) throw new serverErrors.SharesDamaged(damaged.join('; '))
  return found
}

/** Names the files that are not of the set that most of them are of. */
function assertOneSet(found: readonly Found[]): void {
  const sizeOf = (set: string) => found.filter((other) => other.set === set).length
  const [largest] = [...found].sort((a, b) => sizeOf(b.set) - sizeOf(a.set))
  const others = found.filter(({ set }) => set !== largest.set)
  if (others.length === 0) return
  throw new serverErrors.SharesMixed(
    others.map(({ file, set, share }) => `${file} (set ${set}, ${share.common.date})`).join(', '),
    `${largest.file} (set ${largest.set}, ${largest.share.common.date})`,
  )
}

function assertDifferent(found: readonly Found[]): void {
  for (const [i, { file, share }] of found.entries()) {
    const before = found.slice(0, i).find((other) => other.share.index === share.index)
    if (before) throw new serverErrors.ShareTwice(file, before.file)
  }
}

async function open(found: readonly Found[], common: CommonPart): Promise<KeptSecret> {
  const files = found.map(({ file }) => file).join(', ')
  const secret = await combineSecret(found.map(({ share }) => share))
    .then(unpackSecret)
    .catch(() => null)
  if (secret === null || !isSecretOf(secret, common.suite, common.fingerprint))
    throw new serverErrors.KeysDiffer(files)
  return secret
}
