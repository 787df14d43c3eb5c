/** A newer roster is taken between two runs, never within one. */
import { describe, expect, it } from 'vitest'
import { changeOver } from '../../../server/roster/change-over.ts'

describe('what a node holds', () => {
  it('is exchanged at once where no run is under way, and then told', async () => {
    const done: string[] = []
    const node = { unfinished: async () => null, enqueue: (work: () => Promise<void>) => work() }
    await changeOver(
      node,
      () => done.push('exchanged'),
      async () => void done.push('told'),
    )
    expect(done).toEqual(['exchanged', 'told'])
  })

  it('stays where a run opens between the question and the node’s turn', async () => {
    const done: string[] = []
    // none, then one that was opened by the message before in the queue, then its end
    const answers = [null, 'run-1', 'run-1', null, null]
    const node = {
      unfinished: async () => answers.shift() ?? null,
      enqueue: (work: () => Promise<void>) => work(),
    }
    await changeOver(
      node,
      () => done.push(`exchanged with ${answers.length} answers left`),
      async () => {},
    )
    expect(done).toEqual(['exchanged with 0 answers left'])
  })
})
