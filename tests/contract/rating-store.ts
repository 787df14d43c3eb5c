/** What every store must do, whatever it stands on. */
import { describe, expect, test } from 'vitest'
import type { PlatformStore, RatingChunk, WhitelistChunk } from '../../server/store/index.ts'
import { modelStoreContract, ratedModel, steps } from './model-store.ts'
import { chunkOf, HEAD, listOf, NOON } from './rating-fixtures.ts'

async function publish(
  store: PlatformStore,
  ratings: readonly RatingChunk[],
  lists: readonly WhitelistChunk[] = [],
) {
  const id = await store.ratings.beginSnapshot(HEAD)
  for (const chunk of ratings) await store.ratings.addRatings(id, chunk)
  for (const list of lists) await store.ratings.addWhitelist(id, list)
  await store.ratings.publish(id)
  return id
}

/** @param open a new, empty store. @param reopen closes it and opens the same data again; left out where nothing persists */
export function describeStore(
  name: string,
  open: () => Promise<PlatformStore>,
  reopen?: (store: PlatformStore) => Promise<PlatformStore>,
): void {
  describe(name, () => {
    const { ratingStore, accessStore } = contract(open)
    ratingStore()
    accessStore()
    modelStoreContract(open)
    if (!reopen) return
    test('reopened: the published snapshot is served, an abandoned one is gone with its rows', async () => {
      let store = await open()
      const id = await publish(store, [chunkOf(0, 30)])
      const abandoned = await store.ratings.beginSnapshot(HEAD)
      await store.ratings.addRatings(abandoned, chunkOf(0, 20))
      store = await reopen(store)
      expect(await store.ratings.current()).toMatchObject({ id, subjects: 30, ...HEAD, createdAt: NOON })
      await expect(store.ratings.publish(abandoned)).rejects.toMatchObject({
        code: 'YX_SERVER_SNAPSHOT_NOT_BUILDING',
      })
      await expect(store.ratings.addRatings(abandoned, chunkOf(20, 1))).rejects.toMatchObject({
        code: 'YX_SERVER_SNAPSHOT_NOT_BUILDING',
      })
      await store.close()
    })

    test('reopened: models, history, split and held ratings are as they were', async () => {
      let store = await open()
      await ratedModel(store, 'run-a')
      await ratedModel(store, 'run-b')
      await steps(store, ['approve', 1], ['promote', 1], ['approve', 2], ['challenge', 2])
      const all = async () => [
        ...[await store.models.models(), await store.models.history(), await store.models.serving()],
        await store.ratings.holds('2'),
      ]
      const before = await all()
      store = await reopen(store)
      expect(await all()).toEqual(before)
      await steps(store, ['promote', 2])
      expect((await store.ratings.current())?.modelVersion).toBe('2')
      await store.close()
    })
  })
}

const contract = (open: () => Promise<PlatformStore>) => ({
  ratingStore: () => {
    test('empty: nothing is served', async () => {
      const store = await open()
      await store.ping()
      expect(await store.ratings.current()).toBeNull()
      expect(await store.ratings.score('firm-1')).toBeNull()
      expect(await store.ratings.whitelist({ limit: 10 })).toBeNull()
      await expect(store.ratings.snapshot(1)).rejects.toMatchObject({ code: 'YX_SERVER_SNAPSHOT_UNKNOWN' })
      await store.close()
    })

    test('a snapshot is invisible until it is published, then it is the current one at once', async () => {
      const store = await open()
      const { ratings } = store
      const first = await publish(store, [chunkOf(0, 10)])
      const second = await ratings.beginSnapshot({ ...HEAD, modelVersion: 'card-8' })
      await ratings.addRatings(second, chunkOf(100, 10))
      await ratings.addWhitelist(second, listOf(100, 5))
      expect((await ratings.current())?.id).toBe(first)
      expect((await ratings.score('firm-101'))?.rating).toBeNull()
      expect((await ratings.whitelist({ limit: 10 }))?.entries).toEqual([])
      await expect(ratings.snapshot(second)).rejects.toMatchObject({ code: 'YX_SERVER_SNAPSHOT_UNKNOWN' })
      await expect(
        ratings.whitelist({ limit: 1, after: { snapshot: second, position: 0 } }),
      ).rejects.toMatchObject({
        code: 'YX_SERVER_SNAPSHOT_UNKNOWN',
      })
      await expect(ratings.ratings(second)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'YX_SERVER_SNAPSHOT_UNKNOWN',
      })
      await ratings.publish(second)
      expect(await ratings.current()).toMatchObject({
        id: second,
        modelVersion: 'card-8',
        subjects: 10,
        listed: 5,
      })
      expect((await ratings.score('firm-101'))?.rating?.subject).toBe('firm-101')
      expect((await ratings.score('firm-1'))?.rating).toBeNull()
      expect((await ratings.snapshot(first)).modelVersion).toBe('card-7')
      await store.close()
    })

    test('while a snapshot is written and published, readers see the whole old or the whole new one', async () => {
      const store = await open()
      const { ratings } = store
      const old = await publish(store, [chunkOf(0, 50)])
      let done = false
      const writing = (async () => {
        const id = await ratings.beginSnapshot(HEAD)
        for (let from = 0; from < 200; from += 20) await ratings.addRatings(id, chunkOf(from, 20))
        await ratings.publish(id)
        done = true
        return id
      })()
      const seen = new Set<string>()
      while (!done) {
        const current = await ratings.current()
        seen.add(`${current?.id}:${current?.subjects}`)
        const answer = await ratings.score('firm-1')
        expect(answer?.rating?.subject).toBe('firm-1')
      }
      const fresh = await writing
      for (const pair of seen) expect([`${old}:50`, `${fresh}:200`]).toContain(pair)
      expect((await ratings.current())?.id).toBe(fresh)
      await store.close()
    })

    test('every cell comes back as it was written, singly and streamed in roster order over chunk borders', async () => {
      const store = await open()
      const id = await publish(store, [chunkOf(0, 257), chunkOf(257, 1), chunkOf(258, 142)])
      const whole = chunkOf(0, 400)
      const rows = { ids: [] as string[], cells: [] as number[][] }
      for await (const chunk of store.ratings.ratings(id, 99)) {
        rows.ids.push(...chunk.ids)
        chunk.ids.forEach((_, i) => {
          rows.cells.push([
            chunk.scores[i],
            chunk.grades[i],
            chunk.pds[i],
            chunk.coverage[i],
            chunk.excluded[i],
            chunk.totals[i],
            chunk.challenger[i],
          ])
        })
      }
      expect(rows.ids).toEqual(whole.ids)
      rows.cells.forEach((cells, i) => {
        expect(cells).toEqual([
          whole.scores[i],
          whole.grades[i],
          whole.pds[i],
          whole.coverage[i],
          whole.excluded[i],
          whole.totals[i],
          whole.challenger[i],
        ])
      })
      for (const i of [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 399]) {
        const answer = await store.ratings.score(whole.ids[i])
        expect(answer?.rating).toEqual({
          subject: whole.ids[i],
          score: whole.scores[i],
          grade: HEAD.grades[whole.grades[i]].grade,
          pd: whole.pds[i],
          coverage: whole.coverage[i],
          excluded: whole.excluded[i] === 1,
          total: whole.totals[i],
          challenger: whole.challenger[i] === 1,
        })
      }
      await store.close()
    })

    test('unknown subjects, the one with U+0000 among them, have no rating', async () => {
      const store = await open()
      await publish(store, [chunkOf(0, 3)])
      for (const subject of ['', 'nobody', 'firm-1\0', "' OR true --"]) {
        expect((await store.ratings.score(subject))?.rating).toBeNull()
      }
      await store.close()
    })

    test('whitelist pages join to the list in its order, for every page size; a place stays good after the next publication', async () => {
      const store = await open()
      const id = await publish(store, [chunkOf(0, 40)], [listOf(20, 11), listOf(3, 6)])
      const expected = [...listOf(20, 11).ids, ...listOf(3, 6).ids]
      for (const limit of [1, 5, 16, 17, 18]) {
        const got: string[] = []
        let page = await store.ratings.whitelist({ limit })
        for (let pages = 0; page && pages < 20; pages++) {
          expect(page.entries.length).toBeLessThanOrEqual(limit)
          got.push(...page.entries.map(({ subject }) => subject))
          page = page.next && (await store.ratings.whitelist({ limit, after: page.next }))
        }
        expect(got).toEqual(expected)
      }
      const first = await store.ratings.whitelist({ limit: 2 })
      expect(first?.entries[1]).toEqual({
        position: 1,
        subject: listOf(21, 1).ids[0],
        score: listOf(21, 1).scores[0],
        grade: HEAD.grades[listOf(21, 1).grades[0]].grade,
        pd: listOf(21, 1).pds[0],
        reason: 'reason-21',
        challenger: listOf(21, 1).challenger[0] === 1,
      })
      await publish(store, [chunkOf(0, 4)])
      const old = await store.ratings.whitelist({ limit: 50, after: first!.next! })
      expect(old?.snapshot.id).toBe(id)
      expect(old?.entries).toHaveLength(15)
      expect((await store.ratings.whitelist({ limit: 50 }))?.entries).toEqual([])
      await store.close()
    })

    test('a refused chunk leaves nothing behind', async () => {
      const store = await open()
      const { ratings } = store
      const id = await ratings.beginSnapshot(HEAD)
      await ratings.addRatings(id, chunkOf(0, 5))
      const twice = chunkOf(5, 4)
      await expect(
        ratings.addRatings(id, { ...twice, ids: ['a', 'b', 'firm-1', 'c'] }),
      ).rejects.toMatchObject({
        code: 'YX_SERVER_DUPLICATE_SUBJECT',
      })
      await expect(ratings.addRatings(id, { ...twice, ids: ['a', 'b', 'a', 'c'] })).rejects.toMatchObject({
        code: 'YX_SERVER_DUPLICATE_SUBJECT',
      })
      for (const broken of [
        { ids: ['a', 'b', '', 'c'] },
        { ids: ['a', 'b', 'x\0y', 'c'] },
        { ids: ['a', 'b', 'x'.repeat(129), 'c'] },
        { scores: new Int32Array(3) },
        { grades: new Uint8Array([0, 1, 3, 0]) },
        { pds: new Float32Array([0, 0, 1.5, 0]) },
        { pds: new Float32Array([0, 0, Number.NaN, 0]) },
        { coverage: new Float32Array([0, 0, -0.1, 0]) },
        { challenger: new Uint8Array(3) },
      ]) {
        await expect(ratings.addRatings(id, { ...twice, ...broken })).rejects.toMatchObject({
          code: 'YX_SERVER_CHUNK_INVALID',
        })
      }
      await ratings.addWhitelist(id, listOf(0, 2))
      await expect(ratings.addWhitelist(id, listOf(1, 1))).rejects.toMatchObject({
        code: 'YX_SERVER_DUPLICATE_SUBJECT',
      })
      await expect(ratings.addWhitelist(id, { ...listOf(2, 2), reasons: [] })).rejects.toMatchObject({
        code: 'YX_SERVER_CHUNK_INVALID',
      })
      await ratings.addRatings(id, chunkOf(5, 2))
      await ratings.publish(id)
      expect(await ratings.current()).toMatchObject({ subjects: 7, listed: 2 })
      const ids: string[] = []
      for await (const chunk of ratings.ratings(id)) ids.push(...chunk.ids)
      expect(ids).toEqual(chunkOf(0, 7).ids)
      await store.close()
    })

    test('a published or discarded snapshot takes no more', async () => {
      const store = await open()
      const { ratings } = store
      const published = await publish(store, [chunkOf(0, 2)])
      const discarded = await ratings.beginSnapshot(HEAD)
      await ratings.addRatings(discarded, chunkOf(0, 2))
      await ratings.discard(discarded)
      await ratings.discard(discarded)
      for (const id of [published, discarded, 999]) {
        const refused = { code: 'YX_SERVER_SNAPSHOT_NOT_BUILDING' }
        await expect(ratings.addRatings(id, chunkOf(5, 1))).rejects.toMatchObject(refused)
        await expect(ratings.addWhitelist(id, listOf(0, 1))).rejects.toMatchObject(refused)
        await expect(ratings.publish(id)).rejects.toMatchObject(refused)
      }
      await expect(ratings.discard(published)).rejects.toMatchObject({
        code: 'YX_SERVER_SNAPSHOT_NOT_BUILDING',
      })
      expect(await ratings.current()).toMatchObject({ id: published, subjects: 2 })
      await store.close()
    })

    test('a held snapshot is complete and served to nobody; it takes no more', async () => {
      const store = await open()
      const { ratings } = store
      const id = await ratings.beginSnapshot(HEAD)
      await ratings.addRatings(id, chunkOf(0, 2))
      expect(await ratings.holds('card-7')).toBe(false)
      await ratings.hold(id)
      expect(await ratings.holds('card-7')).toBe(true)
      expect(await ratings.current()).toBeNull()
      const refused = { code: 'YX_SERVER_SNAPSHOT_NOT_BUILDING' }
      for (const change of ['hold', 'publish', 'discard'] as const)
        await expect(ratings[change](id)).rejects.toMatchObject(refused)
      await expect(ratings.addRatings(id, chunkOf(5, 1))).rejects.toMatchObject(refused)
      await expect(ratings.snapshot(id)).rejects.toMatchObject({ code: 'YX_SERVER_SNAPSHOT_UNKNOWN' })
      await store.close()
    })

    test('an empty snapshot can be published', async () => {
      const store = await open()
      const id = await publish(store, [chunkOf(0, 0)], [listOf(0, 0)])
      expect(await store.ratings.current()).toMatchObject({
        id,
        subjects: 0,
        gradeCounts: [0, 0, 0],
        listed: 0,
      })
      expect(await store.ratings.whitelist({ limit: 1 })).toMatchObject({ entries: [], next: null })
      for await (const _ of store.ratings.ratings(id)) expect.unreachable()
      await store.close()
    })
  },

  accessStore: () => {
    test('keys are kept, found and revoked; a prefix serves once', async () => {
      const { access, close } = await open()
      const key = {
        prefix: 'abcdefgh',
        hash: 'cd'.repeat(32),
        institution: 'Bank "A"',
        scopes: ['scores:read', 'a,b'],
      }
      await access.addApiKey(key)
      await expect(access.addApiKey({ ...key, institution: 'B' })).rejects.toMatchObject({
        code: 'YX_SERVER_KEY_PREFIX_TAKEN',
      })
      expect(await access.findApiKey('abcdefgh')).toEqual({ ...key, createdAt: NOON, revokedAt: null })
      expect(await access.findApiKey('nobody')).toBeNull()
      await access.revokeApiKey('abcdefgh')
      await access.revokeApiKey('abcdefgh')
      expect((await access.findApiKey('abcdefgh'))?.revokedAt).toEqual(NOON)
      await close()
    })

    test('the access log keeps what was asked about a subject, in order', async () => {
      const { access, close } = await open()
      const entry = {
        institution: 'Bank A',
        keyPrefix: 'abcdefgh',
        product: 'score',
        subject: '隐"信',
        outcome: 'released',
      } as const
      await access.recordAccess([])
      await access.recordAccess([entry])
      await access.recordAccess([
        { ...entry, subject: null, product: 'snapshot' },
        { ...entry, product: 'whitelist', institution: 'Bank B' },
        { ...entry, subject: 'NULL', outcome: 'unknown-subject' },
      ])
      expect(await access.accessesOf('隐"信')).toEqual([
        { at: NOON, ...entry },
        { at: NOON, ...entry, product: 'whitelist', institution: 'Bank B' },
      ])
      expect(await access.accessesOf('NULL')).toEqual([
        { at: NOON, ...entry, subject: 'NULL', outcome: 'unknown-subject' },
      ])
      expect(await access.accessesOf('nobody')).toEqual([])
      await close()
    })
  },
})
