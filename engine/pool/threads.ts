/**
 * The engine in worker threads (piscina): one SEAL instance a thread, because WASM memory is not shared. Work is split by
 * blocks: each thread encrypts, multiplies or decrypts a stretch of them; sanitising is split by groups of W columns.
 * What comes out does not depend on the number of threads.
 */
import {
  assertAskable,
  assertRows,
  CROSS_BLOCK_BYTES,
  type CrossAnswer,
  type CrossEntropy,
  type CrossVectors,
  crossBlocks,
  crossEntropy,
  crossQuery,
  vectorsOf,
} from '../bfv/cross.ts'
import { assertSeed } from '../bfv/entropy.ts'
import type { ThreadKey } from '../bfv/key.ts'
import { assertAnswerable, type LinearAnswer } from '../bfv/linear.ts'
import { linearSeed } from '../bfv/linear-owner.ts'
import { assertColumns, type Packing } from '../bfv/packing.ts'
import { N } from '../bfv/parameters.ts'
import { type ProductSums, SUM_BYTES } from '../bfv/products.ts'
import { type BlockRange, rangesOf } from '../bfv/ranges.ts'
import type { SanitisedAnswer } from '../bfv/sanitise.ts'
import { ANSWER_LENGTH, QUERY_BYTES, shortLength } from '../bfv/wire.ts'
import { engineErrors } from '../errors.ts'
import type { CrossOwnerHandle, EngineHost, LinearOwnerHandle, LinearResponderHandle } from './host.ts'
import { Lane } from './lane.ts'
import type { Task } from './task.ts'

/** Blocks from which on a further thread is worth what it needs itself: the key, a copy of the columns, sums to be joined. */
const LEAST_BLOCKS = { linear: 16, cross: 2, crossAnswer: 1 }

/** @param threads number of worker threads, at least 1 */
export function threadHost(threads: number): EngineHost {
  if (!(threads >= 1)) throw new engineErrors.OutOfRange('the number of worker threads', 'at least 1')
  const lanes = Array.from({ length: threads }, () => new Lane())
  let handles = 0
  let turn = 0

  /** The stretches of `total` blocks and the lane of each; objects start on different lanes in turn. */
  function spread(total: number, least: number): { lane: Lane; range: BlockRange }[] {
    const first = turn++
    return rangesOf(total, Math.min(lanes.length, Math.ceil(total / least))).map((range, index) => ({
      lane: lanes[(first + index) % lanes.length],
      range,
    }))
  }

  /** The same owner on several lanes: the first makes the key, the others take it over. Gives the public key. */
  async function owners(
    handle: number,
    parts: readonly { lane: Lane }[],
    open: (made: ThreadKey | undefined, share: boolean) => Task,
  ): Promise<Uint8Array> {
    const [first, ...others] = parts
    const key = await first.lane.run<ThreadKey>(open(undefined, others.length > 0))
    try {
      await opened(
        handle,
        parts,
        others.map(({ lane }) => lane.run(open(key, false))),
      )
    } finally {
      key.secretKey?.fill(0)
    }
    return key.publicKey
  }

  /** Waits for the parts of an object; where one fails, the others are closed again. */
  async function opened(
    handle: number,
    parts: readonly { lane: Lane }[],
    opening: readonly Promise<unknown>[],
  ): Promise<void> {
    const failed = (await Promise.allSettled(opening)).find(({ status }) => status === 'rejected')
    if (!failed) return
    await closing(parts, handle)().catch(() => {})
    throw (failed as PromiseRejectedResult).reason
  }

  const closing = (parts: readonly { lane: Lane }[], handle: number) => async () => {
    await Promise.all(parts.map(({ lane }) => lane.run({ op: 'close', handle })))
  }

  async function linearOwner(packing: Packing, seed?: Uint8Array): Promise<LinearOwnerHandle> {
    if (seed) assertSeed(seed, 'the seed of a query')
    const parts = spread(packing.blocks, LEAST_BLOCKS.linear)
    const handle = handles++
    const publicKey = await owners(handle, parts, (made, share) => ({
      op: 'linearOwner',
      ...{ handle, packing, share },
      ...(made ? { made } : seed && { seed }),
    }))
    return {
      async encrypt(values) {
        if (values.length !== packing.rows)
          throw new engineErrors.LengthMismatch('the vector to encrypt', values.length, packing.rows)
        const bound = seed && { seed: linearSeed(seed, packing, values) }
        const blocks = await Promise.all(
          parts.map(({ lane, range }) => {
            const rows = values.slice(range.from * packing.blockRows, range.to * packing.blockRows)
            const task: Task = { op: 'linearOwner.encrypt', handle, values: rows, range, ...bound }
            return lane.run<Uint8Array>(task, [rows])
          }),
        )
        return { publicKey, blocks: concatenate(blocks) }
      },
      async decrypt(answer, columns) {
        const { stride } = packing
        const groups = Math.ceil(columns / stride)
        const size = shortLength(stride)
        if (answer.length !== groups * size) throw new engineErrors.MalformedCiphertext('short answer')
        const stretches = rangesOf(groups, parts.length)
        const values = await Promise.all(
          stretches.map(({ from, to }, index) => {
            const part = copyOf(answer, { from, to }, size)
            const count = Math.min(columns, to * stride) - from * stride
            return parts[index].lane.run<Float64Array>(
              { op: 'linearOwner.decrypt', handle, answer: part, columns: count },
              [part],
            )
          }),
        )
        return joined(values, columns)
      },
      close: closing(parts, handle),
    }
  }

  return {
    linearOwner,
    async linearResponder(packing, columns, memoryBudget): Promise<LinearResponderHandle> {
      assertColumns(columns, packing.rows)
      const parts = spread(packing.blocks, LEAST_BLOCKS.linear)
      const handle = handles++
      await opened(
        handle,
        parts,
        parts.map(({ lane, range }) => {
          const budget = memoryBudget / parts.length
          return lane.run({ op: 'linearResponder', handle, packing, columns, memoryBudget: budget, range })
        }),
      )
      return {
        async answer(query, from, to, masks, seed) {
          assertAnswerable(packing, columns, query, { from, to, masks })
          if (parts.length === 1) {
            const { lane } = parts[0]
            return lane.run<LinearAnswer>({
              op: 'linearResponder.answer',
              handle,
              query,
              from,
              to,
              masks,
              seed,
            })
          }
          const firstGroup = from / packing.stride
          const groups = Math.ceil((to - from) / packing.stride)
          // A view of a message would take the whole message along to every thread.
          const publicKey = new Uint8Array(query.publicKey)
          const sums = await Promise.all(
            parts.map(({ lane, range }) => {
              const blocks = copyOf(query.blocks, range, QUERY_BYTES)
              return lane.run<ProductSums>(
                { op: 'linearResponder.sums', handle, publicKey, blocks, firstGroup, groups },
                [blocks],
              )
            }),
          )
          const answers = rangesOf(groups, parts.length).map((range, index) => {
            const stretches = sums.map((whole) => sliceSums(whole, range))
            const part = {
              publicKey,
              firstGroup: firstGroup + range.from,
              masks: masks.slice(range.from * packing.stride, range.to * packing.stride),
              seed,
            }
            return parts[index].lane.run<SanitisedAnswer>(
              { op: 'release', packing, stretches, part },
              stretches.map((stretch) => new Uint8Array(stretch)),
            )
          })
          return { bytes: concatenate(await Promise.all(answers)) as SanitisedAnswer }
        },
        close: closing(parts, handle),
      }
    },
    async crossOwner(rows, seed): Promise<CrossOwnerHandle> {
      if (seed) assertSeed(seed, 'the seed of a query')
      const parts = spread(crossBlocks(rows), LEAST_BLOCKS.cross)
      const handle = handles++
      const publicKey = await owners(handle, parts, (made, share) => ({
        op: 'crossOwner',
        ...{ handle, rows, share },
        ...(made ? { made } : seed && { seed }),
      }))
      const encrypt = async (values: Float64Array, entropy?: CrossEntropy): Promise<Uint8Array> => {
        const encrypting = parts.map(({ lane, range }) => {
          const part = rowsOf(values, range)
          const task: Task = { op: 'crossOwner.encrypt', handle, values: part, from: range.from }
          return lane.run<Uint8Array>(entropy ? { ...task, entropy } : task, [part])
        })
        return concatenate(await Promise.all(encrypting))
      }
      return {
        async encrypt(...vectors: CrossVectors) {
          assertRows(vectors, rows, 'the vector to encrypt')
          const entropy = seed ? crossEntropy(seed, vectors) : []
          const blocks = vectors.map((values, index) => encrypt(values, entropy[index]))
          return crossQuery(publicKey, await Promise.all(blocks))
        },
        async decrypt(answer) {
          if (answer.length !== crossBlocks(rows) * ANSWER_LENGTH)
            throw new engineErrors.MalformedCiphertext('answer')
          const values = await Promise.all(
            parts.map(({ lane, range }) => {
              const part = copyOf(answer, range, ANSWER_LENGTH)
              const count = Math.min(rows, range.to * N) - range.from * N
              return lane.run<Float64Array>({ op: 'crossOwner.decrypt', handle, answer: part, rows: count }, [
                part,
              ])
            }),
          )
          return joined(values, rows)
        },
        close: closing(parts, handle),
      }
    },
    async answerCross(query, factors, seed): Promise<CrossAnswer> {
      const rows = factors[0].length
      const blocks = crossBlocks(rows)
      assertAskable(query, factors, blocks)
      const answers = await Promise.all(
        spread(blocks, LEAST_BLOCKS.crossAnswer).map(({ lane, range }) => {
          const vectors = vectorsOf(query).map((vector) => copyOf(vector, range, CROSS_BLOCK_BYTES))
          const part = crossQuery(new Uint8Array(query.publicKey), vectors)
          const own = factors.map((factor) => rowsOf(factor, range)) as unknown as CrossVectors
          return lane.run<CrossAnswer>({ op: 'answerCross', query: part, factors: own, seed, range }, [
            ...vectors,
            ...own,
          ])
        }),
      )
      return {
        answer: concatenate(answers.map(({ answer }) => answer)),
        rho: joined(
          answers.map(({ rho }) => rho),
          rows,
        ),
      }
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

/** A copy of a stretch of blocks of `size` bytes. Not `slice`: that of a Buffer is a view into somebody else's memory. */
const copyOf = (bytes: Uint8Array, { from, to }: BlockRange, size: number): Uint8Array =>
  new Uint8Array(bytes.subarray(from * size, to * size))

/** A copy of the rows of a stretch of cross blocks. */
const rowsOf = (values: Float64Array, { from, to }: BlockRange): Float64Array =>
  values.slice(from * N, to * N)

/** A copy of the sums of a stretch of groups. */
const sliceSums = (sums: ProductSums, { from, to }: BlockRange): ProductSums =>
  sums.slice(from * SUM_BYTES, to * SUM_BYTES) as ProductSums

function concatenate(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function joined(parts: readonly Float64Array[], count: number): Float64Array {
  const whole = new Float64Array(count)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
