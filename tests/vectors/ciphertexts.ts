/** Vectors of accepted and refused ciphertext files, by recipe and mutation (protocol.md section 8). */
import { createHash } from 'node:crypto'
import { type BfvContext, crossContext, linearContext } from '../../engine/bfv/context.ts'
import { parseAnswer, parsePublicKey, parseQuery, parseShortAnswer } from '../../engine/bfv/wire.ts'
import { hex, recipeBytes, recipePolynomial } from './recipe.ts'

const N = 8192
export const SHORT_WORDS = 8

/** One form of file: a header, polynomials word by word, for the seeded forms a fixed part and a seed. */
export interface FileForm {
  readonly name: string
  readonly header: string
  /** Number of words and prime (decimal) of each polynomial, in the order of the file. */
  readonly polynomials: readonly { words: number; prime: string }[]
  readonly seedHead: string
  readonly seedBytes: number
}

/** The file of a form, made by the recipe. */
export function fileOf(form: FileForm): Uint8Array {
  const parts = form.polynomials.map(({ words, prime }, index) =>
    recipePolynomial(`${form.name} ${index}`, words, BigInt(prime)),
  )
  return new Uint8Array(
    Buffer.concat([
      Buffer.from(form.header, 'hex'),
      ...parts,
      Buffer.from(form.seedHead, 'hex'),
      recipeBytes(`${form.name} seed`, form.seedBytes),
    ]),
  )
}

/** A change of a file: bytes written at an offset, or another length (filled with zeros). */
export interface FileChange {
  readonly why: string
  readonly at?: number
  readonly bytes?: string
  readonly length?: number
}

export function changedFile(file: Uint8Array, { at, bytes, length }: FileChange): Uint8Array {
  const changed = new Uint8Array(length ?? file.length)
  changed.set(file.subarray(0, changed.length))
  if (at !== undefined && bytes !== undefined) changed.set(Buffer.from(bytes, 'hex'), at)
  return changed
}

const u64 = (value: bigint): string => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes.toString('hex')
}

type Parse = (bytes: Uint8Array) => Uint8Array

async function forms(): Promise<{ form: FileForm; parse: Parse }[]> {
  const made = [await linearContext(), await crossContext()].map((context) => {
    const { set, primes, templates } = context
    const over = (list: readonly bigint[], words = N) =>
      list.map((prime) => ({ words, prime: String(prime) }))
    const two = primes.slice(0, 2)
    const seeded = (
      kind: string,
      template: { head: Uint8Array; seedHead: Uint8Array },
      list: readonly bigint[],
    ) => ({
      name: `${set.name} ${kind}`,
      header: hex(template.head),
      polynomials: over(list),
      seedHead: hex(template.seedHead),
      seedBytes: 64,
    })
    const plain = { seedHead: '', seedBytes: 0 }
    const parseIn =
      (parse: (context: BfvContext, bytes: Uint8Array) => Uint8Array): Parse =>
      (bytes) =>
        parse(context, bytes)
    const list = [
      {
        form: seeded('query', templates.seededCipher, primes.slice(0, set.dataPrimes)),
        parse: parseIn(parseQuery),
      },
      { form: seeded('public key', templates.seededPublicKey, primes), parse: parseIn(parsePublicKey) },
      {
        form: {
          ...{ name: `${set.name} answer`, header: hex(templates.answer), ...plain },
          polynomials: over([...two, ...two]),
        },
        parse: parseIn(parseAnswer),
      },
    ]
    if (set.name === 'cross') return list
    const short = {
      form: {
        ...{ name: 'linear short answer', header: '', ...plain },
        polynomials: [...over(two, SHORT_WORDS), ...over(two)],
      },
      parse: (bytes: Uint8Array) => parseShortAnswer(context, bytes, SHORT_WORDS),
    }
    return [...list, short]
  })
  return made.flat()
}

/** What is tried on every form. */
function changesOf(form: FileForm, length: number): FileChange[] {
  const headerBytes = form.header.length / 2
  let at = headerBytes
  const residues = form.polynomials.flatMap(({ words, prime }, index): FileChange[] => {
    const first = at
    const last = at + 8 * (words - 1)
    at += 8 * words
    const value = BigInt(prime)
    return [
      { why: `polynomial ${index}: the largest residue`, at: first, bytes: u64(value - 1n) },
      { why: `polynomial ${index}: the prime itself`, at: last, bytes: u64(value) },
      { why: `polynomial ${index}: 64 ones`, at: first, bytes: u64(2n ** 64n - 1n) },
    ]
  })
  const header: FileChange[] =
    headerBytes === 0
      ? []
      : [
          { why: 'another magic number', at: 0, bytes: '00' },
          { why: 'compressed with zlib', at: 5, bytes: '01' },
          { why: 'compressed with Zstandard', at: 5, bytes: '02' },
          { why: 'another length in the header', at: 8, bytes: '00' },
          { why: 'unknown parameters', at: 16, bytes: '00' },
          { why: 'the other NTT flag', at: 48, bytes: form.header.slice(96, 98) === '00' ? '01' : '00' },
          { why: 'of size 3', at: 49, bytes: '03' },
          { why: 'another ring degree', at: 57, bytes: '0010' },
        ]
  const seed: FileChange[] =
    form.seedBytes === 0
      ? []
      : [
          { why: 'another generator of the seed', at: length - 65, bytes: 'ff' },
          { why: 'another seed', at: length - 64, bytes: '00'.repeat(64) },
        ]
  return [
    { why: 'as made' },
    ...header,
    ...residues,
    ...seed,
    { why: 'a byte short', length: length - 1 },
    { why: 'a byte long', length: length + 1 },
    { why: 'empty', length: 0 },
  ]
}

const accepts = (parse: Parse, bytes: Uint8Array): boolean => {
  try {
    parse(bytes)
    return true
  } catch {
    return false
  }
}

export async function ciphertextVectors() {
  const files = (await forms()).map(({ form, parse }) => {
    const file = fileOf(form)
    return {
      ...form,
      length: file.length,
      sha256: createHash('sha256').update(file).digest('hex'),
      tries: changesOf(form, file.length).map((change) => ({
        ...change,
        accepted: accepts(parse, changedFile(file, change)),
      })),
    }
  })
  return { n: N, shortWords: SHORT_WORDS, files }
}
