/** The key holder's book of openings beside its ledger and its last answer, over refusals and crashes. */
import { describe, expect, it } from 'vitest'
import { KEY_HOLDER, memoryNightFiles, PLATFORM } from '../../../federation/index.ts'
import { parseEntries } from '../../../federation/ledger-entry.ts'
import { KeyHolderMemory, type OpenedNight } from '../../../federation/night/key-holder-memory.ts'
import { worldsOfFile } from '../../helpers/nights.ts'
import { intercept } from '../federation/interception.ts'

const world = worldsOfFile()

const nightsIn = (text: string): string[] =>
  parseEntries(text).flatMap((entry) => (entry?.snapshot === 'nights' ? [entry.run] : []))

describe('the ledger', () => {
  it('has the nights that were opened and no other, at both servers alike', async () => {
    const night = await world({ policyOf: (party) => ({ leastChanged: party === PLATFORM ? 1 : 3 }) })
    const first = await night.night()
    night.change('provider-2')
    const recorded = intercept(night.consortium)
    // Refused as it is, then opened with the change held back.
    const second = await night.night()
    expect(recorded.filter(({ type }) => type === 'night.commit')).toHaveLength(2)
    const { platform, keyHolder } = night.ledgers
    expect(nightsIn(keyHolder.text)).toEqual([first.night, second.night])
    expect(platform.text).toBe(keyHolder.text)
    await night.night()
  })

  it('takes in an opening that was noted before a crash when the same is asked again', async () => {
    const night = await world()
    await night.night()
    const { keyHolder } = night.ledgers
    const { append } = keyHolder
    keyHolder.append = async () => {
      night.consortium.nights.lost(KEY_HOLDER)
      throw Object.assign(new Error('killed'), { code: 'EIO' })
    }
    await expect(night.night()).rejects.toMatchObject({ code: 'YX_FEDERATION_PARTY_LOST' })
    keyHolder.append = append
    await night.restart()
    const finished = await night.night()
    expect([...finished.totals]).toEqual([...night.totals()])
    expect(nightsIn(keyHolder.text)).toHaveLength(2)
    expect(night.ledgers.platform.text).toBe(keyHolder.text)
  })
})

describe('the last answer', () => {
  const opened = (night: string, request: string): OpenedNight => ({
    ...{ night, planHash: 'h', request, entries: [] },
  })
  const [one, two] = ['01'.repeat(32), '02'.repeat(32)]

  it('is given to the request that it answers alone, also after a crash before the opening was noted', async () => {
    const files = memoryNightFiles()
    const memory = await KeyHolderMemory.open(files)
    await memory.note(opened('n1', one), [], new Map(), Uint8Array.of(1, 1, 1))
    expect([...(await memory.answer(one))!]).toEqual([1, 1, 1])
    expect(await memory.answer(two)).toBeNull()
    const { write } = files
    files.write = async (name, bytes) => {
      if (name === 'openings.json') throw new Error('killed')
      await write(name, bytes)
    }
    await expect(memory.note(opened('n2', two), [], new Map(), Uint8Array.of(2))).rejects.toThrow('killed')
    const again = await KeyHolderMemory.open(files)
    expect(again.opened('n1')).not.toBeNull()
    expect(again.opened('n2')).toBeNull()
    expect(await again.answer(one)).toBeNull()
  })
})
