/**
 * The secret of a node split over custodians. The library's shares carry no check of their own, so what it shares is a random
 * key: the secret is sealed under that key, and every custodian holds the sealed secret and a commitment to each share. A set is
 * named by the hash of all that its members have in common, so a share that is damaged or of another set is known as such.
 */
import { combine, split } from 'shamir-secret-sharing'
import { type RandomBytes, type SuiteName, suiteNamed } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { type CommonPart, encodeCommon, type Share } from './share-codec.ts'

export const FEWEST_SHARES = 2
export const MOST_SHARES = 20

const KEY_BYTES = 32
const COMMITMENT_BYTES = 16
const SET_BYTES = 16
/** The key of a set seals one message. */
const NONCE = new Uint8Array(12)

export interface SetOptions {
  readonly consortium: string
  readonly member: string
  readonly suite: SuiteName
  readonly shares: number
  readonly threshold: number
  /** YYYY-MM-DD */
  readonly date: string
  /** Of the public keys. */
  readonly fingerprint: Uint8Array
}

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'))

const hashed = (suite: SuiteName, label: string, ...parts: Uint8Array[]): Uint8Array =>
  suiteNamed(suite).hash(utf8(`${label}\n`), ...parts)

const commitmentTo = (suite: SuiteName, index: number, point: Uint8Array): Uint8Array =>
  hashed(suite, 'yinxin share 1', Uint8Array.of(index), point).subarray(0, COMMITMENT_BYTES)

/** Name of a set: no two sets have one. */
export const setOf = (common: CommonPart): Uint8Array =>
  hashed(common.suite, 'yinxin share set 1', encodeCommon(common)).subarray(0, SET_BYTES)

/** What the sealed secret is bound to. */
const associated = (options: SetOptions): Uint8Array =>
  encodeCommon({ ...options, commitments: [], sealed: new Uint8Array(0) })

/**
 * Splits a secret.
 * @throws ShareNumbers
 */
export async function splitSecret(
  secret: Uint8Array,
  options: SetOptions,
  random: RandomBytes,
): Promise<Share[]> {
  const { suite, shares, threshold } = options
  const whole = Number.isInteger(shares) && Number.isInteger(threshold)
  if (!whole || threshold < FEWEST_SHARES || shares < threshold || shares > MOST_SHARES)
    throw new serverErrors.ShareNumbers(FEWEST_SHARES, MOST_SHARES)
  const key = random(KEY_BYTES)
  const sealed = suiteNamed(suite).seal(key, NONCE, secret, associated(options))
  const points = await split(Uint8Array.from(key), shares, threshold)
  key.fill(0)
  const common: CommonPart = {
    ...options,
    commitments: points.map((point, i) => commitmentTo(suite, i + 1, point)),
    sealed: new Uint8Array(Buffer.concat(sealed)),
  }
  return points.map((point, i) => ({ common, index: i + 1, point }))
}

/** Whether a share is what its set says that it is. */
export function isGenuine({ common, index, point }: Share): boolean {
  const expected = common.commitments[index - 1]
  return expected !== undefined && Buffer.from(expected).equals(commitmentTo(common.suite, index, point))
}

/**
 * The secret again.
 * @param shares of one set, genuine, all different, at least as many as its threshold
 * @throws SealedEnvelopeRefused if they are not
 */
export async function combineSecret(shares: readonly Share[]): Promise<Uint8Array> {
  const { common } = shares[0]
  const key = await combine(shares.map(({ point }) => Uint8Array.from(point)))
  const secret = suiteNamed(common.suite).open(key, NONCE, common.sealed, associated(common))
  key.fill(0)
  return secret
}
