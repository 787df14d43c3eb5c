/**
 * SM2 on the recommended curve of GB/T 32918.5-2017: signatures with SM3 and the default user id (GB/T 32918.2-2016), and
 * a shared secret of two static keys. The arithmetic of the curve is @noble/curves; here stand the equations of the
 * standard. Node's own `sign` does not compute them (docs/reference/suites.md).
 */
import { createHash, randomBytes } from 'node:crypto'
import { type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js'
import { engineErrors } from '../errors.ts'
import type { KeyPair } from './suite.ts'

const curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
}
const Point = weierstrass(curve)
const { Fn } = Point

/** The user id of GM/T 0009-2012 for parties that have agreed on no other. */
const DEFAULT_USER = '1234567812345678'
const PRIVATE_BYTES = 32
const PUBLIC_BYTES = 65
const SIGNATURE_BYTES = 64
/** Bits of a window of the table that a verifying key is given: made in 5 ms, it makes each verification three times faster. */
const WINDOW = 5

/** A key that signs: scalar d, (1 + d)^-1, and the digest Z of its owner. */
export interface Sm2SigningKey {
  readonly scalar: bigint
  readonly inverse: bigint
  readonly owner: Uint8Array
}

/** A key that verifies: its point and the digest Z of its owner. */
export interface Sm2VerifyingKey {
  readonly point: WeierstrassPoint<bigint>
  readonly owner: Uint8Array
}

const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const mod = (value: bigint): bigint => ((value % curve.n) + curve.n) % curve.n

function sm3(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sm3')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const DOMAIN = Buffer.concat([curve.a, curve.b, curve.Gx, curve.Gy].map(bytesOf))

/** Z = SM3(ENTL || id || a || b || G || P), GB/T 32918.2 section 5.5: binds a signature to its signer. */
function ownerDigest(point: WeierstrassPoint<bigint>, user: string): Uint8Array {
  const id = Buffer.from(user, 'utf8')
  const bits = Buffer.alloc(2)
  bits.writeUInt16BE(id.length * 8)
  return sm3(bits, id, DOMAIN, bytesOf(point.x), bytesOf(point.y))
}

/** @throws OutOfRange unless it is 04 || x || y of a point on the curve, which leaves out infinity */
function pointOf(publicKey: Uint8Array): WeierstrassPoint<bigint> {
  try {
    if (publicKey.length === PUBLIC_BYTES) return Point.fromBytes(publicKey)
  } catch {
    // Told below like a wrong length.
  }
  throw new engineErrors.OutOfRange('an SM2 public key', '65 bytes: 04 || x || y of a point on the curve')
}

/** @throws OutOfRange unless it is 32 bytes of a number from 1 to n - 2 */
function scalarOf(privateKey: Uint8Array): bigint {
  const scalar = privateKey.length === PRIVATE_BYTES ? numberOf(privateKey) : 0n
  if (scalar < 1n || scalar > curve.n - 2n)
    throw new engineErrors.OutOfRange('an SM2 private key', '32 bytes of a number from 1 to n - 2')
  return scalar
}

function freshScalar(): bigint {
  for (;;) {
    const scalar = numberOf(randomBytes(PRIVATE_BYTES))
    if (scalar >= 1n && scalar <= curve.n - 2n) return scalar
  }
}

/** A private key of 32 bytes and its public point as 65 bytes, 04 || x || y. */
export function createSm2Keys(): KeyPair {
  const scalar = freshScalar()
  return {
    publicKey: Point.BASE.multiply(scalar).toBytes(false),
    privateKey: new Uint8Array(bytesOf(scalar)),
  }
}

/** @throws OutOfRange */
export function sm2SigningKey(privateKey: Uint8Array, user = DEFAULT_USER): Sm2SigningKey {
  const scalar = scalarOf(privateKey)
  return {
    scalar,
    inverse: Fn.inv(scalar + 1n),
    owner: ownerDigest(Point.BASE.multiply(scalar), user),
  }
}

/** @throws OutOfRange */
export function sm2VerifyingKey(publicKey: Uint8Array, user = DEFAULT_USER): Sm2VerifyingKey {
  const point = pointOf(publicKey)
  return { point: point.precompute(WINDOW), owner: ownerDigest(point, user) }
}

const digestOf = (owner: Uint8Array, message: Uint8Array): bigint => mod(numberOf(sm3(owner, message)))

/**
 * The signature r || s of a message, GB/T 32918.2 section 6.1.
 * @param nonce gives the secret k of an attempt, from 1 to n - 1, never one twice
 */
export function sm2Sign(
  { scalar, inverse, owner }: Sm2SigningKey,
  message: Uint8Array,
  nonce: () => bigint = freshScalar,
): Uint8Array {
  const digest = digestOf(owner, message)
  for (;;) {
    const k = nonce()
    const r = mod(digest + Point.BASE.multiply(k).x)
    if (r === 0n || r + k === curve.n) continue
    const s = mod(inverse * (k - r * scalar))
    if (s !== 0n) return new Uint8Array(Buffer.concat([bytesOf(r), bytesOf(s)]))
  }
}

/** Whether r || s signs the message, GB/T 32918.2 section 7.1. */
export function sm2Verify(
  { point, owner }: Sm2VerifyingKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  const r = numberOf(signature.subarray(0, 32))
  const s = numberOf(signature.subarray(32))
  if (r < 1n || r >= curve.n || s < 1n || s >= curve.n) return false
  const t = mod(r + s)
  if (t === 0n) return false
  const sum = Point.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe(t))
  return !sum.is0() && mod(digestOf(owner, message) + sum.x) === r
}

/**
 * Shared secret of two static keys: KDF(x || y || Z || Z', 256 bits) with (x, y) = d P, the key derivation of GB/T 32918.3
 * over the common point and the owners' digests. That standard's exchange needs fresh keys in a fixed order of two roles;
 * here neither side leads, so the digests stand in the order of their bytes. As between two static X25519 keys, the secret
 * is the same for ever: no forward secrecy.
 * @throws OutOfRange
 */
export function sm2Agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const scalar = scalarOf(privateKey)
  const other = pointOf(publicKey)
  const common = other.multiply(scalar)
  const owners = [Point.BASE.multiply(scalar), other].map((point) => ownerDigest(point, DEFAULT_USER))
  owners.sort(Buffer.compare)
  // One block of the KDF is 32 bytes: counter 1 only.
  const counter = Buffer.from([0, 0, 0, 1])
  return new Uint8Array(sm3(bytesOf(common.x), bytesOf(common.y), ...owners, counter))
}
