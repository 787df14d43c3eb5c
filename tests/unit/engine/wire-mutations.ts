/** Structure-aware changes to the bytes of ciphertexts and public keys. */
import fc from 'fast-check'
import type { WireForm } from './wire-forms.ts'

const byte = fc.integer({ min: 0, max: 255 })
const value = fc.constantFrom('zero', 'prime', 'prime-1', 'prime+1', 'other prime', 'ones', 'random')
const mutation = fc.oneof(
  // a byte of the header or of the seed's head
  { weight: 3, arbitrary: fc.record({ op: fc.constant('fixed' as const), at: fc.nat(), xor: byte }) },
  // any byte
  { weight: 3, arbitrary: fc.record({ op: fc.constant('byte' as const), at: fc.nat(), xor: byte }) },
  // a whole residue
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('word' as const),
      part: fc.nat(),
      at: fc.nat(),
      value,
      random: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('length' as const), change: fc.integer({ min: -200, max: 200 }) }),
  },
)
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never

export const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 })

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const other = new Uint8Array(Math.max(0, length))
  other.set(bytes.subarray(0, other.length))
  return other
}

/** Applies one mutation; says where it wrote. */
function mutate(
  form: WireForm,
  bytes: Uint8Array,
  change: Mutation,
): { bytes: Uint8Array; touched: number[] } {
  if (change.op === 'length') return { bytes: resized(bytes, bytes.length + change.change), touched: [] }
  if (change.op === 'word') {
    const part = form.residues[change.part % form.residues.length]
    const at = part.at + 8 * (change.at % part.words)
    if (at + 8 > bytes.length) return { bytes, touched: [] }
    const { primes } = form.context
    const values: Record<string, bigint> = {
      zero: 0n,
      prime: part.prime,
      'prime-1': part.prime - 1n,
      'prime+1': part.prime + 1n,
      'other prime': primes[(change.at + 1) % primes.length],
      ones: 2n ** 64n - 1n,
      random: change.random,
    }
    new DataView(bytes.buffer).setBigUint64(at, values[change.value], true)
    return { bytes, touched: [at] }
  }
  const fixed = change.op === 'fixed' && form.fixed.length > 0
  const [from, to] = fixed ? form.fixed[change.at % form.fixed.length] : [0, bytes.length]
  const at = from + (change.at % Math.max(1, to - from))
  if (at >= bytes.length) return { bytes, touched: [] }
  bytes[at] ^= change.xor
  return { bytes, touched: [at] }
}

/** Good bytes of a form after some mutations, and where these wrote. */
export function mutated(
  form: WireForm,
  changes: readonly Mutation[],
): { bytes: Uint8Array; touched: number[] } {
  let bytes: Uint8Array = form.good.slice()
  const touched: number[] = []
  for (const change of changes) {
    const after = mutate(form, bytes, change)
    bytes = after.bytes
    touched.push(...after.touched)
  }
  return { bytes, touched }
}
