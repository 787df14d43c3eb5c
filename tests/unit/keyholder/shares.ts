/** A key holder to be backed up, and its shares. */
import { createIdentity, fingerprintOf, type SuiteName, secureRandom } from '../../../federation/index.ts'
import { IDENTITY_FILE, type KeptSecret, packSecret } from '../../../server/keyholder/kept-secret.ts'
import type { Share } from '../../../server/keyholder/share-codec.ts'
import { splitSecret } from '../../../server/keyholder/share-set.ts'
import { shareText } from '../../../server/keyholder/share-text.ts'

export interface TestSet {
  readonly secret: KeptSecret
  readonly shares: readonly Share[]
  /** As custodians bring them. */
  readonly files: readonly { readonly file: string; readonly text: string }[]
}

export async function testSet(
  options: { shares?: number; threshold?: number; suite?: SuiteName; consortium?: string } = {},
): Promise<TestSet> {
  const { shares = 5, threshold = 3, suite = 'international', consortium = '示范联盟' } = options
  const { identity, member } = createIdentity('keyholder', 'keyholder', { suite })
  const keys = { signKey: member.signKey, agreeKey: member.agreeKey }
  const secret = { files: { [IDENTITY_FILE]: JSON.stringify(identity) }, ...keys }
  const made = await splitSecret(
    packSecret(secret),
    {
      ...{ consortium, member: 'keyholder', suite, shares, threshold, date: '2026-03-01' },
      fingerprint: fingerprintOf(suite, keys),
    },
    secureRandom,
  )
  return {
    secret,
    shares: made,
    files: made.map((share) => ({ file: `share-${share.index}.txt`, text: shareText(share) })),
  }
}

/** All subsets of `size` values, in order. */
export function subsets<V>(values: readonly V[], size: number): V[][] {
  if (size === 0) return [[]]
  return values.flatMap((value, i) =>
    subsets(values.slice(i + 1), size - 1).map((others) => [value, ...others]),
  )
}
