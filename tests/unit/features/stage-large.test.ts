import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openWorkSession, stageSource } from '../../../features/index.ts'
import { temporaryFolder, writeFolder } from './fixtures.ts'

const base = temporaryFolder()
/** Enough for the table reader to cut the file into parts, in the middle of cells too: 60 MB. Otherwise a few. */
const ROWS = process.env.YINXIN_FULL === '1' ? 700_000 : 20_000
const PARTS = ['沧', ',', '"', '\n', '\r\n', '\r', ';', "'", ' ', 'abc', '\\', '1,2\n3,4\n"', '""']

test.each(['\n', '\r\n'])(
  'every cell of a large file is its own, whatever stands in it; lines end in %j',
  async (end) => {
    let state = 12_345
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return Math.floor((state / 0x80000000) * below)
    }
    const lines = ['n,text,md5']
    for (let n = 1; n <= ROWS; n++) {
      const text = Array.from({ length: random(40) }, () => PARTS[random(PARTS.length)]).join('')
      lines.push(`${n},"${text.replaceAll('"', '""')}",${createHash('md5').update(text).digest('hex')}`)
    }
    const file = join(writeFolder(base, { 'x.csv': `${lines.join(end)}${end}` }), 'x.csv')
    const session = await openWorkSession({ spillDirectory: base })
    const staged = await stageSource(session, { file }, 'large')
    expect(staged.rows).toBe(ROWS)
    const right = "source_row = n::BIGINT AND md5(coalesce(text, '')) = md5"
    for await (const chunk of session.chunks(`SELECT count(*) FROM large WHERE ${right}`)) {
      expect(chunk.getRows()).toEqual([[BigInt(ROWS)]])
    }
    session.close()
  },
)
