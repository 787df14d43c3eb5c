/** Values of options as they are written, checked before anything is started. */
import { accessSync, constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'

export const positive = (text: string): number => {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('Give a positive, finite number.')
  return value
}

export const positiveInteger = (text: string): number => {
  const value = positive(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('Give a whole number of at least 1.')
  return value
}

export const atLeastTwo = (text: string): number => {
  const value = positiveInteger(text)
  if (value < 2) throw new InvalidArgumentError('Give a whole number of at least 2.')
  return value
}

export const probability = (text: string): number => {
  const value = positive(text)
  if (value >= 1) throw new InvalidArgumentError('Give a probability above 0 and below 1.')
  return value
}

export const portNumber = (text: string): number => {
  const value = positiveInteger(text)
  if (value > 65_535) throw new InvalidArgumentError('Give a port from 1 to 65535.')
  return value
}
/** A report that cannot be written is found before the run, not after it. */
export const writableFile = (file: string): string => {
  try {
    accessSync(dirname(resolve(file)), constants.W_OK)
  } catch {
    throw new InvalidArgumentError('Give a file in a folder that exists and can be written.')
  }
  return file
}

export const notNegative = (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Give a finite number of at least 0.')
  return value
}

export const wholeNumber = (text: string): number => {
  const value = notNegative(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('Give a whole number of at least 0.')
  return value
}

/** For an option that may be given several times. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value]
