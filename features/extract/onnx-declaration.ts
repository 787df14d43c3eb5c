import { featuresErrors } from '../errors.ts'
import { cardFault } from './card-check.ts'
import type { FeatureCard } from './card-types.ts'

/** One column that is read off a model. */
export interface OnnxOutput {
  /** The model's own name of the output. */
  readonly name: string
  /** Which entry of each row, from 0, where the output is a matrix; not needed where rows have one entry. */
  readonly index?: number
  readonly card: FeatureCard
}

/** How a provider's own model is fed and what is read off it. */
export interface OnnxDeclaration {
  /** File in the folder of the declaration. */
  readonly onnx: string
  /**
   * A list: features in the order of the model's only input, rows x features. Or input name -> its feature or list of features,
   * for a model with several inputs. Values go in in real units (whole number / 10^decimals), a category as its position.
   */
  readonly inputs: readonly string[] | Readonly<Record<string, string | readonly string[]>>
  /** What stands for a cell that is missing; without it, a missing cell is refused. `'NaN'` is NaN, for files that cannot write it. */
  readonly missing?: number | 'NaN'
  readonly outputs: readonly OnnxOutput[]
}

// Beyond it a 32-bit float is infinite.
const MOST = 3.4e38

type Refuse = (field: string, rule: string) => never
type Bag = Record<string, unknown>

/**
 * Checks a declaration as it comes from a configuration or a JSON file.
 *
 * @param shown name of the place it comes from, for messages
 * @throws YX_FEATURES_ONNX_DECLARATION_INVALID at the first field that is wrong
 */
export function checkOnnxDeclaration(value: unknown, shown: string): OnnxDeclaration {
  const refuse: Refuse = (field, rule) => {
    throw new featuresErrors.OnnxDeclarationInvalid(shown, field, rule)
  }
  const declaration = bag(value, '(whole)', ['onnx', 'inputs', 'missing', 'outputs'], refuse)
  const onnx = declaration.onnx
  if (!isText(onnx) || /^([/\\]|[A-Za-z]:)/.test(onnx) || onnx.split(/[/\\]/).includes('..')) {
    refuse('onnx', 'the name of a file inside the folder of the declaration')
  }
  checkInputs(declaration.inputs, refuse)
  const missing = declaration.missing
  if (
    missing !== undefined &&
    missing !== 'NaN' &&
    (typeof missing !== 'number' || Math.abs(missing) > MOST)
  ) {
    refuse('missing', 'a finite number that 32-bit floats can hold, or NaN')
  }
  const outputs = declaration.outputs
  if (!Array.isArray(outputs) || outputs.length === 0)
    return refuse('outputs', 'a list with at least one output')
  const names = new Set<string>()
  outputs.forEach((output: unknown, place) => {
    const at = `outputs[${place}]`
    const { name, index, card } = bag(output, at, ['name', 'index', 'card'], refuse)
    if (!isText(name)) refuse(`${at}.name`, 'the name of an output of the model')
    if (index !== undefined && !isWhole(index, 0, 65_535)) refuse(`${at}.index`, 'a whole number from 0')
    const named = checkCard(card, `${at}.card`, refuse)
    if (names.has(named)) refuse(`${at}.card.name`, 'unique in the declaration')
    names.add(named)
  })
  return value as OnnxDeclaration
}

/** Features that a declaration names, each once, in order. */
export function namedFeatures(declaration: OnnxDeclaration): readonly string[] {
  const { inputs } = declaration
  return [...new Set(isList(inputs) ? inputs : Object.values(inputs).flat())]
}

/** The value that stands for a missing cell, undefined where a missing cell is refused. */
export function missingValue(declaration: OnnxDeclaration): number | undefined {
  return declaration.missing === 'NaN' ? Number.NaN : declaration.missing
}

/** Whether the inputs are one list for the model's only input. */
export function isList(inputs: OnnxDeclaration['inputs']): inputs is readonly string[] {
  return Array.isArray(inputs)
}

function checkInputs(inputs: unknown, refuse: Refuse): void {
  if (Array.isArray(inputs)) {
    if (inputs.length === 0 || !inputs.every(isText)) refuse('inputs', 'feature names, at least one')
    return
  }
  const named = isBag(inputs) ? Object.entries(inputs) : []
  if (named.length === 0) {
    refuse('inputs', 'a list of feature names, or an object from input names of the model to feature names')
  }
  for (const [input, features] of named) {
    const list = Array.isArray(features) ? features : [features]
    if (list.length === 0 || !list.every(isText)) {
      refuse(`inputs.${input}`, 'a feature name, or a list of feature names')
    }
  }
}

/** The card's name. */
function checkCard(card: unknown, at: string, refuse: Refuse): string {
  const fault = cardFault(card)
  if (fault !== null) refuse(`${at}.${fault[0]}`.replace(/\.$/, ''), fault[1])
  return (card as FeatureCard).name
}

function bag(value: unknown, at: string, known: readonly string[], refuse: Refuse): Bag {
  if (!isBag(value)) return refuse(at, 'an object {...}')
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  return unknown === undefined ? value : refuse(`${at}.${unknown}`, `only ${known.join(', ')}`)
}

function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}
