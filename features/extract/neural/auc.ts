/**
 * Area under the ROC curve: the chance that an enterprise with the event is scored above one without it, ties counting half.
 *
 * @param scores one a row
 * @param targets 1 or 0, one a row, both occurring
 */
export function auc(scores: Float32Array, targets: Uint8Array): number {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b])
  let events = 0
  let ranks = 0
  for (let from = 0; from < order.length; ) {
    let to = from
    let tied = 0
    while (to < order.length && scores[order[to]] === scores[order[from]]) tied += targets[order[to++]]
    // Ranks from 1; equal scores share the mean of their ranks.
    ranks += tied * ((from + to + 1) / 2)
    events += tied
    from = to
  }
  return (ranks - (events * (events + 1)) / 2) / (events * (scores.length - events))
}
