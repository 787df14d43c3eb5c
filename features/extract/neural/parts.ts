import { openStream } from '../../city/random.ts'

/** Rows of training and of validation, each with its share of either class. */
export interface Parts {
  readonly training: Int32Array
  readonly validation: Int32Array
}

/**
 * Divides the rows by the seed.
 *
 * @param rows rows with a target
 * @param targets 1 or 0 per entry of `rows`
 * @param share of validation, of each class; rounded up
 */
export function divideRows(rows: Int32Array, targets: Uint8Array, share: number, seed: number): Parts {
  const stream = openStream(seed, 'parts')
  const training: number[] = []
  const validation: number[] = []
  for (const target of [0, 1]) {
    const members = rows.filter((_row, place) => targets[place] === target)
    shuffle(members, () => stream.uniform())
    const apart = Math.ceil(members.length * share)
    members.forEach((row, place) => {
      ;(place < apart ? validation : training).push(row)
    })
  }
  return { training: Int32Array.from(training).sort(), validation: Int32Array.from(validation).sort() }
}

/** Fisher-Yates, in place. */
export function shuffle(rows: Int32Array, uniform: () => number): void {
  for (let last = rows.length - 1; last > 0; last--) {
    const place = Math.floor(uniform() * (last + 1))
    const row = rows[last]
    rows[last] = rows[place]
    rows[place] = row
  }
}
