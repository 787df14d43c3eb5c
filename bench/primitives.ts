/**
 * What the parts of a round cost on one thread, measured through the engine's own interface, and the floor of a round: the
 * number of times each part happens, times what it costs, spread over the threads.
 */

import { international, keyHolderShare, packingFor, QUERY_BYTES } from '../engine/index.ts'
import { createEngine, type RunPlan, secureRandom } from '../federation/index.ts'

/** Milliseconds of one thread each. */
export interface Primitives {
  /** A key pair of an owner. */
  readonly key: number
  /** Encrypting one block of a vector. */
  readonly encrypt: number
  /** A responder's share of a query that does not depend on its size: expanding the public key. */
  readonly open: number
  /** Loading one encrypted block: parser, seed, transforms. */
  readonly load: number
  /** One multiply-add of a block with W columns. */
  readonly product: number
  /** Sanitising one answer. */
  readonly release: number
  /** Decrypting one answer. */
  readonly decrypt: number
  /** The same three for one block of the cross term. */
  readonly crossEncrypt: number
  readonly crossAnswer: number
  readonly crossDecrypt: number
  /** A thousand residues of one pair's mask. */
  readonly maskPerThousand: number
  /** A megabyte of an envelope at its sender and at its receiver: sealing, hashing, opening. */
  readonly envelopePerMb: number
}

async function median(times: number, work: () => unknown): Promise<number> {
  await work()
  const measured: number[] = []
  for (let i = 0; i < times; i++) {
    const from = performance.now()
    await work()
    measured.push(performance.now() - from)
  }
  return measured.sort((a, b) => a - b)[times >> 1]
}

const STRIDE = 8
const BLOCK_ROWS = 1024
const residues = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => (i * 48_271_000_003) % 70_368_743_669_761)

export async function measurePrimitives(): Promise<Primitives> {
  const engine = createEngine(0)
  const seed = () => secureRandom(32)
  /** Milliseconds of answering a query of so many blocks for so many answers. */
  async function answering(blocks: number, answers: number) {
    const rows = blocks * BLOCK_ROWS
    const packing = { rows, blockRows: BLOCK_ROWS, stride: STRIDE, blocks }
    const width = answers * STRIDE
    const codes = [Uint8Array.from({ length: rows }, (_, row) => (row * 31) % width)]
    const owner = await engine.linearOwner(packing)
    const responder = await engine.linearResponder(packing, { rows, width, codes }, 2 ** 28)
    const values = residues(rows)
    const encrypt = await median(5, () => owner.encrypt(values))
    const query = await owner.encrypt(values)
    const masks = residues(width)
    const answer = await median(9, () => responder.answer(query, 0, width, masks, seed()))
    const { bytes } = await responder.answer(query, 0, width, masks, seed())
    const decrypt = await median(9, () => owner.decrypt(bytes, width))
    await owner.close()
    return { answer, encrypt: encrypt / blocks, decrypt: decrypt / answers }
  }
  // answer = open + blocks*load + answers*release + blocks*answers*product: four sizes give the four unknowns.
  const small = await answering(10, 1)
  const long = await answering(30, 1)
  const wide = await answering(10, 16)
  const large = await answering(30, 16)
  const product = (large.answer - long.answer - wide.answer + small.answer) / (20 * 15)
  const load = (long.answer - small.answer) / 20 - product
  const release = (wide.answer - small.answer) / 15 - 10 * product
  const open = small.answer - 10 * load - release - 10 * product
  const packing = { rows: 8192, blockRows: 1024, stride: 8, blocks: 8 }
  const key = await median(9, async () => (await engine.linearOwner(packing)).close())

  const rows = 2 * 8192
  const cross = await engine.crossOwner(rows)
  const vector = residues(rows)
  const crossEncrypt = (await median(7, () => cross.encrypt(vector, vector))) / 4
  const query = await cross.encrypt(vector, vector)
  const crossAnswer = (await median(7, () => engine.answerCross(query, [vector, vector], seed()))) / 2
  const { answer } = await engine.answerCross(query, [vector, vector], seed())
  const crossDecrypt = (await median(7, () => cross.decrypt(answer))) / 2
  await cross.close()

  const label = { consortium: 'b', snapshot: 's', run: 'r', opening: 'o', phase: 'p', round: 0, attempt: 1 }
  const maskPerThousand =
    (await median(9, () => keyHolderShare(international, [secureRandom(32)], label, 100_000))) / 100
  const body = secureRandom(2 ** 20)
  const [secret, nonce, head] = [secureRandom(32), new Uint8Array(12), new Uint8Array(200)]
  const sealed = Buffer.concat(international.seal(secret, nonce, body, head))
  const envelopePerMb = await median(9, () => {
    international.seal(secret, nonce, body, head)
    international.hash(body)
    international.hash(body)
    international.open(secret, nonce, sealed, head)
  })
  await engine.close()
  return {
    ...{ key, encrypt: large.encrypt, open, load, product, release, decrypt: large.decrypt },
    ...{ crossEncrypt, crossAnswer, crossDecrypt, maskPerThousand, envelopePerMb },
  }
}

/** How often each part happens in one round of a plan, and what that costs. */
export function floorOf(
  plan: Pick<RunPlan, 'trainRows' | 'packing' | 'groups'> & { providers: readonly { width: number }[] },
  primitives: Primitives,
  threads: number,
) {
  const { trainRows: rows, packing } = plan
  const { blocks, stride } = packing
  const providers = plan.providers.length
  const answers = plan.providers.reduce((sum, { width }) => sum + Math.ceil(width / stride), 0)
  const crossBlocks = Math.ceil(rows / 8192)
  const counts = {
    keys: 2 * plan.groups.length + 1,
    encryptedBlocks: 2 * plan.groups.length * blocks,
    loadedBlocks: 2 * providers * blocks,
    multiplyAdds: 2 * blocks * answers,
    answers: 2 * answers,
    crossBlocks,
    maskedThousands: (providers * (providers + 1) * rows) / 1000,
  }
  const bytes =
    counts.loadedBlocks * QUERY_BYTES +
    counts.answers * (131_072 + 16 * stride) +
    crossBlocks * (2 * 196_802 + 262_257) +
    providers * 6 * rows
  const p = primitives
  const milliseconds = {
    keys: counts.keys * p.key,
    encrypt: counts.encryptedBlocks * p.encrypt,
    load: counts.loadedBlocks * p.load + 2 * providers * p.open,
    multiplyAdds: counts.multiplyAdds * p.product,
    release: counts.answers * p.release,
    decrypt: counts.answers * p.decrypt,
    cross: crossBlocks * (2 * p.crossEncrypt + p.crossAnswer + p.crossDecrypt),
    masks: counts.maskedThousands * p.maskPerThousand,
    envelopes: (bytes / 2 ** 20) * p.envelopePerMb,
  }
  const total = Object.values(milliseconds).reduce((sum, part) => sum + part, 0)
  return { counts, megabytes: bytes / 2 ** 20, milliseconds, seconds: total / 1000 / threads }
}

/** A plan's shape for so many training rows and columns, as a consortium would agree on it. */
export function shapeOf(trainRows: number, widths: readonly number[]) {
  const total = widths.reduce((sum, width) => sum + width, 0)
  const groups = Array.from({ length: Math.ceil(total / 128) }, () => ({ members: [] }))
  const packing = packingFor(trainRows, widths, { keyGroups: groups.length })
  return { trainRows, packing, groups, providers: widths.map((width) => ({ width })) }
}
