/**
 * A share as a text file that is kept on paper as well: what it is in two languages, each line beginning with #, then its
 * content in numbered lines with a check each. The numbered lines alone are enough, for whoever types them in; where the words
 * are there, they must be those that follow from the content.
 */
import { decodeLine, encodeLines, twoDigits } from './checked-lines.ts'
import { decodeShare, encodeShare, type Share } from './share-codec.ts'
import { isGenuine, setOf } from './share-set.ts'

/** Hex in groups of four. */
export const grouped = (bytes: Uint8Array): string =>
  (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join('-')

/** A name that stays on its line. */
const onOneLine = (name: string): string => name.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()

function words({ common, index }: Share): string[] {
  const { consortium, member, shares, threshold, date, suite, fingerprint } = common
  return [
    '# 隐信密钥份额 / Yinxin: share of a secret',
    `# 联盟 Consortium: ${onOneLine(consortium)}`,
    `# 成员 Member: ${onOneLine(member)}`,
    `# 份额 Share: ${index} / ${shares}`,
    `# 恢复所需份数 Shares needed to restore: ${threshold}`,
    `# 批次 Set: ${grouped(setOf(common))}`,
    `# 日期 Date: ${date}`,
    `# 算法 Suite: ${suite}`,
    `# 公钥指纹 Fingerprint of the public keys: ${grouped(fingerprint)}`,
    '# 请单独保管，不要复制给他人，不要与其他份额放在一处。',
    '# Keep it alone, copy it to nobody, never store it beside another share.',
    '# 恢复 To restore: yinxin keyholder restore FILE FILE ... --out FOLDER',
  ]
}

/** The text of a share file. */
export const shareText = (share: Share): string =>
  [...words(share), ...encodeLines(encodeShare(share)), ''].join('\n')

/** Where a share file is damaged, for whoever holds it: lines of the file, or what is missing. */
export interface Damage {
  readonly places: string
}

const squeezed = (line: string): string => line.replace(/\s+/g, ' ').trim()

/** A share, or where its text is not what was written. */
export function readShareText(text: string): Share | Damage {
  const lines = text.split(/\r?\n/).map((line, i) => ({ number: i + 1, line: squeezed(line) }))
  const there = lines.filter(({ line }) => line !== '')
  const remarks = there.filter(({ line }) => line.startsWith('#'))
  const body = there.filter(({ line }) => !line.startsWith('#'))
  if (body.length === 0) return { places: 'no numbered line is there' }
  const parts = body.map(({ line }) => decodeLine(line))
  const damaged = body.filter((_, i) => parts[i] === null)
  if (damaged.length > 0) return { places: placesOf(damaged.map(({ number }) => number)) }
  const whole = parts.filter((part) => part !== null)
  const astray = whole.findIndex(({ number }, i) => number !== i + 1)
  if (astray >= 0) {
    const missing = whole[astray].number > astray + 1
    return {
      places: missing ? `numbered line ${twoDigits(astray + 1)} is missing` : placesOf([body[astray].number]),
    }
  }
  const share = decodeShare(new Uint8Array(Buffer.concat(whole.map(({ bytes }) => bytes))))
  if (share === null) return { places: `numbered lines are missing after ${twoDigits(body.length)}` }
  if (!isGenuine(share)) return { places: 'the share is not the one that its set was made with' }
  if (remarks.length === 0) return share
  const expected = words(share).map(squeezed)
  const wrong = remarks.filter(({ line }, i) => line !== expected[i]).map(({ number }) => number)
  if (wrong.length > 0) return { places: placesOf(wrong) }
  if (remarks.length < expected.length) return { places: 'lines of its heading are missing' }
  return share
}

const placesOf = (numbers: readonly number[]): string =>
  `${numbers.length === 1 ? 'line' : 'lines'} ${numbers.join(', ')}`
