import { featuresErrors } from '../errors.ts'
import type { IntegerColumn } from './card-types.ts'
import type { OnnxOutput } from './onnx-declaration.ts'

const MOST = 2 ** 31 - 1

/**
 * Columns of whole numbers from a model's results.
 *
 * @param results one array per output, one entry an enterprise, in real units or positions of categories
 * @throws YX_FEATURES_ONNX_RESULT_INVALID
 */
export function readResults(
  outputs: readonly OnnxOutput[],
  results: readonly Float64Array[],
  shown: string,
): IntegerColumn[] {
  return outputs.map(({ name, card }, position) => {
    const place = `${shown}, output "${name}"`
    const entries = results[position]
    const [low, high] = card.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    const scale = 10 ** card.decimals
    const last = card.kind === 'categorical' ? (card.categories?.length ?? 0) - 1 : MOST
    const values = new Int32Array(entries.length)
    let notFinite = 0
    let unfit = 0
    for (let row = 0; row < entries.length; row++) {
      const entry = Math.min(Math.max(entries[row], low), high) * scale
      // Half away from zero, as SQL features are rounded.
      const whole = Math.sign(entry) * Math.round(Math.abs(entry))
      if (!Number.isFinite(entries[row])) notFinite++
      else if (card.kind === 'categorical' && (whole !== entry || whole < 0 || whole > last)) unfit++
      else if (Math.abs(whole) > MOST) unfit++
      else values[row] = whole
    }
    if (notFinite > 0) {
      throw new featuresErrors.OnnxResultInvalid(place, notFinite, 'not a finite number')
    }
    if (unfit > 0) {
      const why = card.kind === 'categorical' ? 'no category of the card' : 'too large for its decimals'
      throw new featuresErrors.OnnxResultInvalid(place, unfit, why)
    }
    return { card, values, present: new Uint8Array(entries.length).fill(1) }
  })
}
