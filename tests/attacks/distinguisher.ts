/** What an attacker does with views of two worlds: numbers drawn from bytes, and two simple classifiers trained on them. */
import { T, unpackResidues } from '../../engine/index.ts'
import type { Posted } from '../unit/federation/interception.ts'

const RESIDUE_BYTES = 6
const WORD_BYTES = 4
const BUCKETS = 8

export function bytesOf({ body }: Posted): Uint8Array[] {
  const found: Uint8Array[] = []
  const walk = (value: unknown): void => {
    if (value instanceof Uint8Array) found.push(value)
    else if (typeof value === 'object' && value) Object.values(value).forEach(walk)
  }
  walk(body)
  return found
}

/** Of arrays that several coalitions see, computed once. */
const sharesOf = new WeakMap<Uint8Array, number[]>()

/** Moments, histogram and low bits of a byte array. */
function shares(bytes: Uint8Array): number[] {
  const before = sharesOf.get(bytes)
  if (before) return before
  const histogram = new Float64Array(BUCKETS)
  let [sum, squares, low] = [0, 0, 0]
  for (const byte of bytes) {
    sum += byte
    squares += byte * byte
    low += byte & 1
    histogram[byte >> 5]++
  }
  const found = [sum, squares, low, ...histogram].map((value) => value / bytes.length)
  sharesOf.set(bytes, found)
  return found
}

/** Numbers of a byte array; of a vector over firms, the values and low bits at the differing rows too. */
function numbersOf(bytes: Uint8Array, lengths: readonly number[], rows: readonly number[]): number[] {
  const residues = lengths.some((length) => bytes.length === length * RESIDUE_BYTES)
  const words = lengths.some((length) => bytes.length === length * WORD_BYTES)
  if (residues) {
    const values = unpackResidues(bytes, bytes.length / RESIDUE_BYTES)
    return [...shares(bytes), ...rows.flatMap((row) => [values[row] / T, values[row] & 1])]
  }
  if (!words) return shares(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = rows.map((row) => view.getUint32(row * WORD_BYTES, true))
  return [...shares(bytes), ...at.flatMap((value) => [value / 2 ** 32, value & 1])]
}

/**
 * The view of a coalition: numbers from everything that its members received, in one order for every run.
 * @param lengths numbers of rows that a vector over firms may have
 * @param rows where the worlds differ
 */
export function viewOf(
  recorded: readonly Posted[],
  coalition: readonly string[],
  lengths: readonly number[],
  rows: readonly number[],
): number[] {
  const key = ({ from, to, type, round }: Posted) => `${to} ${from} ${type} ${round}`
  return recorded
    .filter(({ to }) => coalition.includes(to))
    .map((message) => ({ key: key(message), message }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .flatMap(({ message }) => bytesOf(message))
    .filter(({ length }) => length > 0)
    .flatMap((bytes) => numbersOf(bytes, lengths, rows))
}

export interface Sample {
  readonly world: 0 | 1
  readonly view: readonly number[]
}

/** Mean of each world and spread of a coordinate. */
function fit(samples: readonly Sample[]): { zero: number; one: number; sd: number }[] {
  const mean = (rows: readonly Sample[], j: number) =>
    rows.reduce((sum, { view }) => sum + view[j], 0) / rows.length
  const worlds = [0, 1].map((world) => samples.filter((sample) => sample.world === world))
  return Array.from(samples[0].view, (_, j) => {
    const centre = mean(samples, j)
    const sd = Math.sqrt(samples.reduce((sum, { view }) => sum + (view[j] - centre) ** 2, 0) / samples.length)
    return { zero: mean(worlds[0], j), one: mean(worlds[1], j), sd: sd || 1 }
  })
}

/**
 * Share of the last two thirds of the samples that classifiers trained on the first third put into the right world: the
 * nearest standardised centroid, and the single coordinate that told the worlds apart best. Each judged sample is a coin
 * toss if the view says nothing, because nothing was fitted to it.
 */
export function accuracies(samples: readonly Sample[]): { centroid: number; best: number; judged: number } {
  const cut = Math.floor(samples.length / 3)
  const columns = fit(samples.slice(0, cut))
  const gap = ({ zero, one, sd }: (typeof columns)[number]) => Math.abs(one - zero) / sd
  const best = columns.reduce((at, column, j) => (gap(column) > gap(columns[at]) ? j : at), 0)
  const nearer = (j: number, value: number) => {
    const { zero, one, sd } = columns[j]
    return ((value - zero) ** 2 - (value - one) ** 2) / sd ** 2
  }
  const judged = samples.slice(cut)
  const right = (guess: (view: readonly number[]) => number) =>
    judged.filter(({ world, view }) => (guess(view) > 0 ? 1 : 0) === world).length / judged.length
  return {
    centroid: right((view) => view.reduce((sum, value, j) => sum + nearer(j, value), 0)),
    best: right((view) => nearer(best, view[best])),
    judged: judged.length,
  }
}
