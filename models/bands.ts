/** Bands of scores: partitions of rows whose counts may be opened with noise. Low scores first. */
import { GRADES, gradeOf } from './scorecard.ts'

export interface ScoreBands {
  /** Lowest score of every band but the first. */
  readonly edges: readonly number[]
  readonly band: Uint8Array
  readonly rows: readonly number[]
}

/** Band of each score: the number of edges at or below it. */
export function bandOf(scores: ArrayLike<number>, edges: readonly number[]): Uint8Array {
  return Uint8Array.from(scores, (score) => {
    let band = 0
    while (band < edges.length && score >= edges[band]) band++
    return band
  })
}

const countRows = (band: Uint8Array, bands: number): number[] => {
  const rows = new Array<number>(bands).fill(0)
  for (const index of band) rows[index]++
  return rows
}

/** Quantile bands of at least `minRows` rows; equal scores stay together. */
export function scoreBands(
  scores: ArrayLike<number>,
  { maxBands, minRows }: { maxBands: number; minRows: number },
): ScoreBands {
  const sorted = Float64Array.from(scores).sort()
  const wanted = Math.max(1, Math.min(maxBands, Math.floor(sorted.length / minRows)))
  const edges: number[] = []
  let below = 0
  for (let k = 1; k < wanted; k++) {
    let at = Math.max(Math.round((k * sorted.length) / wanted), below + minRows)
    // An edge starts at the first row of its score, so that ties are never split.
    while (at < sorted.length && sorted[at] === sorted[at - 1]) at++
    if (sorted.length - at < minRows) break
    if (at <= below) continue
    edges.push(sorted[at])
    below = at
  }
  const band = bandOf(scores, edges)
  return { edges, band, rows: countRows(band, edges.length + 1) }
}

export interface GradeBand {
  readonly label: string
  /** Lowest and highest score. */
  readonly from: number
  readonly to: number
}

/** The nine grades as bands, neighbours merged until each has at least `minRows` rows; worst first. */
export function gradeBands(
  scores: ArrayLike<number>,
  minRows: number,
): ScoreBands & { bands: readonly GradeBand[] } {
  const counts = GRADES.map(() => 0)
  for (let row = 0; row < scores.length; row++) counts[gradeOf(scores[row])]++
  // Runs of grades, best first: [first grade, last grade, rows].
  const runs = counts.map((rows, grade) => ({ first: grade, last: grade, rows }))
  for (;;) {
    const thin = runs.findIndex(({ rows }) => rows < minRows)
    if (thin < 0 || runs.length === 1) break
    const left = thin === 0 ? Number.POSITIVE_INFINITY : runs[thin - 1].rows
    const right = thin === runs.length - 1 ? Number.POSITIVE_INFINITY : runs[thin + 1].rows
    const at = left <= right ? thin - 1 : thin
    const [a, b] = runs.splice(at, 2)
    runs.splice(at, 0, { first: a.first, last: b.last, rows: a.rows + b.rows })
  }
  const bands = runs.reverse().map(({ first, last }) => ({
    label: first === last ? GRADES[first].grade : `${GRADES[first].grade}-${GRADES[last].grade}`,
    from: GRADES[last].from,
    to: first === 0 ? 1000 : GRADES[first - 1].from - 1,
  }))
  const edges = bands.slice(1).map(({ from }) => from)
  const band = bandOf(scores, edges)
  return { edges, band, rows: countRows(band, bands.length), bands }
}
