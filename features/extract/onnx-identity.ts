import { createHash } from 'node:crypto'
import { hashJson } from '../catalogue/canonical-json.ts'
import type { ExtractorIdentity } from './card-types.ts'
import { missingValue, type OnnxDeclaration } from './onnx-declaration.ts'

/** Raised whenever the code around the model changes what comes out of it. */
const EXTRACTOR_VERSION = 1

/**
 * Hash of a model served as declared: the model's bytes, the declaration with its cards, and the extractors that feed it, in any
 * order. Neither the order of a declaration's members nor the name of its folder matters.
 *
 * @returns SHA-256 in hex
 */
export function onnxHash(
  model: Uint8Array,
  declaration: OnnxDeclaration,
  from: readonly ExtractorIdentity[],
): string {
  const missing = missingValue(declaration)
  const decides = {
    version: EXTRACTOR_VERSION,
    model: createHash('sha256').update(model).digest('hex'),
    // NaN has no JSON; both ways to write it are one declaration.
    declaration: { ...declaration, missing: Number.isNaN(missing) ? 'NaN' : missing },
    from: from.map(({ hash }) => hash).sort(),
  }
  // Once through JSON, so that a member that is undefined is one that is absent.
  return hashJson(JSON.parse(JSON.stringify(decides)))
}
