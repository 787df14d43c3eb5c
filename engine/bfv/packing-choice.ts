/**
 * How many rows go into a block: the R that costs a round least, by work and by bytes (protocol.md section 4). Few rows a
 * block mean many encrypted blocks to load and few answers to sanitise, many rows the other way round.
 *
 *     work  = 2 * (B * (G*encrypt + K*load) + sum_k A_k*(release + decrypt) + B * sum_k A_k * product)
 *     bytes = 2 * (B * 131,266 + A * (131,072 + 16 W))  of the provider with most answers
 *
 * with B = n/R blocks, W = N/R, A_k = p_k/W answers of provider k, G key groups, K providers; both servers do each thing
 * once. All parties on one machine is the case that is modelled: with machines of their own the work shrinks, and the
 * proportions of encrypting, loading and releasing stay.
 */
import { engineErrors } from '../errors.ts'
import type { Packing } from './packing.ts'
import { N } from './parameters.ts'
import { QUERY_BYTES, shortLength } from './wire.ts'

/**
 * Milliseconds of one thread, as `npm run bench:engine` measures them; only their proportions matter, so a faster machine
 * chooses alike. They are part of the protocol: every party computes the packing of a plan again.
 */
const WORK = { encrypt: 3.4, load: 1.7, product: 0.042, release: 1.7, decrypt: 0.3 }
/** Between 1024, where the noise of W = 8 columns in one polynomial is proven, and N. */
const CHOICES = [1024, 2048, 4096, 8192]
/** A network of one machine or one building, where bytes weigh little. */
export const DEFAULT_MEGABITS = 1000

/** What else a round's cost depends on. */
export interface PackingTerms {
  /** Bandwidth of the slowest provider's link, in megabits a second. */
  readonly megabits?: number
  /** Keys under which each server encrypts its vector. */
  readonly keyGroups?: number
}

/** Milliseconds of a round for a given number of rows a block. */
function cost(
  rows: number,
  widths: readonly number[],
  blockRows: number,
  terms: Required<PackingTerms>,
): number {
  const stride = N / blockRows
  const blocks = Math.ceil(rows / blockRows)
  const answers = widths.map((width) => Math.ceil(width / stride))
  const all = answers.reduce((sum, count) => sum + count, 0)
  const { encrypt, load, product, release, decrypt } = WORK
  const work =
    blocks * (terms.keyGroups * encrypt + widths.length * load) +
    all * (release + decrypt) +
    blocks * all * product
  const bytes = blocks * QUERY_BYTES + Math.max(...answers) * shortLength(stride)
  return 2 * (work + (bytes * 8) / (terms.megabits * 1000))
}

/**
 * The packing of a run.
 * @param widths released columns of each provider
 * @throws OutOfRange
 */
export function packingFor(rows: number, widths: readonly number[], terms: PackingTerms = {}): Packing {
  if (!(rows >= 1)) throw new engineErrors.OutOfRange('the number of rows', 'at least 1')
  const { megabits = DEFAULT_MEGABITS, keyGroups = 1 } = terms
  if (!(megabits > 0)) throw new engineErrors.OutOfRange('the bandwidth', 'a positive number of megabits')
  if (!(keyGroups >= 0)) throw new engineErrors.OutOfRange('the number of key groups', 'not negative')
  const used = widths.length > 0 ? widths : [1]
  let best = CHOICES[0]
  for (const candidate of CHOICES) {
    const full = { megabits, keyGroups }
    if (cost(rows, used, candidate, full) < cost(rows, used, best, full)) best = candidate
  }
  return { rows, blockRows: best, stride: N / best, blocks: Math.ceil(rows / best) }
}
