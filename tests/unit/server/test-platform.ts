/** A platform app on a store in memory, with one snapshot and keys. */
import { createHash } from 'node:crypto'
import { createPlatformApp, type PlatformAppOptions } from '../../../server/platform/api.ts'
import { issueApiKey, SCOPES, type Scope } from '../../../server/plugins/api-key.ts'
import { memoryStore, type PlatformStore, type SnapshotHead } from '../../../server/store/index.ts'
import { chunkOf, clock, HEAD, listOf } from '../../contract/rating-fixtures.ts'

let calls = 0
/** Different bytes at every call, the same in every run. */
const countingRandom = (bytes: number): Uint8Array => {
  calls++
  return createHash('shake256', { outputLength: bytes }).update(String(calls)).digest()
}

export async function publishSnapshot(
  store: PlatformStore,
  head: Partial<SnapshotHead> = {},
): Promise<number> {
  const id = await store.ratings.beginSnapshot({ ...HEAD, ...head })
  await store.ratings.addRatings(id, chunkOf(0, 30))
  await store.ratings.addWhitelist(id, listOf(0, 25))
  await store.ratings.publish(id)
  return id
}

export async function testPlatform(options: Partial<PlatformAppOptions> = {}) {
  const store = options.store ?? memoryStore(clock)
  const app = await createPlatformApp({
    store,
    cursorKey: new Uint8Array(32).fill(7),
    version: { version: '9.9.9', protocol: 1, parameters: '00' },
    ...options,
  })
  const keyFor = (institution: string, scopes: readonly Scope[] = SCOPES) =>
    issueApiKey(store.access, countingRandom, { institution, scopes })
  const key = await keyFor('Bank A')
  const get = (url: string, bearer: string | null = key) =>
    app.inject({ url, headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` } })
  return { app, store, key, keyFor, get }
}
