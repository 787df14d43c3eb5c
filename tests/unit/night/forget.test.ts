/** A provider whose legal basis was withdrawn: nothing of it stays at the platform, and its model is not scored any more. */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { international } from '../../../engine/index.ts'
import { memoryNightFiles } from '../../../federation/index.ts'
import { chooseSet } from '../../../federation/night/choose-set.ts'
import { PlatformMemory } from '../../../federation/night/platform-memory.ts'

const ROWS = 3
const vectors = () => ({ points: new Uint32Array(ROWS).fill(7), exclusions: new Float64Array(ROWS) })
const masked = (provider: string) => ({
  ...{ provider, night: 'n1', version: 'v1', former: [], rosterDigest: 'r', before: [], after: [] },
  ...{ at: '2026-11-24T00:00:00.000Z', confirmed: '2026-11-24T00:00:00.000Z' },
  ...{ vectors: vectors(), used: new Uint8Array(ROWS).fill(1) },
})
const asked = (night: string) => ({
  ...{ night, planHash: 'h', rosterDigest: 'r', at: '2026-11-24T00:00:00.000Z', parts: [] },
  ...{ publicOnly: new Uint8Array(ROWS), unrated: new Uint8Array(ROWS), sum: vectors() },
  commit: Uint8Array.of(1),
})

/** @param slow beginning of the names of files that take a while to be written, as on a disk */
async function afterANight(slow?: string) {
  const files = memoryNightFiles()
  const { write } = files
  files.write = async (name, bytes) => {
    if (slow !== undefined && name.startsWith(slow)) await setTimeout(20)
    await write(name, bytes)
  }
  const memory = await PlatformMemory.open(files, international)
  await memory.propose(asked('n1'), [masked('water'), masked('gas')])
  await memory.accept()
  return { files, memory }
}
const setWith = (memory: PlatformMemory) =>
  chooseSet({
    night: 'n2',
    providers: ['water', 'gas'].map((name) => ({ name, publicData: false })),
    ready: new Map([['water', { version: 'v1', base: 'v1', holds: true }]]),
    last: new Map(
      ['water', 'gas'].flatMap((name) => {
        const about = memory.about('h', name)
        return about ? [[name, about] as const] : []
      }),
    ),
    obstacle: () => null,
    ...{ isFormer: () => false, leastChanged: 3 },
    holdAll: false,
  })

describe('a provider that is forgotten', () => {
  it('leaves no vector, also after a restart; another stays', async () => {
    const { files, memory } = await afterANight()
    const before = files.pieces.size
    await memory.forget('gas')
    expect(files.pieces.size).toBe(before - 1)
    const again = await PlatformMemory.open(files, international)
    expect(again.about('h', 'gas')).toBeNull()
    expect(await again.vector('h', 'gas')).toBeNull()
    expect((await again.vector('h', 'water'))?.vectors.points).toEqual(new Uint32Array(ROWS).fill(7))
  })

  it('is in no opening that was asked for and not answered', async () => {
    const { files, memory } = await afterANight()
    await memory.propose(asked('n2'), [masked('water')])
    await memory.forget('gas')
    expect(await memory.pending()).toBeNull()
    expect([...(await PlatformMemory.open(files, international)).about('h', 'water')!.night]).toEqual([
      'n',
      '1',
    ])
  })

  it('is not brought back by an opening that is being written, nor by its answer', async () => {
    const { files, memory } = await afterANight('masked-')
    const proposed = memory.propose(asked('n2'), [masked('water')])
    await setTimeout(5)
    await memory.forget('gas')
    await proposed
    await memory.accept()
    const again = await PlatformMemory.open(files, international)
    for (const one of [memory, again]) expect(one.about('h', 'gas')).toBeNull()
  })

  it('is not brought back by an opening that is asked for while it is being deleted', async () => {
    const { memory } = await afterANight('platform.json')
    const forgotten = memory.forget('gas')
    await memory.propose(asked('n2'), [masked('water')])
    await forgotten
    await memory.accept()
    expect(memory.about('h', 'gas')).toBeNull()
    expect(memory.about('h', 'water')).not.toBeNull()
  })

  it('ends the nights of its model; control: one that is only away is carried over', async () => {
    const { memory } = await afterANight()
    expect(setWith(memory).parts.get('gas')).toBe('carried')
    await memory.forget('gas')
    expect(() => setWith(memory)).toThrow(expect.objectContaining({ code: 'YX_FEDERATION_NOTHING_TO_CARRY' }))
  })
})
