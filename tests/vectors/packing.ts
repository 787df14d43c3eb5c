/** Vectors of D(X), A(X) and their product for a few rows and columns (protocol.md section 4). */
import { linearContext } from '../../engine/bfv/context.ts'
import { NO_COLUMN, packColumns, packVector } from '../../engine/bfv/packing.ts'
import { Polynomial } from '../../engine/bfv/plaintext.ts'
import { PLAIN_HEADER } from '../../engine/bfv/templates.ts'
import { residueOf } from '../../engine/field.ts'

const N = 8192

/** Sparse rows: [row, value]; rows that are not listed hold 0 and no column. */
type Sparse = readonly (readonly [row: number, value: number])[]

interface Case {
  readonly name: string
  readonly rows: number
  readonly stride: number
  readonly block: number
  readonly group: number
  readonly width: number
  readonly values: Sparse
  /** One list a feature: the 0/1 column that a row occupies. */
  readonly codes: readonly Sparse[]
  readonly dense: readonly Sparse[]
}

const CASES: readonly Case[] = [
  {
    name: 'two features of three and two bins; row 2 not held by the second',
    ...{ rows: 3, stride: 8, block: 0, group: 0, width: 5, dense: [] },
    values: [
      [0, 1],
      [1, 70368743669760],
      [2, 35184371834880],
    ],
    codes: [
      [
        [0, 0],
        [1, 2],
        [2, 2],
      ],
      [
        [0, 3],
        [1, 4],
      ],
    ],
  },
  {
    name: 'columns of the second group; a dense column of signed integers follows the 0/1 columns',
    ...{ rows: 4, stride: 4, block: 0, group: 1, width: 6 },
    values: [
      [0, 11],
      [1, 22],
      [2, 33],
      [3, 44],
    ],
    codes: [
      [
        [0, 3],
        [1, 4],
        [2, 5],
        [3, 5],
      ],
    ],
    dense: [
      [
        [0, -256],
        [2, 256],
        [3, -1],
      ],
    ],
  },
  {
    name: 'the last rows of a first and the only rows of a second block',
    ...{ rows: 1026, stride: 8, block: 1, group: 0, width: 2, dense: [] },
    values: [
      [1023, 5],
      [1024, 70368743669759],
      [1025, 3],
    ],
    codes: [
      [
        [1023, 0],
        [1024, 1],
        [1025, 1],
      ],
    ],
  },
]

function nonzero(polynomial: Polynomial): [number, number][] {
  const view = new DataView(polynomial.bytes.buffer, PLAIN_HEADER)
  const words = Array.from({ length: N }, (_, index): [number, number] => [
    index,
    Number(view.getBigUint64(8 * index, true)),
  ])
  return words.filter(([, value]) => value !== 0)
}

/** The coefficients of A(X) that are not zero, modulo t. */
function residues(coefficients: Int16Array): [number, number][] {
  return Array.from(coefficients, (value, index): [number, number] => [index, residueOf(value)]).filter(
    ([, value]) => value !== 0,
  )
}

export async function packingVectors() {
  const context = await linearContext()
  const vectors = CASES.map((one) => {
    const { rows, stride, block, group, width } = one
    const blockRows = N / stride
    const packing = { rows, blockRows, stride, blocks: Math.ceil(rows / blockRows) }
    const values = new Float64Array(rows)
    for (const [row, value] of one.values) values[row] = value
    const codes = one.codes.map((list) => {
      const column = new Uint8Array(rows).fill(NO_COLUMN)
      for (const [row, value] of list) column[row] = value
      return column
    })
    const dense = one.dense.map((list) => {
      const column = new Int16Array(rows)
      for (const [row, value] of list) column[row] = value
      return column
    })
    const vector = new Polynomial(context)
    packVector(vector, packing, values, block)
    const columns = new Int16Array(N)
    packColumns(columns, packing, { rows, width, codes, dense }, block, group)
    return { ...one, blockRows, vector: nonzero(vector), columns: residues(columns) }
  })
  return { n: N, t: 70368743669761, cases: vectors }
}
