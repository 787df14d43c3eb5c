/**
 * security.md T03, E5; protocol.md section 4, "Keys": an answer need not be an evaluation. Providers in league send short
 * answers whose c1 is a sum of scaled monomials, so that every released coefficient is a number in base 3 whose digits are
 * coefficients of the owner's secret key. With the whole key they decrypt the queries of both servers and read [D], which is
 * the labels. Noise is left out, in the attackers' favour; they have what the owner releases to them and every query.
 */
import { describe, expect, test } from 'vitest'
import { linearContext } from '../../engine/bfv/context.ts'
import { EphemeralKey } from '../../engine/bfv/key.ts'
import { LinearOwner } from '../../engine/bfv/linear-owner.ts'
import { N } from '../../engine/bfv/parameters.ts'
import { POLY_BYTES } from '../../engine/bfv/templates.ts'
import { shortLength } from '../../engine/bfv/wire.ts'
import {
  directHost,
  international,
  type LinearQuery,
  lift,
  QUERY_BYTES,
  residualScale,
  residueOf,
} from '../../engine/index.ts'
import { freshResidues } from '../../engine/stream.ts'
import { type KeyGroup, makePlan, type PlanProvider, type RunPlan } from '../../federation/plan.ts'
import { QueryGroup } from '../../federation/runs/query-group.ts'
import { auc } from '../../models/index.ts'
import { packingOf, seededIntegers, seededRandom } from '../unit/engine/fixtures.ts'
import { BIG_T, noiseOf, secretKeyOf } from './owner.ts'

const STRIDE = 8
const ROWS = 1024
const COLUMNS = 128
/** Rows that the attackers decrypt; enough to see whether a key is right. */
const READ = 256
/** 3^29 < t < 3^30: so many ternary digits fit into one released residue. */
const DIGITS = 29
const packing = packingOf(ROWS, STRIDE)
const context = await linearContext()
const engine = directHost()
const names = ['provider-1', 'provider-2', 'provider-3']

const integer = seededIntegers('oracle labels')
const bad = Uint8Array.from({ length: ROWS }, () => (integer(4) === 0 ? 1 : 0))
const { a, c } = residualScale(0.25)
const residual = Float64Array.from(bad, (y) => a - c * y)
const sharePlatform = freshResidues(seededRandom('oracle shares'), ROWS)
const shareKeyHolder = residual.map((value, row) => residueOf(value - sharePlatform[row]))

/**
 * Short answers to released columns first..first+columns-1: digit i of column W*g + j is coefficient W*(29*g + i) + j of the
 * key, so that 288 columns cover all 8,192.
 */
function craft(first: number, columns: number): Uint8Array {
  const size = shortLength(STRIDE)
  const out = new Uint8Array((columns / STRIDE) * size)
  const modulus = context.primes[0] * context.primes[1]
  for (let answer = 0; answer < columns / STRIDE; answer++) {
    const view = new DataView(out.buffer, answer * size + 2 * 8 * STRIDE)
    for (let digit = 0; digit < DIGITS; digit++) {
      const exponent = STRIDE * (DIGITS * (first / STRIDE + answer) + digit)
      if (exponent >= N) continue
      const scaled = (modulus * 3n ** BigInt(digit) + BIG_T / 2n) / BIG_T
      // X^-e = -X^(N-e)
      const at = exponent === 0 ? 0 : N - exponent
      for (const k of [0, 1]) {
        const residue = scaled % context.primes[k]
        view.setBigUint64(k * POLY_BYTES + at * 8, at === 0 ? residue : context.primes[k] - residue, true)
      }
    }
  }
  return out
}

/** Writes what the released values show into a key; returns how many coefficients that is. */
function readKey(key: Int8Array, first: number, released: Float64Array): number {
  let read = 0
  released.forEach((value, index) => {
    const column = first + index
    let rest = lift(value)
    for (let digit = 0; digit < DIGITS; digit++) {
      const place = STRIDE * (DIGITS * Math.floor(column / STRIDE) + digit) + (column % STRIDE)
      const last = (((rest % 3) + 4) % 3) - 1
      rest = (rest - last) / 3
      if (place >= N) continue
      key[place] = last
      read++
    }
  })
  return read
}

/** The first rows of the vector inside a query, by a key that may be known in part: unknown coefficients are taken as 0. */
function decryptQuery(query: LinearQuery, key: Int8Array): Float64Array {
  const { seal } = context
  using cipher = new seal.Ciphertext()
  cipher.loadFromArray(context.context, query.blocks.subarray(0, QUERY_BYTES).slice())
  const bytes: Uint8Array = cipher.saveToArray(seal.ComprModeType.none)
  const words = noiseOf(context, bytes, key, STRIDE * READ)
  return Float64Array.from({ length: READ }, (_, row) => Number(words[STRIDE * row].message))
}

/** What the attackers read of the labels once they hold two keys: rows of D that are right, and the AUC. */
function readLabels(queries: LinearQuery[], keys: Int8Array[]): { right: number; labelAuc: number } {
  const [platform, keyHolder] = queries.map((query, index) => decryptQuery(query, keys[index]))
  const read = platform.map((value, row) => lift(residueOf(value + keyHolder[row])))
  return {
    right: read.filter((value, row) => value === residual[row]).length,
    labelAuc: auc(read, bad.subarray(0, READ)),
  }
}

const hashOf = ({ publicKey, blocks }: LinearQuery) =>
  Buffer.from(international.hash(publicKey, blocks)).toString('hex')

/** Both servers' real code for one key group. */
const openBoth = (group: KeyGroup) =>
  Promise.all([
    QueryGroup.open(engine, international, packing, sharePlatform, group, 0, 'seenPlatform'),
    QueryGroup.open(engine, international, packing, shareKeyHolder, group, 0, 'seenKeyHolder'),
  ])

/** Every member of a group answers each server with crafted bytes; the keys as far as the releases show them. */
async function askGroup(group: KeyGroup) {
  const servers = await openBoth(group)
  const [seenPlatform, seenKeyHolder] = servers.map(({ query }) => hashOf(query))
  const keys: Int8Array[] = []
  let read = 0
  for (const server of servers) {
    const key = new Int8Array(N)
    let first = 0
    const firsts = new Map<string, number>()
    for (const { provider, from, to } of group.members) {
      firsts.set(provider, first)
      const answer = craft(first, to - from)
      first += to - from
      const body = { group: 0, from, to, answer, seenPlatform, seenKeyHolder }
      const released = await server.take(provider, body, 'round 1')
      for (const { provider: name, values } of released ?? []) read += readKey(key, firsts.get(name)!, values)
    }
    keys.push(key)
  }
  return { servers, keys, read: read / 2, queries: servers.map(({ query }) => query) }
}

/** The key groups of the real plan for providers of these widths. */
function groupsOf(widths: readonly number[]): Pick<RunPlan, 'groups' | 'binGroups'> {
  const providers = widths.map(
    (width, k): PlanProvider => ({
      name: `provider-${k + 1}`,
      publicData: false,
      width,
      occupancy: 1,
      auditedOccupancy: null,
      trainedOn: 'all',
      bins: 2,
      commitment: '',
      runSecret: '',
      columns: [],
      extractors: [],
      grade: null,
    }),
  )
  const binned = providers.map(({ name }) => name)
  const plan = { providers, binned, trainRows: ROWS } as unknown as Parameters<typeof makePlan>[0]
  return makePlan(plan)
}

describe('answers that carry the secret key', () => {
  test('control: one key for the 384 columns of three providers is lost whole, and the labels with it', async () => {
    const weak: KeyGroup = { members: names.map((provider) => ({ provider, from: 0, to: COLUMNS })) }
    const { keys, read, queries } = await askGroup(weak)
    expect(read).toBe(N)
    expect(readLabels(queries, keys)).toEqual({ right: READ, labelAuc: 1 })
  })

  test('control: an owner that answers three times under one key loses it as well', async () => {
    using owner = await LinearOwner.create(packing)
    const query = owner.encrypt(residual.map(residueOf))
    const key = new Int8Array(N)
    for (const first of [0, COLUMNS, 2 * COLUMNS]) {
      readKey(key, first, owner.decrypt(craft(first, COLUMNS), COLUMNS))
    }
    expect(decryptQuery(query, key).map(lift)).toEqual(residual.slice(0, READ))
  })

  test('a real key shows 3,712 of its 8,192 coefficients at most, and no row of D', async () => {
    const { groups } = groupsOf([COLUMNS, COLUMNS, COLUMNS])
    expect(groups).toHaveLength(3)
    const { keys, read, queries } = await askGroup(groups[0])
    expect(read).toBe(DIGITS * COLUMNS)
    const { right, labelAuc } = readLabels(queries, keys)
    expect(right).toBe(0)
    // about 64 bads among 256 rows: chance has sd 0.04
    expect(Math.abs(labelAuc - 0.5)).toBeLessThan(0.25)
  })

  test('no key serves more than 128 columns, in fine bins 96, however wide the providers are', () => {
    const width = seededIntegers('oracle widths')
    const widest = (groups: readonly KeyGroup[]) =>
      Math.max(...groups.map(({ members }) => members.reduce((sum, { from, to }) => sum + to - from, 0)))
    for (let plan = 0; plan < 200; plan++) {
      const { groups, binGroups } = groupsOf(Array.from({ length: 16 }, () => 1 + width(COLUMNS)))
      expect(widest(groups)).toBeLessThanOrEqual(COLUMNS)
      expect(widest(binGroups)).toBeLessThanOrEqual(96)
    }
  })

  test('an owner takes one answer of a provider, before and after it released', async () => {
    const two: KeyGroup = { members: names.slice(0, 2).map((provider) => ({ provider, from: 0, to: 64 })) }
    const [server, other] = await openBoth(two)
    const [seenPlatform, seenKeyHolder] = [hashOf(server.query), hashOf(other.query)]
    const body = { group: 0, from: 0, to: 64, answer: craft(0, 64), seenPlatform, seenKeyHolder }
    const again = { ...body, answer: craft(64, 64) }
    const refused = expect.objectContaining({ code: 'YX_FEDERATION_SECOND_ANSWER' })
    expect(await server.take(names[0], body, 'round 1')).toBeNull()
    await expect(server.take(names[0], again, 'round 1')).rejects.toEqual(refused)
    expect(await server.take(names[1], body, 'round 1')).toHaveLength(2)
    await expect(server.take(names[0], again, 'round 1')).rejects.toEqual(refused)
    await other.close()
  })

  test('the same vector opened again has another key: what was read of the first decrypts nothing', async () => {
    const weak: KeyGroup = { members: names.map((provider) => ({ provider, from: 0, to: COLUMNS })) }
    const { keys } = await askGroup(weak)
    const servers = await openBoth(weak)
    const queries = servers.map(({ query }) => query)
    expect(readLabels(queries, keys).right).toBe(0)
    for (const server of servers) await server.close()
  })
})

describe('c1 = round(Q/t), every coefficient returned (E5)', () => {
  test('control: an owner that gives out all 8,192 coefficients gives out its key', () => {
    using key = new EphemeralKey(context)
    using plain = new context.seal.Plaintext()
    plain.resize(N)
    const query = { publicKey: key.publicKey, blocks: key.encrypt(plain) }
    expect(decryptQuery(query, secretKeyOf(context, key))).toEqual(new Float64Array(READ))
    expect(decryptQuery(query, new Int8Array(N))).not.toEqual(new Float64Array(READ))
  })

  test('the real owner gives out one number per released column', async () => {
    using owner = await LinearOwner.create(packing)
    expect(owner.decrypt(craft(0, COLUMNS), COLUMNS)).toHaveLength(COLUMNS)
  })
})
