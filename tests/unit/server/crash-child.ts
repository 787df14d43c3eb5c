/** Opens the store of argv[2], writes a second snapshot up to the stage of argv[3], says so, and waits to be killed. */
import { openStore } from '../../../server/store/index.ts'
import { chunkOf, clock, HEAD } from '../../contract/rating-fixtures.ts'

const [, , database, stage] = process.argv
const store = await openStore({ database, clock })
const id = await store.ratings.beginSnapshot({ ...HEAD, modelVersion: 'second' })
for (let from = 0; from < 3_000; from += 1_000) await store.ratings.addRatings(id, chunkOf(from, 1_000))
if (stage === 'published') await store.ratings.publish(id)
process.stdout.write('ready\n')
setInterval(() => {}, 1_000)
