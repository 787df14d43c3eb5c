/** The text form of a share: what one wrong character does, on a screen and on paper. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkOf, decodeLine, encodeLines } from '../../../server/keyholder/checked-lines.ts'
import { readShareText } from '../../../server/keyholder/share-text.ts'
import { testSet } from './shares.ts'

const placesOf = (text: string): string => {
  const read = readShareText(text)
  return 'places' in read ? read.places : 'whole'
}

const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'

/** Another character of the same kind. */
const flipped = (letter: string): string => {
  if (/\d/.test(letter)) return String((Number(letter) + 1) % 10)
  if (/[a-z]/.test(letter)) return letter === 'z' ? 'q' : 'z'
  if (letter === '#') return '*'
  return '#'
}

describe('a share file', () => {
  it.each([
    ['international', 3],
    ['national', 11],
  ] as const)(
    'with one wrong character anywhere is refused with the number of its line (%s)',
    async (suite, every) => {
      const step = process.env.YINXIN_FULL === '1' ? 1 : every
      const { files } = await testSet({ suite })
      const { text } = files[1]
      const lines = text.split('\n')
      let tried = 0
      for (const [row, line] of lines.entries()) {
        for (let at = row % step; at < line.length; at += step) {
          // A space more or less changes nothing that is read; one that becomes a letter does.
          const wrong = `${line.slice(0, at)}${flipped(line[at])}${line.slice(at + 1)}`
          const places = placesOf(lines.toSpliced(row, 1, wrong).join('\n'))
          expect(places, `${row + 1}:${at} ${wrong}`).toMatch(new RegExp(`^lines? (.*, )?${row + 1}(,|$)`))
          tried++
        }
      }
      expect(tried).toBeGreaterThan(1500 / step)
    },
  )

  it('typed in from paper needs its numbered lines only; case, spaces and hyphens do not matter', async () => {
    const { files, shares } = await testSet()
    const typed = files[0].text
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) =>
        line
          .toUpperCase()
          .replace(/^(\d+) +/, '$1 ')
          .replace(/(\S) (\S)/g, '$1-$2'),
      )
      .map((line) => line.replace(/^(\d+)-/, '$1 '))
      .join('\r\n\r\n')
    expect(readShareText(typed)).toEqual(shares[0])
  })

  it('names a numbered line that is missing, stands twice or in the wrong place', async () => {
    const { files } = await testSet()
    const lines = files[0].text.split('\n')
    const first = lines.findIndex((line) => line.startsWith('01 '))
    expect(placesOf(lines.toSpliced(first + 2, 1).join('\n'))).toBe('numbered line 03 is missing')
    expect(placesOf(lines.toSpliced(first + 3, 0, lines[first + 2]).join('\n'))).toBe(`line ${first + 4}`)
    const last = lines.findLastIndex((line) => /^\d/.test(line))
    expect(placesOf(lines.toSpliced(last, 1).join('\n'))).toMatch(/^numbered lines are missing after \d\d$/)
    expect(placesOf('')).toBe('no numbered line is there')
    expect(placesOf('# nothing else\n')).toBe('no numbered line is there')
  })

  it('says in two languages whose share it is, and nothing of the secret', async () => {
    const { files, secret } = await testSet({ consortium: 'a\nb' })
    const { text } = files[3]
    expect(text).toContain('# 联盟 Consortium: a b\n')
    expect(text).toContain('# 份额 Share: 4 / 5\n')
    expect(text).toContain('# 恢复所需份数 Shares needed to restore: 3\n')
    const { signPrivate, agreePrivate } = JSON.parse(secret.files['identity.json'])
    for (const key of [signPrivate, agreePrivate]) expect(text).not.toContain(key)
  })

  it('is taken in one form only: whatever bytes stand in valid lines, none crash and none are taken by chance', async () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        expect(placesOf(encodeLines(bytes).join('\n'))).not.toBe('whole')
      }),
    )
  })
})

describe('a checked line', () => {
  it('gives back its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2500 }), (bytes) => {
        const parts = encodeLines(bytes).map((line) => decodeLine(line)!)
        expect(parts.map(({ number }) => number)).toEqual(parts.map((_, i) => i + 1))
        expect(Buffer.concat(parts.map((part) => part.bytes)).equals(bytes)).toBe(true)
      }),
    )
  })

  it('with up to four wrong characters is noticed, always', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.uniqueArray(fc.nat(37), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 31 }), { minLength: 4, maxLength: 4 }),
        (bytes, places, shifts) => {
          const [line] = encodeLines(bytes)
          const text = [...line.slice(2).replaceAll(' ', '')]
          places.forEach((place, i) => {
            text[place] = LETTERS[(LETTERS.indexOf(text[place]) + shifts[i]) % 32]
          })
          expect(decodeLine(`01 ${text.join('')}`)).toBeNull()
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each([
    ['a', '', 'lqfn3a'],
    ['abcdef', 'l7aum6echk45nj3s0wdvt2fg8x9yrzpq', 'zd3ryx'],
    ['split', 'checkupstagehandshakeupstreamerranterredcaperred', 'lc445v'],
    ['?', '', 'v759aa'],
  ])('has the check of bech32m: the test vector of BIP 350 with prefix %s', (prefix, data, check) => {
    expect(
      checkOf(
        prefix,
        [...data].map((letter) => LETTERS.indexOf(letter)),
      ),
    ).toBe(check)
  })
})
