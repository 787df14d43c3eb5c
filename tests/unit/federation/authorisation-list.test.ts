/** The signed list of authorised firms: what it proves, and what a node refuses. */
import { createHash, createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partsOfList } from '../../../federation/authorisation/list-file.ts'
import {
  acceptList,
  createIdentity,
  createList,
  listSource,
  Membership,
  memoryOfList,
  type NewList,
  SUITE_NAMES,
  type SuiteName,
  secureRandom,
  verifyList,
} from '../../../federation/index.ts'

import { putTogether } from '../../../federation/messages/signed-lines.ts'

const HEAD = 'YX_FEDERATION_AUTHORISATION_'
const names = ['platform', 'keyholder', 'water'] as const
const roles = ['platform', 'keyholder', 'provider'] as const

function memberships(suite: SuiteName = 'international', consortium = 'c') {
  const made = names.map((name, index) => createIdentity(name, roles[index], { suite }))
  const list = { consortium, suite, members: made.map(({ member }) => member) }
  const [platform, , water] = made.map(({ identity }) => new Membership(list, identity))
  return { platform, water, members: list.members }
}

const { platform, water, members } = memberships()
const DELETE = String.fromCharCode(0x7f)
const CODES = ['B2', 'A1', 'C3', 'A1', 'é4', '城5']
const newList = (over: Partial<NewList> = {}): NewList => ({
  purpose: 'lending',
  version: 3,
  issued: new Date('2026-11-01T00:00:00.000Z'),
  validUntil: new Date('2026-12-01T00:00:00.000Z'),
  codes: CODES,
  ...over,
})
const fileOf = (over: Partial<NewList> = {}) => createList(platform, newList(over), secureRandom)
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work()
    return undefined
  } catch (fault) {
    return (fault as { code?: string }).code
  }
}
/** A file with one of its parts replaced and everything that an outsider can make anew made anew, but for the signature. */
function changed(file: Uint8Array, change: (text: string) => string): Uint8Array {
  return Buffer.from(change(Buffer.from(file).toString('utf8')), 'utf8')
}
/** As a platform would sign it that skips its own checks. */
function signedAs(signer: Membership, head: object, codes: string): Uint8Array {
  const bytes = Buffer.from(codes, 'utf8')
  const { header } = partsOfList(fileOf())
  const full = {
    ...header,
    codes: Buffer.from(signer.suite.hash(bytes)).toString('hex'),
    entries: codes.split('\n').length - 1,
    ...head,
  }
  const digest = signer.suite.hash(
    Buffer.from('yinxin authorisation list 1\n'),
    Buffer.from(JSON.stringify(full), 'utf8'),
  )
  return putTogether(full, bytes, signer.sign(digest))
}

describe.each(SUITE_NAMES)('a list of the %s suite', (suite) => {
  it('says at the other end what the platform stated, sorted and each code once', () => {
    const parties = memberships(suite)
    const list = verifyList(parties.water, createList(parties.platform, newList(), secureRandom))
    const { purpose, version, issued, validUntil, entries } = list
    expect({ purpose, version, issued, validUntil, entries }).toEqual({
      purpose: 'lending',
      version: 3,
      issued: '2026-11-01T00:00:00.000Z',
      validUntil: '2026-12-01T00:00:00.000Z',
      entries: 5,
    })
    expect([...list.codes()]).toEqual(['A1', 'B2', 'C3', 'é4', '城5'])
  })

  it('is refused with any one byte changed', () => {
    const parties = memberships(suite)
    const file = createList(parties.platform, newList(), secureRandom)
    for (let at = 0; at < file.length; at += suite === 'national' ? 41 : 7) {
      const other = file.slice()
      other[at] ^= 1
      expect(
        codeOf(() => verifyList(parties.water, other)),
        String(at),
      ).toMatch(HEAD)
    }
  })
})

describe('the file', () => {
  it('is verified by a reader that knows only the page of its format', () => {
    const lines = Buffer.from(fileOf()).toString('utf8').split('\n')
    expect(lines.pop()).toBe('')
    const signature = Buffer.from(JSON.parse(lines.at(-1) as string).signature, 'hex')
    const head = JSON.parse(lines[0])
    const codes = lines.slice(1, -1)
    expect(head.codes).toBe(
      createHash('sha256')
        .update(codes.map((code) => `${code}\n`).join(''))
        .digest('hex'),
    )
    const digest = createHash('sha256').update(`yinxin authorisation list 1\n${lines[0]}`).digest()
    const der = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(members[0].signKey, 'hex'),
    ])
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    expect(verify(null, digest, key, signature)).toBe(true)
    expect(verifyList(water, fileOf()).digest).not.toBe(digest.toString('hex'))
  })

  it('has another digest each time: it cannot be tested against guessed codes', () => {
    expect(verifyList(water, fileOf()).digest).not.toBe(verifyList(water, fileOf()).digest)
  })

  it('may name no firm at all', () => {
    const list = verifyList(water, fileOf({ codes: [] }))
    expect([...list.codes()]).toEqual([])
    expect(list.rowsOf({ size: 2, index: () => 0 })).toEqual(new Uint8Array(2))
  })

  it.each([
    ['cut short', (text: string) => text.slice(0, -1)],
    ['empty', () => ''],
    ['without a signature', (text: string) => `${text.split('\n').slice(0, -2).join('\n')}\n`],
    ['with a head of another version', (text: string) => text.replace('list/1', 'list/2')],
    ['with a date that does not exist', (text: string) => text.replace('2026-12-01', '2026-02-30')],
    ['with a space in its head', (text: string) => text.replace('{', '{ ')],
  ])('%s is malformed', (_, change) => {
    expect(codeOf(() => verifyList(water, changed(fileOf(), change)))).toBe(`${HEAD}MALFORMED`)
  })

  it.each([
    ['an empty line', 'A1\n\nB2\n'],
    ['a CRLF line end', 'A1\r\nB2\n'],
    ['a code without end', `${'A'.repeat(129)}\n`],
  ])('with %s is malformed even if the platform signed it', (_, codes) => {
    expect(codeOf(() => verifyList(water, signedAs(platform, {}, codes)))).toBe(`${HEAD}MALFORMED`)
    expect(codeOf(() => verifyList(water, signedAs(platform, {}, 'A1\nB2\n')))).toBeUndefined()
  })

  it('is never issued with a code that would be two lines', () => {
    expect(codeOf(() => fileOf({ codes: ['A1\nB2'] }))).toBe(`${HEAD}MALFORMED`)
  })

  it('with another number of codes than its head says is malformed', () => {
    for (const entries of [1, 3, 2 ** 31 - 1])
      expect(codeOf(() => verifyList(water, signedAs(platform, { entries }, 'A1\nB2\n')))).toBe(
        `${HEAD}MALFORMED`,
      )
  })

  it('is found out of order or with a code twice, and the line named', () => {
    const fault = (codes: string) => {
      try {
        verifyList(water, signedAs(platform, {}, codes))
      } catch (found) {
        return found as { code: string; message: string }
      }
      return { code: '', message: '' }
    }
    expect(fault('B2\nA1\n')).toMatchObject({
      code: `${HEAD}ORDER`,
      message: expect.stringContaining('Line 3'),
    })
    expect(fault('A1\nA1\n').message).toContain('there twice')
    expect(fault('A10\nA1\n').code).toBe(`${HEAD}ORDER`)
    expect(fault('A1\nA10\n').code).toBe('')
  })

  it('scans any set of codes exactly as they are sorted by their bytes', () => {
    const code = fc
      .string({ minLength: 1, maxLength: 12, unit: 'binary' })
      .filter((text) => text.isWellFormed() && [...text].every((one) => one >= ' ' && one !== DELETE))
    fc.assert(
      fc.property(fc.array(code, { maxLength: 20 }), (codes) => {
        const list = verifyList(water, fileOf({ codes }))
        const wanted = [...new Set(codes)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect([...list.codes()]).toEqual(wanted)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a node refuses a list', () => {
  it('whose codes were changed: one added, one removed', () => {
    const added = changed(fileOf(), (text) => text.replace('A1\n', 'A0\nA1\n'))
    const removed = changed(fileOf(), (text) => text.replace('B2\n', ''))
    for (const file of [added, removed]) expect(codeOf(() => verifyList(water, file))).toBe(`${HEAD}CHANGED`)
  })

  it('of a longer life than was signed, or signed by another member or consortium of the same name', () => {
    const longer = changed(fileOf(), (text) => text.replace('2026-12-01', '2036-12-01'))
    const other = createList(memberships().platform, newList(), secureRandom)
    for (const file of [
      longer,
      other,
      signedAs(water, {}, 'A1\n'),
      signedAs(water, { issuer: 'water' }, 'A1\n'),
    ])
      expect(codeOf(() => verifyList(water, file))).toBe(`${HEAD}SIGNATURE`)
    expect(codeOf(() => createList(water, newList(), secureRandom))).toBe(`${HEAD}SIGNATURE`)
  })

  it('of another consortium', () => {
    const other = memberships('international', 'd')
    expect(codeOf(() => verifyList(water, createList(other.platform, newList(), secureRandom)))).toBe(
      `${HEAD}CONSORTIUM`,
    )
  })

  it('before and after its time, to the millisecond', () => {
    const list = verifyList(water, fileOf())
    const at = (text: string) => codeOf(() => list.checkTime(new Date(text)))
    expect(at('2026-10-31T23:59:59.999Z')).toBe(`${HEAD}EXPIRED`)
    expect(at('2026-11-01T00:00:00.000Z')).toBeUndefined()
    expect(at('2026-12-01T00:00:00.000Z')).toBeUndefined()
    expect(at('2026-12-01T00:00:00.001Z')).toBe(`${HEAD}EXPIRED`)
  })

  it('older than one that it accepted, or a second one of the same version', async () => {
    const [second, third, other] = [{ version: 2 }, {}, {}].map((over) => verifyList(water, fileOf(over)))
    const memory = memoryOfList()
    await acceptList(second, memory)
    await acceptList(third, memory)
    await acceptList(third, memory)
    await expect(acceptList(second, memory)).rejects.toMatchObject({ code: `${HEAD}ROLLED_BACK` })
    await expect(acceptList(other, memory)).rejects.toMatchObject({ code: `${HEAD}FORKED` })
    expect(await memory.load()).toEqual({ version: 3, digest: third.digest })
    // Control: a node that remembers nothing takes the old one.
    await acceptList(second, memoryOfList())
  })
})

describe('the list in force', () => {
  const rowOf = new Map([
    ['C3', 0],
    ['X9', 1],
    ['A1', 2],
  ])
  const roster = { size: 3, index: (code: string) => rowOf.get(code) ?? -1 }

  it('is read anew each time and laid along the roster', async () => {
    let file = fileOf()
    const clock = { now: () => new Date('2026-11-24T00:00:00.000Z') }
    const memory = memoryOfList()
    const source = listSource({ membership: water, roster, clock, memory, read: async () => file })
    expect((await source.current())?.rows).toEqual(Uint8Array.of(1, 0, 1))
    file = fileOf({ version: 4, codes: ['A1', 'X9'] })
    expect((await source.current())?.rows).toEqual(Uint8Array.of(0, 1, 1))
    file = fileOf({ version: 3 })
    await expect(source.current()).rejects.toMatchObject({ code: `${HEAD}ROLLED_BACK` })
    file = fileOf({ version: 5, validUntil: new Date('2026-11-23T00:00:00.000Z') })
    await expect(source.current()).rejects.toMatchObject({ code: `${HEAD}EXPIRED` })
    expect((await memory.load())?.version).toBe(4)
  })

  it('of a million codes is read in a few seconds', () => {
    const codes = Array.from({ length: 1_000_000 }, (_, at) => `9113${String(at).padStart(14, '0')}`)
    const rows = new Map(codes.map((code, row) => [code, row]))
    const file = fileOf({ codes })
    const began = process.cpuUsage()
    const list = verifyList(water, file)
    const found = list.rowsOf({ size: codes.length, index: (code) => rows.get(code) ?? -1 })
    // Seconds of the processor: other tests run beside this one.
    const { user, system } = process.cpuUsage(began)
    expect(found.reduce((sum, one) => sum + one, 0)).toBe(1_000_000)
    expect((user + system) / 1e6).toBeLessThan(3)
  })
})
