import { setTimeout as sleep } from 'node:timers/promises'
import type { Node } from '../../federation/index.ts'

const ASK_AGAIN_MS = 1000

/**
 * Exchanges what a node holds between two runs: one that stands still and can be resumed is a run under way.
 * @param told says to the platform what the node holds now
 */
export async function changeOver(
  node: Pick<Node, 'unfinished' | 'enqueue'>,
  exchange: () => void,
  told: () => Promise<void>,
): Promise<void> {
  for (let done = false; !done; ) {
    if ((await node.unfinished()) === null) {
      // In the node's turn no message comes between the question and the exchange.
      await node.enqueue(async () => {
        if ((await node.unfinished()) !== null) return
        exchange()
        done = true
        await told()
      })
    }
    if (!done) await sleep(ASK_AGAIN_MS, undefined, { ref: false })
  }
}
