import { InvalidArgumentError } from 'commander'

/** A whole number of an option; its bounds are the command's own. */
export function wholeOption(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.')
  return Number(text)
}
