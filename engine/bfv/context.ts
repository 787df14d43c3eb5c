/**
 * One SEAL instance and its contexts; the only door to node-seal together with the other files of this folder.
 * node-seal wraps SEAL 4.1.2: nothing is loaded here that `wire.ts` has not parsed first.
 */
import SEAL, { type Evaluator, type MainModule, type SEALContext } from 'node-seal'
import { engineErrors } from '../errors.ts'
import { T } from '../field.ts'
import {
  ANSWER_PRIMES,
  CROSS,
  floodBound,
  LINEAR,
  N,
  type ParameterSet,
  SECURITY_LIMIT_BITS,
} from './parameters.ts'
import { power, type Roots, rootsOf } from './roots.ts'
import { PLAIN_HEADER, POLY_BYTES, type Templates, templatesFor } from './templates.ts'

export interface BfvContext {
  readonly set: ParameterSet
  readonly seal: MainModule
  readonly context: SEALContext
  readonly evaluator: Evaluator
  /** Values of the coefficient primes, the special one included. */
  readonly primes: readonly bigint[]
  readonly flood: bigint
  /** Inverse of the first prime modulo the second. */
  readonly q0Inverse: bigint
  /** Multipliers of the transforms modulo the primes of an answer. */
  readonly roots: readonly Roots[]
  readonly templates: Templates
}

let instance: Promise<MainModule> | undefined
const contexts = new Map<string, Promise<BfvContext>>()

/** The context of a parameter set in this thread; made once (about 30 ms). */
export function bfvContext(set: ParameterSet): Promise<BfvContext> {
  let made = contexts.get(set.name)
  if (!made) {
    made = create(set)
    contexts.set(set.name, made)
  }
  return made
}

export const linearContext = (): Promise<BfvContext> => bfvContext(LINEAR)
export const crossContext = (): Promise<BfvContext> => bfvContext(CROSS)

async function create(set: ParameterSet): Promise<BfvContext> {
  instance ??= SEAL()
  const seal = await instance
  const total = set.bits.reduce((sum, bits) => sum + bits, 0)
  if (total > SECURITY_LIMIT_BITS) {
    throw new engineErrors.OutOfRange(
      'the coefficient modulus',
      `at most ${SECURITY_LIMIT_BITS} bits at N = ${N}`,
    )
  }
  using parameters = new seal.EncryptionParameters(seal.SchemeType.bfv)
  parameters.setPolyModulusDegree(N)
  using modulus = seal.CoeffModulus.Create(N, Int32Array.from(set.bits))
  parameters.setCoeffModulus(modulus)
  using plain = seal.PlainModulus.Batching(N, 46)
  if (plain.value() !== BigInt(T)) throw new engineErrors.SealFault('unexpected plain modulus')
  parameters.setPlainModulus(plain)
  const context = new seal.SEALContext(parameters, true, seal.SecLevelType.tc128)
  if (!context.parametersSet()) throw new engineErrors.SealFault('parameters refused')
  const primes: bigint[] = []
  for (let i = 0; i < modulus.size(); i++) {
    using prime = modulus.get(i)!
    primes.push(prime.value())
  }
  const evaluator = new seal.Evaluator(context)
  const templates = templatesFor(seal, context, set)
  return {
    set,
    seal,
    context,
    evaluator,
    primes,
    flood: floodBound(primes[0], primes[1]),
    q0Inverse: power(primes[0] % primes[1], primes[1] - 2n, primes[1]),
    roots: firstEvaluationPoints(seal, context, evaluator, templates).map((psi, k) =>
      rootsOf(psi, primes[k]),
    ),
    templates,
  }
}

/** Where SEAL's transform evaluates first, for each prime of an answer: what it makes of the polynomial X. */
function firstEvaluationPoints(
  seal: MainModule,
  context: SEALContext,
  evaluator: Evaluator,
  templates: Templates,
): bigint[] {
  const bytes = new Uint8Array(PLAIN_HEADER + POLY_BYTES)
  bytes.set(templates.plain)
  bytes[PLAIN_HEADER + 8] = 1
  using plain = new seal.Plaintext()
  plain.loadFromArray(context, bytes)
  using parms = context.firstParmsId()
  evaluator.plainTransformToNttInplace(plain, parms)
  const transformed: Uint8Array = plain.saveToArray(seal.ComprModeType.none)
  const view = new DataView(transformed.buffer, transformed.byteOffset + PLAIN_HEADER)
  return Array.from({ length: ANSWER_PRIMES }, (_, k) => view.getBigUint64(k * POLY_BYTES, true))
}

/** Runs a SEAL operation; what C++ throws is no Error and may carry data, so only the operation's name is passed on. */
export function guarded<R>(operation: string, run: () => R): R {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('YX_')) throw cause
    throw new engineErrors.SealFault(operation)
  }
}
