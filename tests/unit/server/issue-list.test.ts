/** `yinxin authorise`: versions that rise, codes that are checked, and a place that always holds a whole list. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRoster, syntheticUscc } from '../../../features/index.ts'
import { createIdentity, Membership, verifyList } from '../../../federation/index.ts'
import { issueList, readCodes } from '../../../server/platform/issue-list.ts'
import { PURPOSE } from '../../../server/platform/purpose.ts'

const made = [createIdentity('platform', 'platform'), createIdentity('water', 'provider')]
const list = { consortium: 'c', suite: 'international' as const, members: made.map(({ member }) => member) }
const [platform, water] = made.map(({ identity }) => new Membership(list, identity))
const now = new Date('2026-11-24T02:00:00.000Z')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yinxin-issue-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a list that is issued', () => {
  const issue = (codes: readonly string[], membership = platform) =>
    issueList({ membership, file: join(folder, 'list'), state: join(folder, 'state'), codes, now })
  const placed = async () => verifyList(water, await readFile(join(folder, 'list')))

  it('is of the next version each time, complete, and says what changed', async () => {
    expect(await issue(['A1', 'B2', 'A1'])).toMatchObject({
      ...{ version: 1, purpose: PURPOSE, validUntil: '2026-12-25T02:00:00.000Z' },
      ...{ firms: 2, added: 2, withdrawn: 0 },
    })
    expect(await issue(['C3', 'B2', 'D4'])).toMatchObject({ version: 2, firms: 3, added: 2, withdrawn: 1 })
    const read = await placed()
    expect([read.version, ...read.codes()]).toEqual([2, 'B2', 'C3', 'D4'])
  })

  it('never has a version that was there before, though the file or the memory was lost', async () => {
    await writeFile(join(folder, 'list'), 'damaged')
    expect((await issue(['A1'])).version).toBe(3)
    await rm(join(folder, 'state'), { recursive: true })
    expect((await issue(['A1'])).version).toBe(4)
    await rm(join(folder, 'list'))
    expect((await issue(['A1'])).version).toBe(5)
  })

  it('is not issued by anybody but the platform', async () => {
    await expect(issue(['A1'], water)).rejects.toMatchObject({
      code: 'YX_FEDERATION_AUTHORISATION_SIGNATURE',
    })
    expect((await placed()).version).toBe(5)
  })
})

describe('the file of codes', () => {
  const good = [1, 2, 3].map((serial) => syntheticUscc('130902', serial))
  const odd = `${good[0].slice(0, 17)}${good[0][17] === '0' ? '1' : '0'}`
  const read = async (text: string | Uint8Array, uscc = true, roster = createRoster(good)) => {
    await writeFile(join(folder, 'codes'), text)
    return readCodes(join(folder, 'codes'), roster, uscc)
  }

  it('may have a byte order mark, CRLF, spaces and empty lines', async () => {
    expect(await read(`\ufeff${good[0]}\r\n\r\n  ${good[1]} \r\n${good[2]}`)).toEqual(good)
  })

  it('is refused whole for one mistyped code, with its line and not the code', async () => {
    const fault = await read(`${good[0]}\n${odd}\n${odd}\n`).catch((found) => found)
    expect(fault).toMatchObject({
      code: 'YX_SERVER_AUTHORISE_CODES',
      message: expect.stringContaining('line 2'),
    })
    expect(fault.message).toContain('2 lines')
    expect(fault.message).not.toContain(odd)
  })

  it('may hold what the roster has as it stands, and any text where ids are texts', async () => {
    expect(await read(`${odd}\n`, true, createRoster([odd]))).toEqual([odd])
    expect(await read('firm 1\n', false)).toEqual(['firm 1'])
  })

  it('must be there and be UTF-8', async () => {
    await expect(read(Uint8Array.of(0xff, 0xfe, 0x41))).rejects.toMatchObject({
      code: 'YX_SERVER_AUTHORISE_UNREADABLE',
    })
    await expect(readCodes(join(folder, 'none'), createRoster([]), true)).rejects.toMatchObject({
      code: 'YX_SERVER_AUTHORISE_UNREADABLE',
    })
  })
})
