/**
 * Where the encryption work of a party runs: in this thread (tests, tools) or in worker threads, behind one interface.
 * Encoded columns stay in the thread that made them; a key passes to other threads of its party only where they share its
 * work. What passes otherwise are vectors and bytes.
 */
import { randomFillSync } from 'node:crypto'
import {
  answerCross,
  type CrossAnswer,
  CrossOwner,
  type CrossQuery,
  type CrossVectors,
} from '../bfv/cross.ts'
import { type LinearAnswer, LinearResponder } from '../bfv/linear.ts'
import { LinearOwner, type LinearQuery } from '../bfv/linear-owner.ts'
import type { PackedColumns, Packing } from '../bfv/packing.ts'
import type { RandomBytes } from '../noise.ts'

/**
 * The owner of an encrypted vector; close it when its one query is answered. Made from a seed, it makes the same key in every
 * host and encrypts the same vector to the same bytes; other vectors never meet the same randomness.
 */
export interface LinearOwnerHandle {
  encrypt(values: Float64Array): Promise<LinearQuery>
  decrypt(answer: Uint8Array, columns: number): Promise<Float64Array>
  close(): Promise<void>
}

/** The owner of columns; lives for a whole run. */
export interface LinearResponderHandle {
  /** Answers for the columns [from, to); everything random in the answer is drawn from the 32-byte seed. */
  answer(
    query: LinearQuery,
    from: number,
    to: number,
    masks: Float64Array,
    seed: Uint8Array,
  ): Promise<LinearAnswer>
  close(): Promise<void>
}

export interface CrossOwnerHandle {
  encrypt(...vectors: CrossVectors): Promise<CrossQuery>
  decrypt(answer: Uint8Array): Promise<Float64Array>
  close(): Promise<void>
}

export interface EngineHost {
  /** @param seed 32 secret bytes for this owner only; randomness of the system without it */
  linearOwner(packing: Packing, seed?: Uint8Array): Promise<LinearOwnerHandle>
  linearResponder(
    packing: Packing,
    columns: PackedColumns,
    memoryBudget: number,
  ): Promise<LinearResponderHandle>
  /** @param seed 32 secret bytes for this owner only; randomness of the system without it */
  crossOwner(rows: number, seed?: Uint8Array): Promise<CrossOwnerHandle>
  /** The sum of factors[j] times the j-th encrypted vector, masked; everything random in it is drawn from the seed. */
  answerCross(query: CrossQuery, factors: CrossVectors, seed: Uint8Array): Promise<CrossAnswer>
  close(): Promise<void>
}

/** Random bytes from the operating system. */
export const systemRandom: RandomBytes = (length) => randomFillSync(new Uint8Array(length))

/** Everything in this thread. */
export function directHost(): EngineHost {
  return {
    async linearOwner(packing, seed) {
      const owner = await LinearOwner.create(packing, seed)
      return {
        encrypt: async (values) => owner.encrypt(values),
        decrypt: async (answer, columns) => owner.decrypt(answer, columns),
        close: async () => owner[Symbol.dispose](),
      }
    },
    async linearResponder(packing, columns, memoryBudget) {
      const responder = await LinearResponder.create(packing, columns, memoryBudget)
      return {
        answer: async (query, from, to, masks, seed) => responder.answer(query, from, to, masks, seed),
        close: async () => responder[Symbol.dispose](),
      }
    },
    async crossOwner(rows, seed) {
      const owner = await CrossOwner.create(rows, seed)
      return {
        encrypt: async (...vectors) => owner.encrypt(...vectors),
        decrypt: async (answer) => owner.decrypt(answer),
        close: async () => owner[Symbol.dispose](),
      }
    },
    answerCross: (query, factors, seed) => answerCross(query, factors, seed),
    close: async () => {},
  }
}
