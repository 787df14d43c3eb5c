/** From a table of features to the numbers that a model takes. */
import { featuresErrors } from '../errors.ts'
import type { FeatureTable, IntegerColumn } from './card-types.ts'
import { isList, missingValue, namedFeatures, type OnnxDeclaration } from './onnx-declaration.ts'
import { FEED_TYPES, type Feed, type FeedType, type Port } from './onnx-messages.ts'

/** Input of the model with the columns that fill its rows. */
interface Filled {
  readonly port: Port & { readonly type: FeedType }
  readonly columns: readonly IntegerColumn[]
  /** False where the model takes one number a row without a second dimension. */
  readonly matrix: boolean
}

/**
 * Checks the declaration and the table against what a model takes.
 *
 * @returns makes the feeds of the rows [from, to) of the table
 * @throws YX_FEATURES_ONNX_UNFIT
 */
export function planFeeds(
  declaration: OnnxDeclaration,
  inputs: readonly Port[],
  columns: ReadonlyMap<string, IntegerColumn>,
  shown: string,
): (from: number, to: number) => Feed[] {
  const missing = missingValue(declaration) ?? Number.NaN
  const filled = declaredInputs(declaration, inputs, shown).map(([port, features]): Filled => {
    const place = `input "${port.name}"`
    const refuse = (why: string): never => {
      throw new featuresErrors.OnnxUnfit(shown, place, why)
    }
    if (!isFeedType(port)) return refuse(`it takes ${port.type}, only ${FEED_TYPES.join(', ')} can be fed`)
    const chosen = features.map((feature) => columns.get(feature) as IntegerColumn)
    if (port.type.startsWith('int')) {
      const fraction = chosen.find(({ card }) => card.decimals > 0)
      if (fraction !== undefined)
        refuse(`it takes whole numbers, feature "${fraction.card.name}" has decimals`)
      const gap = chosen.find(({ present }) => present.includes(0))
      if (gap !== undefined && !Number.isSafeInteger(missing))
        refuse(`it takes whole numbers, "missing" is not one`)
    }
    const { shape } = port
    if (shape.length > 2) refuse(`it has ${shape.length} dimensions, rows and features are 2`)
    if (typeof shape[0] === 'number') {
      refuse(
        `it takes exactly ${shape[0]} rows at a time; export it with a first dimension of any size (None, a dynamic axis)`,
      )
    }
    if (shape.length === 1 && chosen.length !== 1)
      refuse(`it takes 1 number a row, ${chosen.length} features are declared`)
    if (typeof shape[1] === 'number' && shape[1] !== chosen.length) {
      refuse(`it takes ${shape[1]} numbers a row, ${chosen.length} features are declared`)
    }
    return { port, columns: chosen, matrix: shape.length !== 1 }
  })
  return (from, to) => filled.map((input) => fill(input, from, to, missing))
}

/**
 * The columns that a declaration names.
 *
 * @throws YX_FEATURES_ONNX_FEATURE_ABSENT, YX_FEATURES_ONNX_CELL_MISSING
 */
export function chooseColumns(
  declaration: OnnxDeclaration,
  table: FeatureTable,
  shown: string,
): ReadonlyMap<string, IntegerColumn> {
  const chosen = new Map<string, IntegerColumn>()
  for (const name of namedFeatures(declaration)) {
    const found = table.columns.filter(({ card }) => card.name === name)
    if (found.length !== 1) {
      throw new featuresErrors.OnnxFeatureAbsent(shown, name, found.length === 0 ? 'not' : 'more than once')
    }
    const [column] = found
    if (missingValue(declaration) === undefined) {
      let gaps = 0
      for (const present of column.present) gaps += present === 0 ? 1 : 0
      if (gaps > 0) throw new featuresErrors.OnnxCellMissing(shown, name, gaps)
    }
    chosen.set(name, column)
  }
  return chosen
}

function declaredInputs(
  { inputs: declared }: OnnxDeclaration,
  inputs: readonly Port[],
  shown: string,
): [Port, readonly string[]][] {
  const names = inputs.map(({ name }) => `"${name}"`).join(', ')
  if (isList(declared)) {
    if (inputs.length === 1) return [[inputs[0], declared]]
    throw new featuresErrors.OnnxUnfit(
      shown,
      'inputs',
      `a list is for one input, the model has ${inputs.length}: ${names}; write an object from input names to features`,
    )
  }
  const unknown = Object.keys(declared).find((name) => !inputs.some((input) => input.name === name))
  if (unknown !== undefined) {
    throw new featuresErrors.OnnxUnfit(
      shown,
      `input "${unknown}"`,
      `the model has no such input, but ${names}`,
    )
  }
  return inputs.map((input) => {
    const features = Object.hasOwn(declared, input.name) ? declared[input.name] : undefined
    if (features === undefined) {
      throw new featuresErrors.OnnxUnfit(
        shown,
        `input "${input.name}"`,
        'the declaration does not say what fills it',
      )
    }
    return [input, typeof features === 'string' ? [features] : features]
  })
}

function isFeedType(port: Port): port is Port & { type: FeedType } {
  return FEED_TYPES.some((type) => type === port.type)
}

function fill({ port, columns, matrix }: Filled, from: number, to: number, missing: number): Feed {
  const width = columns.length
  const cells = (to - from) * width
  const dims = matrix ? [to - from, width] : [to - from]
  const { name, type } = port
  if (type === 'int64') {
    const data = new BigInt64Array(cells)
    eachCell(columns, from, to, (place, value) => {
      data[place] = BigInt(value ?? missing)
    })
    return { name, type, dims, data }
  }
  const data =
    type === 'float32'
      ? new Float32Array(cells)
      : type === 'float64'
        ? new Float64Array(cells)
        : new Int32Array(cells)
  eachCell(columns, from, to, (place, value) => {
    data[place] = value ?? missing
  })
  return { name, type, dims, data }
}

/** Row after row, every column in turn; null for a missing cell, else its value in real units. */
function eachCell(
  columns: readonly IntegerColumn[],
  from: number,
  to: number,
  visit: (place: number, value: number | null) => void,
): void {
  columns.forEach(({ card, values, present }, position) => {
    const scale = 10 ** card.decimals
    for (let row = from, place = position; row < to; row++, place += columns.length) {
      visit(place, present[row] === 0 ? null : values[row] / scale)
    }
  })
}
