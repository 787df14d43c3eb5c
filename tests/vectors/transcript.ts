/**
 * A whole run with everything random fixed: three providers, two banks, noise off, so that the plaintext reference says
 * what must come out. The randomness of SEAL is fixed for this process only; the product has no way to do that.
 */
import { createCipheriv, createHash } from 'node:crypto'
import { crossContext, linearContext } from '../../engine/bfv/context.ts'
import {
  createEngine,
  KEY_HOLDER,
  type NodeServices,
  oneProcessConsortium,
  PLATFORM,
  type RoleName,
} from '../../federation/index.ts'
import { encodeBody } from '../../federation/messages/codec.ts'
import type { Column, ProviderScorecard } from '../../models/index.ts'
import { silent } from '../helpers/consortium.ts'
import { syntheticInput } from '../helpers/synthetic.ts'
import { identityOf } from './identity.ts'
import { secretOf } from './recipe.ts'

const TIME = '2026-01-01T00:00:00.000Z'
const INPUT = syntheticInput({ rows: 600, providers: 3, banks: 2, seed: 1, rounds: 2, columns: 1 })

/** Bytes drawn one after another from an AES-256-CTR stream under the secret of a name. */
function drawsOf(name: string): (length: number) => Uint8Array {
  const cipher = createCipheriv('aes-256-ctr', secretOf(name), new Uint8Array(16))
  return (length) => new Uint8Array(cipher.update(new Uint8Array(length)))
}

/**
 * Engines whose keys and encryptions draw from a stream of their party: one operation at a time, so that it is known whose.
 * `restore` gives this process the system's randomness back.
 */
function seededEngines() {
  const prototype = Object.getPrototypeOf(globalThis.crypto) as typeof globalThis.crypto
  const original = prototype.getRandomValues
  let drawing: ((length: number) => Uint8Array) | undefined
  let before: Promise<unknown> = Promise.resolve()
  prototype.getRandomValues = <V extends ArrayBufferView | null>(target: V): V => {
    if (!drawing || !target) throw new RangeError('randomness outside of an operation')
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(drawing(target.byteLength))
    return target
  }
  const engineOf = (name: string): NodeServices['engine'] => {
    const draws = drawsOf(`encryption ${name}`)
    const inTurn = <O extends object>(object: O): O =>
      new Proxy(object, {
        get: (target, method) => {
          const call = Reflect.get(target, method) as ((...args: unknown[]) => Promise<unknown>) | undefined
          // A promise asks whether its value is one itself.
          if (!call) return undefined
          return (...args: unknown[]) => {
            const done = before.then(async () => {
              drawing = draws
              try {
                return await call.apply(target, args)
              } finally {
                drawing = undefined
              }
            })
            before = done.catch(() => {})
            // Handles of owners and responders draw as well; vectors and bytes are handed on as they are.
            return done.then((made) =>
              typeof (made as { close?: unknown })?.close === 'function' ? inTurn(made as object) : made,
            )
          }
        },
      })
    return inTurn(createEngine(0))
  }
  const restore = () => {
    prototype.getRandomValues = original
  }
  return { engineOf, restore }
}

const digits = (flags: Uint8Array): string => flags.join('')

/** A column as the file holds it: null where there is no number, one digit a row for its state. */
export interface PublishedColumn {
  readonly kind: Column['kind']
  readonly name: string
  readonly values?: (number | null)[]
  readonly codes?: number[]
  readonly categories?: readonly string[]
  readonly state: string
}

const published = (column: Column): PublishedColumn => ({
  kind: column.kind,
  name: column.name,
  ...(column.kind === 'numeric'
    ? { values: Array.from(column.values, (value) => (Number.isNaN(value) ? null : value)) }
    : { codes: [...column.codes], categories: column.categories }),
  state: digits(column.state),
})

export async function transcriptVectors() {
  // Contexts are made with throw-away keys; these draw from nobody's stream.
  await linearContext()
  await crossContext()
  const { engineOf, restore } = seededEngines()
  try {
    return await record(engineOf)
  } finally {
    restore()
  }
}

async function record(engineOf: (name: string) => NodeServices['engine']) {
  const banks = INPUT.labelHolders.map((_, index) => `bank-${index + 1}`)
  const providers = INPUT.providers.map(({ name }) => name)
  const clock = { now: () => new Date(TIME) }
  const servicesOf = (name: string) => ({ engine: engineOf(name), random: drawsOf(`random ${name}`), clock })
  const parties: [string, RoleName][] = [
    [PLATFORM, 'platform'],
    [KEY_HOLDER, 'keyholder'],
    ...providers.map((name): [string, RoleName] => [name, 'provider']),
    ...banks.map((name): [string, RoleName] => [name, 'label-holder']),
  ]
  const made = parties.map(([name, role]) => identityOf(name, role))
  const scorecards = new Map<string, ProviderScorecard>()
  const { platform, nodes, greet } = await oneProcessConsortium({
    providers: Object.fromEntries(INPUT.providers.map((provider) => [provider.name, provider])),
    labelHolders: Object.fromEntries(banks.map((name, index) => [name, INPUT.labelHolders[index]])),
    roster: {
      size: INPUT.folds.length,
      digest: createHash('sha256').update(INPUT.folds).digest('hex'),
      folds: INPUT.folds,
    },
    policy: { leastProviders: 3, leastSigma: 0, overrideLimits: true, mostEpsilon: null },
    services: servicesOf('nobody'),
    servicesOf,
    enrolled: new Map(made.map((one) => [one.identity.name, one])),
    sink: (name) => ({ keep: async (card) => void scorecards.set(name, card as ProviderScorecard) }),
  })
  const messages: { from: string; to: string; type: string; round: number; bytes: number; sha256: string }[] =
    []
  for (const [from, node] of nodes) {
    const post = node.post.bind(node)
    node.post = (to, type, body, round = 0) => {
      const bytes = encodeBody(body)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      messages.push({ from, to, type, round, bytes: bytes.length, sha256 })
      return post(to, type, body, round)
    }
  }
  await greet()
  const options = {
    ...{ run: 'run-1', snapshot: 'snapshot-1', purpose: 'test vectors', providers, labelHolders: banks },
    ...{ production: false, flags: ['override-limits'], leastProviders: 3, targetPd: 0.03 },
    settings: { rounds: INPUT.rounds, bins: INPUT.bins, lambda: INPUT.lambda, sigma: 0 },
  }
  const result = await platform.run(options, silent)
  const { offset, intercept, slope } = result.assessment.calibration
  return {
    consortium: nodes.get(PLATFORM)?.membership.consortium,
    time: TIME,
    options,
    input: {
      ...{ trainFolds: INPUT.trainFolds, bins: INPUT.bins, rounds: INPUT.rounds, lambda: INPUT.lambda },
      folds: digits(INPUT.folds),
      providers: INPUT.providers.map(({ name, columns, exclusions }) => ({
        name,
        columns: columns.map(published),
        exclusions: digits(exclusions),
      })),
      labelHolders: INPUT.labelHolders.map(({ labelled, bad }) => ({
        labelled: digits(labelled),
        bad: digits(bad),
      })),
    },
    members: made.map(({ member }) => member),
    planHash: result.planHash,
    messages,
    calibration: { offset, intercept, slope },
    points: [...result.assessment.totals],
    scorecards: providers.map((name) => ({
      name,
      points: (scorecards.get(name)?.columns ?? []).map(({ bins }) => bins.map(({ points }) => points)),
    })),
  }
}
