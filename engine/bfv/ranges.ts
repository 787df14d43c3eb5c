/** A stretch of blocks, [from, to): what one worker thread takes of a vector. */
export interface BlockRange {
  readonly from: number
  readonly to: number
}

/** `total` blocks cut into at most `parts` stretches that differ by one block at most. */
export function rangesOf(total: number, parts: number): BlockRange[] {
  const count = Math.max(1, Math.min(parts, total))
  return Array.from({ length: count }, (_, index) => ({
    from: Math.floor((index * total) / count),
    to: Math.floor(((index + 1) * total) / count),
  }))
}
