import { isUtf8 } from 'node:buffer'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scanCsv } from '../../../features/source/csv-scan.ts'
import { Utf8Check } from '../../../features/source/utf8-check.ts'
import { expectFault, temporaryFolder, writeFolder } from './fixtures.ts'

const base = temporaryFolder()

function scan(content: string | Buffer, name = 'x.csv') {
  return scanCsv(join(writeFolder(base, { [name]: content }), name), name)
}

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`

describe('scanCsv', () => {
  test('finds header, rows and the physical line of each row, whatever stands in the cells', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '沧', ' '), maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (records, lineEnd, mark) => {
          const lines: number[] = []
          let text = mark ? '\ufeff' : ''
          for (const record of records) {
            lines.push(text.split('\n').length)
            text += record.map(quoted).join(',') + lineEnd
          }
          const shape = await scan(text)
          expect(shape.header).toEqual(records[0])
          expect(shape.rows).toBe(records.length - 1)
          expect(records.slice(1).map((_, row) => shape.lineOf(row))).toEqual(lines.slice(1))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('skips empty lines but counts them', async () => {
    const shape = await scan('id,a\n\n1,x\n\n\n2,y\n\n')
    expect([shape.rows, shape.lineOf(0), shape.lineOf(1)]).toEqual([2, 3, 6])
  })

  test('reads a last line without a line end and an empty first header cell', async () => {
    expect((await scan('id,a\n1,x')).rows).toBe(1)
    expect((await scan(',id\n1,x\n')).header).toEqual(['', 'id'])
  })

  test.each([
    [
      'a short row',
      'id,a,b\n1,2,3\n4,5\n',
      'YX_FEATURES_ROW_RAGGED',
      'x.csv line 3: 2 cells, but the header has 3',
    ],
    [
      'a long row after a line break in a cell',
      'id,a\n1,"p\nq"\n4,5,6\n',
      'YX_FEATURES_ROW_RAGGED',
      'x.csv line 4: 3',
    ],
    ['a quote inside a cell', 'id,a\n1,x"y\n', 'YX_FEATURES_QUOTE_INVALID', 'x.csv line 2'],
    ['text after a closing quote', 'id,a\n1,"x"y\n', 'YX_FEATURES_QUOTE_INVALID', 'x.csv line 2'],
    ['a quote that never closes', 'id,a\n1,2\n3,"x\n4,5\n', 'YX_FEATURES_QUOTE_INVALID', 'x.csv line 3'],
    ['mixed line ends', 'id,a\r\n1,2\r\n3,4\n', 'YX_FEATURES_LINE_END_INVALID', 'x.csv line 3'],
    ['a lone carriage return', 'id,a\n1,2\r3,4\n', 'YX_FEATURES_LINE_END_INVALID', 'x.csv line 2'],
    ['an empty file', '', 'YX_FEATURES_HEADER_MISSING', 'x.csv line 1'],
    ['an empty first line', '\nid,a\n', 'YX_FEATURES_HEADER_MISSING', 'x.csv line 1'],
    ['a NUL byte', 'id,a\n1,x\0\n', 'YX_FEATURES_ENCODING_INVALID', 'x.csv line 2'],
  ])('refuses %s', async (_, content, code, place) => {
    await expectFault(scan(content), code, place)
  })

  test('refuses GBK bytes with their line', async () => {
    const gbk = Buffer.concat([
      Buffer.from('id,a\n1,ok\n2,'),
      Buffer.from([0xb2, 0xd7, 0xd6, 0xdd]),
      Buffer.from('\n'),
    ])
    await expectFault(scan(gbk), 'YX_FEATURES_ENCODING_INVALID', 'x.csv line 3')
  })

  test('refuses a gzip file that is cut off or none at all', async () => {
    const whole = gzipSync(`id,a\n${'1,2\n'.repeat(5000)}`)
    const dir = writeFolder(base, { cut: whole.subarray(0, whole.length - 20), none: 'id,a\n1,2\n' })
    const { renameSync } = await import('node:fs')
    renameSync(join(dir, 'cut'), join(dir, 'cut.csv.gz'))
    renameSync(join(dir, 'none'), join(dir, 'none.csv.gz'))
    await expectFault(
      scanCsv(join(dir, 'cut.csv.gz'), 'cut.csv.gz'),
      'YX_FEATURES_COMPRESSION_BROKEN',
      'cut.csv.gz',
    )
    await expectFault(
      scanCsv(join(dir, 'none.csv.gz'), 'none.csv.gz'),
      'YX_FEATURES_COMPRESSION_BROKEN',
      'line 1',
    )
  })
})

describe('Utf8Check', () => {
  test('agrees with the platform on arbitrary bytes', () => {
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x9f, 0xa0, 0xbf),
    )
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 6 }), (bytes) => {
        const check = new Utf8Check()
        const accepted = bytes.every((one) => check.accept(one)) && !check.pending
        expect(accepted).toBe(isUtf8(Uint8Array.from(bytes)))
      }),
      { numRuns: 3000 },
    )
  })
})
