/** A store that can keep nothing any more halts its node: the run is not given up. Any other fault of it ends the run. */
import { afterEach, describe, expect, it } from 'vitest'
import { KEY_HOLDER } from '../../../federation/index.ts'
import { writeFault } from '../../../server/state/unwritable.ts'
import { type TestConsortium, testConsortium } from '../../helpers/consortium.ts'
import { smallInput } from './interception.ts'

let consortium: TestConsortium | undefined
afterEach(() => consortium?.close())

/** A run in which the key holder's transcript fails at its third message; what the key holder did then. */
async function runWithFault(
  fault: unknown,
): Promise<{ halted: boolean; faulted: boolean; toldOthers: boolean }> {
  let count = 0
  const made = await testConsortium({
    ...smallInput(),
    transcripts: (server) => ({
      append: async () => {
        if (server === KEY_HOLDER && ++count === 3) throw fault
      },
    }),
  })
  consortium = made
  const keyHolder = made.nodes.get(KEY_HOLDER)!
  const seen = { halted: false, faulted: false, toldOthers: false }
  const halted = new Promise<void>((resolve) => {
    keyHolder.onHalt = () => {
      seen.halted = true
      resolve()
    }
  })
  keyHolder.onFault = () => {
    seen.faulted = true
  }
  const ended = made.run().catch(() => {
    seen.toldOthers = true
  })
  await Promise.race([halted, ended])
  return seen
}

describe('a transcript that cannot be written', () => {
  it('for a full disk halts the node, and the run is left to go on later', async () => {
    const full = writeFault('a transcript', Object.assign(new Error('full'), { code: 'ENOSPC' }))
    expect(await runWithFault(full)).toEqual({ halted: true, faulted: false, toldOthers: false })
  })

  it('for anything else ends the run, which the others hear of (control)', async () => {
    expect(await runWithFault(new Error('other'))).toEqual({ halted: false, faulted: true, toldOthers: true })
  })
})
