/** Identities whose private keys everybody can make again. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { Identity, Member, RoleName } from '../../federation/index.ts'
import { hex, secretOf } from './recipe.ts'

/** PKCS#8 (RFC 8410) of a private key made of 32 bytes, and its raw public key. */
function keysOf(oid: string, seed: Uint8Array): { privateKey: string; publicKey: string } {
  const der = Buffer.concat([Buffer.from(`302e020100300506032b65${oid}04220420`, 'hex'), seed])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return { privateKey: hex(der), publicKey: hex(key.export({ format: 'der', type: 'spki' }).subarray(-32)) }
}

/** An identity of the international suite whose keys are the secrets of its names. */
export function identityOf(name: string, role: RoleName): { identity: Identity; member: Member } {
  const sign = keysOf('70', secretOf(`signing key ${name}`))
  const agree = keysOf('6e', secretOf(`agreement key ${name}`))
  return {
    identity: { name, signPrivate: sign.privateKey, agreePrivate: agree.privateKey },
    member: { name, role, signKey: sign.publicKey, agreeKey: agree.publicKey, publicData: false },
  }
}
