import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRoster, readRoster, writeRoster } from '../../../features/index.ts'
import { expectFault, temporaryFolder, writeFolder } from './fixtures.ts'

const base = temporaryFolder()
const id = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/[\n\r\ufeff]/.test(text))

describe('createRoster', () => {
  test('sorts by code unit, once each, and finds every row', () => {
    const roster = createRoster(['沧', 'b', 'B', '𝒳', 'ﬀ', 'b', 'a10', 'a9'])
    expect(roster.ids).toEqual(['B', 'a10', 'a9', 'b', '沧', '𝒳', 'ﬀ'])
    expect(roster.size).toBe(7)
    expect(roster.ids.map((one) => roster.index(one))).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(roster.index('nobody')).toBe(-1)
  })

  test('folds are the digest read as one large number, modulo 5', () => {
    fc.assert(
      fc.property(id, (one) => {
        const digest = createHash('sha256').update(one, 'utf8').digest('hex')
        expect(createRoster([one]).folds[0]).toBe(Number(BigInt(`0x${digest}`) % 5n))
      }),
    )
  })

  test('the digest is that of the length-prefixed ids and does not depend on their first order', () => {
    const bytes = Buffer.concat([
      Buffer.from([0, 0, 0, 1]),
      Buffer.from('a'),
      Buffer.from([0, 0, 0, 3]),
      Buffer.from('沧'),
    ])
    const expected = createHash('sha256').update(bytes).digest('hex')
    expect(createRoster(['沧', 'a']).digest).toBe(expected)
    expect(createRoster(['a', '沧']).digest).toBe(expected)
  })

  test('the digest binds the order of rows: the same ids in another order are another text', () => {
    const hashOf = (ids: readonly string[]) => {
      const digest = createHash('sha256')
      for (const one of ids) {
        const bytes = Buffer.from(one, 'utf8')
        digest.update(Uint8Array.of(0, 0, 0, bytes.length)).update(bytes)
      }
      return digest.digest('hex')
    }
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 2, maxLength: 8 }), fc.nat(), (ids, at) => {
        const roster = createRoster(ids)
        const other = [...roster.ids]
        const row = at % (other.length - 1)
        other.splice(row, 2, other[row + 1], other[row])
        expect(roster.digest).toBe(hashOf(roster.ids))
        expect(hashOf(other)).not.toBe(roster.digest)
      }),
    )
  })

  test('an enterprise with a new code keeps its fold, and the digest says under which code it came', () => {
    const plain = createRoster(['a', 'b'])
    const renamed = createRoster(['a', 'b'], new Map([['b', 'x']]))
    expect([...renamed.folds]).toEqual([plain.folds[0], createRoster(['x']).folds[0]])
    const bytes = Buffer.from('\0\0\0\u0001a\0\0\0\u0001b\xff\xff\xff\xff\0\0\0\u0001\0\0\0\u0001x', 'latin1')
    expect(renamed.digest).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(createRoster(['a', 'b'], new Map([['b', 'b']])).digest).toBe(plain.digest)
  })

  test('rosters that read the same when run together have different digests', () => {
    expect(createRoster(['ab', 'c']).digest).not.toBe(createRoster(['a', 'bc']).digest)
  })
})

describe('roster file', () => {
  test('comes back as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(id, { maxLength: 20 }), async (ids) => {
        const file = join(base, 'round-trip.txt')
        const roster = createRoster(ids)
        await writeRoster(roster, file)
        const back = await readRoster(file)
        expect(back.ids).toEqual(roster.ids)
        expect(back.digest).toBe(roster.digest)
      }),
      { numRuns: 30 },
    )
  })

  test('has one id a line with LF after each', async () => {
    const file = join(base, 'plain.txt')
    await writeRoster(createRoster(['b', 'a']), file)
    expect(readFileSync(file, 'utf8')).toBe('a\nb\n')
  })

  test.each([
    ['out of order', 'a\nc\nb\n', 'line 3: out of order'],
    ['a repeated id', 'a\nb\nb\n', 'line 3: the same id'],
    ['an empty line', 'a\n\nb\n', 'line 2: empty line'],
    ['CRLF', 'a\nb\r\n', 'line 2: CRLF'],
    ['a byte order mark', '\ufeffa\n', 'line 1: byte order mark'],
    ['no LF at the end', 'a\nb', 'line 2: the last line'],
    ['GBK bytes', Buffer.from([0x61, 0x0a, 0xb2, 0xd7, 0x0a]), 'line 2: not UTF-8'],
  ])('refuses %s', async (_, content, place) => {
    const dir = writeFolder(base, { 'roster.txt': content })
    await expectFault(
      readRoster(join(dir, 'roster.txt')),
      'YX_FEATURES_ROSTER_INVALID',
      `roster.txt ${place}`,
    )
  })

  test('names an absent file', async () => {
    await expectFault(readRoster(join(base, 'absent.txt')), 'YX_FEATURES_FILE_MISSING', 'absent.txt')
  })
})
