/**
 * Bytes as lines that a person can copy from paper: each is a bech32m text (BIP 350) under its own number, so that up to four
 * wrong characters of a line, and a line in another's place, are always noticed, and the line is known.
 */
const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const BECH32M = 0x2bc830a3
const CHECK_CHARACTERS = 6
/** Bytes of a full line: 32 characters, eight groups of four. */
const LINE_BYTES = 20
const GROUP = 4

function polymod(values: readonly number[]): number {
  let check = 1
  for (const value of values) {
    const top = check >>> 25
    check = ((check & 0x1ffffff) << 5) ^ value
    for (let bit = 0; bit < 5; bit++) if ((top >>> bit) & 1) check ^= GENERATOR[bit]
  }
  return check
}

function expanded(prefix: string): number[] {
  const codes = [...prefix].map((letter) => letter.charCodeAt(0))
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)]
}

/** The six characters that end a bech32m text of this prefix and these digits to the base of 32. */
export function checkOf(prefix: string, fives: readonly number[]): string {
  const check = polymod([...expanded(prefix), ...fives, 0, 0, 0, 0, 0, 0]) ^ BECH32M
  return letters(Array.from({ length: CHECK_CHARACTERS }, (_, i) => (check >>> (5 * (5 - i))) & 31))
}

/** The human-readable part of line 7 is "yx07". */
const prefixOf = (number: number): string => `yx${twoDigits(number)}`

/** How a line's number is written. */
export const twoDigits = (number: number): string => String(number).padStart(2, '0')

/** Digits of `from` bits as digits of `to` bits, the first one first; what is left over is filled up with zeros. */
function regroup(digits: Iterable<number>, from: number, to: number): { digits: number[]; left: number } {
  const all = [...digits].map((digit) => digit.toString(2).padStart(from, '0')).join('')
  const whole = all.match(new RegExp(`.{1,${to}}`, 'g')) ?? []
  return {
    digits: whole.map((bits) => Number.parseInt(bits.padEnd(to, '0'), 2)),
    left: all.length % to,
  }
}

const toFives = (bytes: Uint8Array): number[] => regroup(bytes, 8, 5).digits

/** Null unless fewer than five bits are left over, all zero. */
function toBytes(fives: readonly number[]): Uint8Array | null {
  const { digits, left } = regroup(fives, 5, 8)
  if (left === 0) return Uint8Array.from(digits)
  return left < 5 && digits.at(-1) === 0 ? Uint8Array.from(digits.slice(0, -1)) : null
}

const letters = (fives: readonly number[]): string => fives.map((five) => ALPHABET[five]).join('')

/** @param number from 1 */
function encodeLine(number: number, bytes: Uint8Array): string {
  const data = toFives(bytes)
  const groups = letters(data).match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []
  return `${twoDigits(number)}  ${groups.join(' ')}  ${checkOf(prefixOf(number), data)}`
}

/** Lines of up to 20 bytes each, numbered from 01. */
export function encodeLines(bytes: Uint8Array): string[] {
  const count = Math.ceil(bytes.length / LINE_BYTES)
  return Array.from({ length: count }, (_, i) =>
    encodeLine(i + 1, bytes.subarray(i * LINE_BYTES, (i + 1) * LINE_BYTES)),
  )
}

/** A line as it was written, or null. Case, further spaces and hyphens do not matter. */
export function decodeLine(line: string): { readonly number: number; readonly bytes: Uint8Array } | null {
  const [, digits, text] = /^\s*(\d{2,3})\s(.*)$/.exec(line.toLowerCase()) ?? []
  if (digits === undefined) return null
  const number = Number(digits)
  const fives = [...text.replace(/[\s-]/g, '')].map((letter) => ALPHABET.indexOf(letter))
  if (fives.length <= CHECK_CHARACTERS || fives.includes(-1)) return null
  if (polymod([...expanded(prefixOf(number)), ...fives]) !== BECH32M) return null
  const bytes = toBytes(fives.slice(0, -CHECK_CHARACTERS))
  return bytes && { number, bytes }
}
