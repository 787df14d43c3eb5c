import { modelsErrors } from './errors.ts'

/** Throws `SettingInvalid` unless `value` is a whole number from `least` to `most`. */
export function requireInteger(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new modelsErrors.SettingInvalid(name, value, `a whole number from ${least} to ${most}`)
  }
}

/** Throws `SettingInvalid` unless `value` is finite and above zero. */
export function requirePositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw new modelsErrors.SettingInvalid(name, value, 'a finite number above 0')
  }
}

/** Throws `ColumnLength` unless an array called `name` has `expected` entries. */
export function requireLength(name: string, length: number, expected: number): void {
  if (length !== expected) throw new modelsErrors.ColumnLength(name, length, expected)
}
