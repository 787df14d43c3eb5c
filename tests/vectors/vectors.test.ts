/** The published vectors against implementations written anew from the README, and against what the generator makes today. */
import { execFile } from 'node:child_process'
import { createCipheriv, createHash, createHmac, createPublicKey, verify } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { crossContext, linearContext } from '../../engine/bfv/context.ts'
import { parseAnswer, parsePublicKey, parseQuery, parseShortAnswer } from '../../engine/bfv/wire.ts'
import { type Column, offsetHundredths, pointsPerBin } from '../../models/index.ts'
import { referenceModel, referenceTotals } from '../reference/reference.ts'
import type { authorisationVectors } from './authorisation.ts'
import type { ciphertextVectors } from './ciphertexts.ts'
import type { maskVectors } from './masks.ts'
import type { packingVectors } from './packing.ts'
import type { PublishedColumn, transcriptVectors } from './transcript.ts'

const here = import.meta.dirname
const read = async <V>(name: string): Promise<V> => JSON.parse(await readFile(join(here, name), 'utf8'))
const masks = await read<ReturnType<typeof maskVectors>>('masks.json')
const packing = await read<Awaited<ReturnType<typeof packingVectors>>>('packing.json')
const ciphertexts = await read<Awaited<ReturnType<typeof ciphertextVectors>>>('ciphertexts.json')
const transcript = await read<Awaited<ReturnType<typeof transcriptVectors>>>('transcript.json')
const authorisation = await read<ReturnType<typeof authorisationVectors>>('authorisation.json')

const T = 2n ** 46n - 507903n
const modulo = (value: bigint, by: bigint) => ((value % by) + by) % by
const bytesOf = (text: string) => Buffer.from(text, 'hex')
const sum = (values: readonly (number | bigint)[]) => values.reduce((a: bigint, b) => a + BigInt(b), 0n)

test('the generator makes the committed files byte for byte', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vectors-'))
  try {
    await promisify(execFile)(process.execPath, [join(here, 'generate.ts'), folder])
    const made = (await readdir(folder)).sort()
    expect(made).toEqual((await readdir(here)).filter((name) => name.endsWith('.json')).sort())
    for (const name of made) {
      const [now, committed] = [await readFile(join(folder, name)), await readFile(join(here, name))]
      expect(Buffer.compare(now, committed), `${name}: meant? then npm run vectors`).toBe(0)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe('masks', () => {
  /** The label of a block: each part with its length. */
  const textOf = (label: (typeof masks.streams)[number]['label']) => {
    const { consortium, snapshot, run, opening, phase, round, attempt, block } = label
    const parts = [consortium, snapshot, run, opening, phase, round, attempt, block].map(String)
    return parts.map((part) => `${part.length}:${part}`).join('')
  }
  /** HKDF-SHA256 with an empty salt, one output block (RFC 5869). */
  const derive = (secret: Buffer, info: string): Buffer => {
    const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
    return createHmac('sha256', extracted).update(info, 'utf8').update(Buffer.of(1)).digest()
  }
  const streamOf = (key: Buffer, length: number): Buffer =>
    createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
  /** 46 of every 48 bits; what is not below t is passed over. */
  const residuesOf = (stream: Buffer, count: number): bigint[] => {
    const residues: bigint[] = []
    for (let at = 0; residues.length < count; at += 6) {
      const candidate = BigInt(stream.readUIntLE(at, 6)) & (2n ** 46n - 1n)
      if (candidate < T) residues.push(candidate)
    }
    return residues
  }
  const secretOf = (a: string, b: string) => bytesOf(masks.secrets[`${a} ${b}`] ?? masks.secrets[`${b} ${a}`])
  type Label = (typeof masks.residues)['label']
  const keyOf = (a: string, b: string, label: Label) => derive(secretOf(a, b), textOf({ ...label, block: 0 }))

  test.each(masks.streams)('the stream under $text', ({ label, text, key, stream, residues, words }) => {
    expect(textOf(label)).toBe(text)
    const derived = derive(secretOf('water', 'power'), text)
    expect(derived.toString('hex')).toBe(key)
    const bytes = streamOf(derived, 96)
    expect(bytes.subarray(0, 48).toString('hex')).toBe(stream)
    expect(residues.map(BigInt)).toEqual(residuesOf(bytes, residues.length))
    expect(words).toEqual(words.map((_, index) => bytes.readUInt32LE(4 * index)))
  })

  test('candidates that are not below t are passed over', () => {
    const { stream, count, residues } = masks.rejection
    expect(residues.map(BigInt)).toEqual(residuesOf(bytesOf(stream), count))
    expect(residues.length).toBeLessThan(bytesOf(stream).length / 6)
  })

  /** What one sender adds to its values: -PRG(k,H) or +PRG(k,H), + with those before it, - with those after it. */
  const maskOf = (name: string, label: Label, draw: (key: Buffer) => bigint[], own: 1n | -1n): bigint[] => {
    const at = masks.senders.indexOf(name)
    const parts = masks.senders
      .filter((other) => other !== name)
      .map((other) => ({
        values: draw(keyOf(name, other, label)),
        sign: masks.senders.indexOf(other) < at ? 1n : -1n,
      }))
    parts.push({ values: draw(keyOf(name, 'keyholder', label)), sign: own })
    return parts[0].values.map((_, row) => sum(parts.map(({ values, sign }) => sign * values[row])))
  }

  test.each([
    { name: 'residues' as const, modulus: T, own: -1n as const },
    { name: 'words' as const, modulus: 2n ** 32n, own: 1n as const },
  ])('$name: masked vectors, the share of the key holder, and their sum', ({ name, modulus, own }) => {
    const { label, plain, masked, keyHolder } = masks[name]
    const count = keyHolder.length
    const draw = (key: Buffer): bigint[] => {
      const stream = streamOf(key, 6 * count + 60)
      if (name === 'residues') return residuesOf(stream, count)
      return Array.from({ length: count }, (_, row) => BigInt(stream.readUInt32LE(4 * row)))
    }
    for (const sender of masks.senders) {
      const mask = maskOf(sender, label, draw, own)
      const expected = plain[sender].map((value, row) => modulo(BigInt(value) + mask[row], modulus))
      expect(masked[sender].map(BigInt), sender).toEqual(expected)
    }
    const drawn = masks.senders.map((sender) => draw(keyOf(sender, 'keyholder', label)))
    expect(keyHolder.map(BigInt)).toEqual(
      keyHolder.map((_, row) => modulo(sum(drawn.map((list) => list[row])), modulus)),
    )
    for (let row = 0; row < count; row++) {
      const platform = sum(masks.senders.map((sender) => masked[sender][row]))
      const opened = modulo(platform - own * BigInt(keyHolder[row]), modulus)
      expect(opened).toBe(modulo(sum(masks.senders.map((sender) => plain[sender][row])), modulus))
    }
  })
})

describe('packing', () => {
  const { n } = packing

  test.each(packing.cases)('$name', (one) => {
    const { rows, stride, blockRows, block, group, width, values, codes, dense, vector, columns } = one
    const from = block * blockRows
    const inBlock = (row: number) => row >= from && row < Math.min(rows, from + blockRows)
    expect(stride * blockRows).toBe(n)
    expect(vector).toEqual(
      values.filter(([row]) => inBlock(row)).map(([row, value]) => [(row - from) * stride, value]),
    )
    // x_ij as a table of what is not zero
    const table = [
      ...codes.flatMap((list) => list.map(([row, column]) => ({ row, column, x: 1n }))),
      ...dense.flatMap((list, index) =>
        list.map(([row, x]) => ({ row, column: width + index, x: BigInt(x) })),
      ),
    ].filter(({ row, column }) => inBlock(row) && column >= group * stride && column < (group + 1) * stride)
    const expected = new Map<number, bigint>()
    for (const { row, column, x } of table) {
      const exponent = column - group * stride - stride * (row - from)
      const place = exponent < 0 ? exponent + n : exponent
      expected.set(place, modulo((expected.get(place) ?? 0n) + (exponent < 0 ? -x : x), T))
    }
    expect(new Map(columns.map(([place, value]) => [place, BigInt(value)]))).toEqual(expected)
    // the product modulo X^n + 1, term by term
    const product = new Map<number, bigint>()
    for (const [i, a] of columns) {
      for (const [j, d] of vector) {
        const [place, sign] = i + j < n ? [i + j, 1n] : [i + j - n, -1n]
        product.set(place, modulo((product.get(place) ?? 0n) + sign * BigInt(a) * BigInt(d), T))
      }
    }
    const byRow = new Map(values.map(([row, value]) => [row, BigInt(value)]))
    for (let word = 0; word < stride; word++) {
      const entries = table.filter(({ column }) => column === group * stride + word)
      const inner = modulo(sum(entries.map(({ row, x }) => x * (byRow.get(row) ?? 0n))), T)
      expect(product.get(word) ?? 0n, `word ${word}`).toBe(inner)
    }
  })
})

describe('ciphertext files', async () => {
  const contexts = { linear: await linearContext(), cross: await crossContext() }
  const counterBytes = (name: string, length: number): Buffer => {
    const seed = createHash('sha256').update(`yinxin vectors: ${name}`).digest()
    const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, counter) => {
      const number = Buffer.alloc(4)
      number.writeUInt32LE(counter)
      return createHash('sha256')
        .update(Buffer.concat([seed, number]))
        .digest()
    })
    return Buffer.concat(blocks).subarray(0, length)
  }

  test.each(ciphertexts.files)(
    '$name',
    ({ name, header, polynomials, seedHead, seedBytes, length, sha256, tries }) => {
      const words = polynomials.map(({ words: count, prime }, index) => {
        const bytes = counterBytes(`${name} ${index}`, 8 * count)
        for (let at = 0; at < bytes.length; at += 8) {
          bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) % BigInt(prime), at)
        }
        return bytes
      })
      const seed = counterBytes(`${name} seed`, seedBytes)
      const file = Buffer.concat([bytesOf(header), ...words, bytesOf(seedHead), seed])
      expect(file.length).toBe(length)
      expect(createHash('sha256').update(file).digest('hex')).toBe(sha256)
      const context = contexts[name.startsWith('linear') ? 'linear' : 'cross']
      const parse = (bytes: Uint8Array): Uint8Array => {
        if (name.endsWith('query')) return parseQuery(context, bytes)
        if (name.endsWith('key')) return parsePublicKey(context, bytes)
        if (name.endsWith('short answer')) return parseShortAnswer(context, bytes, ciphertexts.shortWords)
        return parseAnswer(context, bytes)
      }
      for (const { why, at, bytes, length: other, accepted } of tries) {
        const changed = Buffer.alloc(other ?? length)
        file.copy(changed)
        if (at !== undefined) bytesOf(bytes as string).copy(changed, at)
        // Said anew, by the rules of the README.
        expect(accepted, why).toBe(/^as made$|largest residue$|another seed$/.test(why))
        if (!accepted) {
          expect(() => parse(new Uint8Array(changed)), why).toThrow(
            expect.objectContaining({ code: 'YX_ENGINE_MALFORMED_CIPHERTEXT' }),
          )
          continue
        }
        const { seal, context: parameters } = context
        using object = name.endsWith('key') ? new seal.PublicKey() : new seal.Ciphertext()
        object.loadFromArray(parameters, parse(new Uint8Array(changed)))
      }
    },
  )
})

describe('transcript', () => {
  const flags = (digits: string) => Uint8Array.from(digits, Number)
  const columnOf = (column: PublishedColumn): Column => {
    const { kind, name, state } = column
    if (kind === 'categorical') {
      const { codes = [], categories = [] } = column
      return { kind, name, codes: Int32Array.from(codes), categories, state: flags(state) }
    }
    const values = Float64Array.from(column.values ?? [], (value) => value ?? Number.NaN)
    return { kind, name, values, state: flags(state) }
  }
  const { input, messages, points, scorecards, calibration, options } = transcript

  test('the points are those of the plaintext reference on the published input', () => {
    const plain = {
      ...input,
      folds: flags(input.folds),
      providers: input.providers.map(({ name, columns, exclusions }) => ({
        name,
        columns: columns.map(columnOf),
        exclusions: flags(exclusions),
      })),
      labelHolders: input.labelHolders.map(({ labelled, bad }) => ({
        labelled: flags(labelled),
        bad: flags(bad),
      })),
    }
    const reference = referenceModel(plain)
    const { slope, intercept, offset } = calibration
    expect(offset).toBe(offsetHundredths(reference.p0, { intercept, slope }))
    expect(points).toEqual(Array.from(referenceTotals(plain, reference, slope), (total) => total + offset))
    expect(scorecards.map((card) => card.points.flat())).toEqual(
      reference.weights.map((weights) => Array.from(pointsPerBin(weights, slope))),
    )
  })

  test('every step of the plan is there, each of its messages once', () => {
    const count = (type: string) => messages.filter((message) => message.type === type).length
    const { providers, labelHolders, settings } = options
    expect(count('labels.share')).toBe(labelHolders.length)
    expect(count('plan.approve')).toBe(providers.length + labelHolders.length + 1)
    for (const type of ['round.share', 'round.done'])
      expect(count(type)).toBe(providers.length * settings.rounds)
    // two servers ask and are answered
    for (const type of ['round.query', 'round.answer', 'round.gradient']) {
      expect(count(type)).toBe(2 * providers.length * settings.rounds)
    }
    expect(
      new Set(messages.map(({ from, to, type, round, sha256 }) => `${from} ${to} ${type} ${round} ${sha256}`))
        .size,
    ).toBe(messages.length)
    expect(count('run.abort')).toBe(0)
  })
})

describe('authorisation list', () => {
  /** What a reader says that was written from the page of the format, the error codes from its list of checks. */
  function verdict(lines: readonly string[]): string {
    const refused = (code: string) => `YX_FEDERATION_AUTHORISATION_${code}`
    const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest()
    const json = (line: string) => {
      try {
        const value = JSON.parse(line)
        return JSON.stringify(value) === line ? value : null
      } catch {
        return null
      }
    }
    const [head, signature] = [json(lines[0]), json(lines.at(-2) ?? '')?.signature]
    if (lines.at(-1) !== '' || head?.format !== 'yinxin/authorisation-list/1' || !signature)
      return refused('MALFORMED')
    if (head.consortium !== authorisation.consortium) return refused('CONSORTIUM')
    const der = `302a300506032b6570032100${authorisation.platformSignKey}`
    const key = createPublicKey({ key: bytesOf(der), format: 'der', type: 'spki' })
    const digest = sha256(`yinxin authorisation list 1\n${lines[0]}`)
    if (head.issuer !== 'platform' || !verify(null, digest, key, bytesOf(signature)))
      return refused('SIGNATURE')
    const codes = lines.slice(1, -2)
    if (sha256(codes.map((code) => `${code}\n`).join('')).toString('hex') !== head.codes)
      return refused('CHANGED')
    return codes.length === head.entries && codes.join() === [...new Set(codes)].sort().join()
      ? 'accepted'
      : refused('ORDER')
  }

  test('the digest is the hash of the head', () => {
    const text = `yinxin authorisation list 1\n${authorisation.file[0]}`
    expect(authorisation.digest).toBe(createHash('sha256').update(text, 'utf8').digest('hex'))
  })

  test.each(authorisation.tries)('$why: $verdict', ({ lines, verdict: said }) => {
    expect(verdict(lines)).toBe(said)
  })
})
