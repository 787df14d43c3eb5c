/** Opens the store of argv[2], begins the promotion of model 2, says so in the middle of its transaction, and waits to be killed. */
import { writeSync } from 'node:fs'
import { openStore } from '../../../server/store/index.ts'
import { NOON } from '../../contract/rating-fixtures.ts'

let armed = false
const now = () => {
  // The history is written last: model and ratings have been switched by now, and nothing is committed.
  if (armed) {
    writeSync(1, 'ready\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
  return NOON
}
const store = await openStore({ database: process.argv[2], clock: { now } })
armed = true
await store.models.change({ action: 'promote', version: 2, who: 'platform', required: () => [] })
