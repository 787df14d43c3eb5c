/**
 * SM2 as GB/T 32918.2 states it, written a second time with nothing but affine integer arithmetic: slow, and independent of
 * the suite and of its libraries (but for the hash, which has vectors of its own).
 */
import { createHash } from 'node:crypto'

const p = 2n ** 256n - 2n ** 224n - 2n ** 96n + 2n ** 64n - 1n
const a = p - 3n
const b = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n
export const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n

type Affine = { x: bigint; y: bigint } | null

export const BASE: Affine = {
  x: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  y: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
}

export const mod = (value: bigint, m: bigint) => ((value % m) + m) % m

function power(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n
  for (let square = mod(base, m), rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % m)
    if (rest & 1n) result = (result * square) % m
  return result
}
/** By Fermat: p and the order are prime. */
export const inverse = (value: bigint, m: bigint) => power(value, m - 2n, m)

/** A point with this x, if there is one: p is 3 mod 4. */
export function lift(x: bigint): Affine {
  const point = { x, y: power(x ** 3n + a * x + b, (p + 1n) / 4n, p) }
  return onCurve(point) ? point : null
}

export const onCurve = (point: Affine): boolean =>
  point !== null && mod(point.y ** 2n - point.x ** 3n - a * point.x - b, p) === 0n

export function add(one: Affine, other: Affine): Affine {
  if (one === null) return other
  if (other === null) return one
  if (one.x === other.x && mod(one.y + other.y, p) === 0n) return null
  const slope =
    one.x === other.x
      ? (3n * one.x ** 2n + a) * inverse(2n * one.y, p)
      : (other.y - one.y) * inverse(other.x - one.x, p)
  const x = mod(slope ** 2n - one.x - other.x, p)
  return { x, y: mod(slope * (one.x - x) - one.y, p) }
}

export function times(scalar: bigint, point: Affine): Affine {
  let sum: Affine = null
  for (let double = point, rest = scalar; rest > 0n; rest >>= 1n, double = add(double, double))
    if (rest & 1n) sum = add(sum, double)
  return sum
}

export const integer = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
export const bytes32 = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
export const sm3 = (...parts: Uint8Array[]): Buffer => createHash('sm3').update(Buffer.concat(parts)).digest()

export const pointFrom = (publicKey: Uint8Array): Affine => ({
  x: integer(publicKey.subarray(1, 33)),
  y: integer(publicKey.subarray(33)),
})
export const encoded = (point: Affine): Buffer =>
  Buffer.concat([Buffer.of(4), bytes32(point!.x), bytes32(point!.y)])

export function ownerDigest(publicKey: Uint8Array, user: string): Buffer {
  const entl = Buffer.of((user.length * 8) >> 8, (user.length * 8) & 255)
  const domain = [a, b, BASE!.x, BASE!.y].map(bytes32)
  return sm3(entl, Buffer.from(user), ...domain, publicKey.subarray(1))
}

const digest = (publicKey: Uint8Array, message: Uint8Array, user: string): bigint =>
  integer(sm3(ownerDigest(publicKey, user), message))

/** Whether (x, y) = sG + (r + s)P satisfies e + x = r mod n. */
export function verifies(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  user = '1234567812345678',
): boolean {
  const r = integer(signature.subarray(0, 32))
  const s = integer(signature.subarray(32))
  const point = add(times(s, BASE), times(mod(r + s, ORDER), pointFrom(publicKey)))
  return point !== null && mod(digest(publicKey, message, user) + point.x - r, ORDER) === 0n
}
