import { CROSS, LINEAR, N } from './bfv/parameters.ts'
import { RESIDUE_BYTES, T } from './field.ts'
import { TOTAL_BOUND, UNIT } from './fixed-point.ts'
import { SHARE_BLOCK } from './stream.ts'
import { type SuiteName, suiteNamed } from './suite/suites.ts'

/**
 * 16 bytes over everything that two parties must have in common to understand each other's numbers: ring degree, primes (by
 * their bits, from which SEAL takes the same ones everywhere), plain modulus, fixed point, share blocks, suite.
 */
export function parametersDigest(suite: SuiteName): Uint8Array {
  const parameters = { N, T, LINEAR, CROSS, RESIDUE_BYTES, UNIT, TOTAL_BOUND, SHARE_BLOCK, suite }
  const text = `yinxin parameters 1\n${JSON.stringify(parameters)}`
  return suiteNamed(suite)
    .hash(new Uint8Array(Buffer.from(text, 'utf8')))
    .subarray(0, 16)
}
