/** Whether private keys belong to public ones, found out by using both. */
import { type Suite, type SuiteName, suiteNamed } from '../engine/index.ts'
import type { Identity, Member, PrivateKeys } from './member.ts'

/** The two public keys of a member. */
export type PublicKeys = Pick<Member, 'signKey' | 'agreeKey'>

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'))

/** 16 bytes that name a pair of public keys: what members compare by telephone. */
export const fingerprintOf = (suite: SuiteName, { signKey, agreeKey }: PublicKeys): Uint8Array =>
  suiteNamed(suite)
    .hash(utf8(`yinxin public keys 1\n${signKey}\n${agreeKey}`))
    .subarray(0, 16)

/** Whether an identity's keys, the ones to come or replaced ones among them, are those of public keys. */
export const holdsKeysOf = (suiteName: SuiteName, identity: Identity, keys: PublicKeys): boolean =>
  [identity, ...(identity.others ?? [])].some((own) => fit(suiteNamed(suiteName), own, keys))

/** Signs and agrees with private keys, verifies with public ones; false for a key of any other form too. */
function fit(suite: Suite, own: PrivateKeys, keys: PublicKeys): boolean {
  try {
    const message = utf8('yinxin key proof 1')
    const signature = suite.sign(fromHex(own.signPrivate), message)
    if (!suite.verify(fromHex(keys.signKey), message, signature)) return false
    const other = suite.createAgreementKeys()
    const here = suite.agree(fromHex(own.agreePrivate), other.publicKey)
    const there = suite.agree(other.privateKey, fromHex(keys.agreeKey))
    return Buffer.from(here).equals(there)
  } catch {
    return false
  }
}
