/** The real ways in of foreign ciphertexts and keys, and what of each of them reaches SEAL. */
import fc from 'fast-check'
import type { MainModule } from 'node-seal'
import { answerCross, CrossOwner, type CrossQuery, type CrossVectors } from '../../../engine/bfv/cross.ts'
import { LinearResponder } from '../../../engine/bfv/linear.ts'
import { LinearOwner, type LinearQuery } from '../../../engine/bfv/linear-owner.ts'
import { packingOf, randomColumns, seededRandom } from './fixtures.ts'
import { isWellFormed, partyOf, STRIDE, type WireForm } from './wire-forms.ts'
import { mutated, mutations } from './wire-mutations.ts'

const ROWS = 4
const COLUMNS = 3
export const packing = packingOf(ROWS, STRIDE)
export const columns = randomColumns(ROWS, [COLUMNS], 0, 'doors')
const vector = Float64Array.of(1, 2, 3, 4)
const masks = new Float64Array(COLUMNS)
const seed = seededRandom('doors')(32)

/** What takes in foreign bytes: objects of this thread, or handles of worker threads. */
export interface Insides {
  answer(query: LinearQuery, from: number, to: number, masks: Float64Array, seed: Uint8Array): unknown
  decrypt(answer: Uint8Array, columns: number): unknown
  answerCross(query: CrossQuery, factors: CrossVectors, seed: Uint8Array): unknown
  decryptCross(answer: Uint8Array): unknown
}

/** One way in: everything but the form in question is good. */
export interface Door {
  readonly name: string
  readonly form: WireForm
  present(insides: Insides, bytes: Uint8Array): unknown
  /** Good bytes of others that may be loaded before the form in question is looked at. */
  readonly good: readonly Uint8Array[]
}

/** A door for every place where a message's bytes go in. */
export async function wireDoors(): Promise<Door[]> {
  const linear = await partyOf('linear')
  const cross = await partyOf('cross')
  const of = (name: string) =>
    [...linear.forms, ...cross.forms].find((form) => form.name === name) as WireForm
  const blocks = linear.query
  const { publicKey } = linear.key
  const whole = {
    publicKey: cross.key.publicKey,
    first: cross.query,
    second: cross.query,
    third: cross.query,
  }
  const ask = (insides: Insides, changed: Partial<LinearQuery>) =>
    insides.answer({ publicKey, blocks, ...changed }, 0, COLUMNS, masks, seed)
  const askCross = (insides: Insides, changed: Partial<CrossQuery>) =>
    insides.answerCross({ ...whole, ...changed }, [vector, vector, vector], seed)
  const good = [whole.publicKey, cross.query]
  return [
    {
      name: 'blocks of a linear query',
      form: of('linear query'),
      present: (insides, bytes) => ask(insides, { blocks: bytes }),
      good: [publicKey],
    },
    {
      name: 'public key of a linear query',
      form: of('linear public key'),
      present: (insides, bytes) => ask(insides, { publicKey: bytes }),
      good: [],
    },
    {
      name: 'short answer',
      form: of('linear short answer'),
      present: (insides, bytes) => insides.decrypt(bytes, COLUMNS),
      good: [],
    },
    {
      name: 'first vector of a cross query',
      form: of('cross query'),
      present: (insides, bytes) => askCross(insides, { first: bytes }),
      good,
    },
    {
      name: 'second vector of a cross query',
      form: of('cross query'),
      present: (insides, bytes) => askCross(insides, { second: bytes }),
      good,
    },
    {
      name: 'public key of a cross query',
      form: of('cross public key'),
      present: (insides, bytes) => askCross(insides, { publicKey: bytes }),
      good,
    },
    {
      name: 'answer to a cross query',
      form: of('cross answer'),
      present: (insides, bytes) => insides.decryptCross(bytes),
      good: [],
    },
  ]
}

/** The objects of this thread. */
export async function insidesHere(): Promise<Insides & Disposable> {
  const owner = await LinearOwner.create(packing)
  const responder = await LinearResponder.create(packing, columns, 2 ** 20)
  const crossOwner = await CrossOwner.create(ROWS)
  return {
    answer: (query, from, to, ownMasks, ownSeed) => responder.answer(query, from, to, ownMasks, ownSeed),
    decrypt: (answer, count) => owner.decrypt(answer, count),
    answerCross,
    decryptCross: (answer) => crossOwner.decrypt(answer),
    [Symbol.dispose]() {
      for (const object of [owner, responder, crossOwner]) object[Symbol.dispose]()
    },
  }
}

/** Everything that SEAL was given or asked to decrypt, in place of its own methods until `stop`. */
export interface Watch {
  readonly loaded: Uint8Array[]
  decrypted: number
  stop(): void
}

/** Watches every loader that SEAL has, by whatever class and form, and decryption. */
export function watchSeal(seal: MainModule): Watch {
  type Method = (this: unknown, ...args: unknown[]) => unknown
  const undo: (() => void)[] = []
  const watch: Watch = {
    loaded: [],
    decrypted: 0,
    stop: () => undo.splice(0).forEach((restore) => void restore()),
  }
  const replace = (prototype: Record<string, Method>, name: string, seen: (args: unknown[]) => void) => {
    const method = prototype[name]
    prototype[name] = function (...args) {
      seen(args)
      return method.apply(this, args)
    }
    undo.push(() => {
      prototype[name] = method
    })
  }
  for (const Class of Object.values(seal) as { prototype?: Record<string, Method> }[]) {
    const { prototype } = Class ?? {}
    if (typeof prototype?.loadFromArray !== 'function') continue
    replace(prototype, 'loadFromArray', (args) => watch.loaded.push(args.at(-1) as Uint8Array))
    replace(prototype, 'loadFromBase64', (args) =>
      watch.loaded.push(Buffer.from(String(args.at(-1)), 'base64')),
    )
  }
  replace((seal.Decryptor as unknown as { prototype: Record<string, Method> }).prototype, 'decrypt', () => {
    watch.decrypted++
  })
  return watch
}

export interface FuzzResult {
  accepted: number
  refused: number
  /** Every refusal as the caller sees it, all of its own fields included. */
  readonly refusals: Set<string>
  /** What was wrong, by door; empty for a strict parser. */
  readonly complaints: Map<string, number>
}

/** Everything that a caller could tell two refusals apart by. */
export const faceOf = (fault: unknown): string => {
  const { name, message, cause } = fault as Error
  return JSON.stringify({ name, message, cause: String(cause), fields: { ...(fault as object) } })
}

const isOneOf = (bytes: Uint8Array, list: readonly Uint8Array[]) =>
  list.some((one) => Buffer.compare(one, bytes) === 0)

/**
 * Carries mutations in by the real doors.
 * @param each accepted mutation of so many also goes all the way; the others through the parser only
 */
export async function fuzzDoors(
  doors: readonly Door[],
  insides: Insides,
  options: { runs: number; seed: number; each: number },
): Promise<FuzzResult> {
  const { seal } = doors[0].form.context
  const result: FuzzResult = { accepted: 0, refused: 0, refusals: new Set(), complaints: new Map() }
  const complain = (door: Door, what: string) => {
    const text = `${door.name}: ${what}`
    result.complaints.set(text, (result.complaints.get(text) ?? 0) + 1)
  }
  const watch = watchSeal(seal)
  try {
    await fc.assert(
      fc.asyncProperty(fc.nat(), mutations, async (which, changes) => {
        const door = doors[which % doors.length]
        const { bytes, touched } = mutated(door.form, changes)
        if (isWellFormed(door.form, bytes, touched)) {
          if (result.accepted++ % options.each === 0) await door.present(insides, bytes)
          else door.form.parse(bytes)
          return
        }
        result.refused++
        watch.loaded.length = 0
        watch.decrypted = 0
        try {
          await door.present(insides, bytes)
          complain(door, 'accepted')
        } catch (fault) {
          result.refusals.add(faceOf(fault))
        }
        if (watch.decrypted > 0) complain(door, 'the secret key was used')
        if (watch.loaded.some((loaded) => !isOneOf(loaded, door.good))) complain(door, 'reached SEAL')
      }),
      { numRuns: options.runs, seed: options.seed, endOnFailure: true },
    )
  } finally {
    watch.stop()
  }
  return result
}
