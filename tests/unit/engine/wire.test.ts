import { afterEach, describe, expect, test, vi } from 'vitest'
import type { BfvContext } from '../../../engine/bfv/context.ts'
import { answerCross, CrossOwner, vectorsOf } from '../../../engine/bfv/cross.ts'
import { LinearResponder } from '../../../engine/bfv/linear.ts'
import { LinearOwner } from '../../../engine/bfv/linear-owner.ts'
import { faultOf, packingOf, randomColumns, seededRandom } from './fixtures.ts'
import { load, partyOf, STRIDE, type WireForm } from './wire-forms.ts'

const CODE = 'YX_ENGINE_MALFORMED_CIPHERTEXT'

const linear = await partyOf('linear')
const cross = await partyOf('cross')
const forms = [...linear.forms, ...cross.forms]

/** Counts what reaches SEAL's loaders. */
function spyOnLoads({ seal }: BfvContext) {
  return {
    ciphertexts: vi.spyOn(seal.Ciphertext.prototype, 'loadFromArray'),
    publicKeys: vi.spyOn(seal.PublicKey.prototype, 'loadFromArray'),
  }
}
afterEach(() => vi.restoreAllMocks())

const textOf = (form: WireForm) => faultOf(() => form.parse(new Uint8Array(0))).message
const refuses = (form: WireForm, bytes: Uint8Array, what: string) => {
  const { code, message } = faultOf(() => {
    form.parse(bytes)
    throw new RangeError(`${form.name}: accepted ${what}`)
  })
  expect(code, what).toBe(CODE)
  expect(message, what).toBe(textOf(form))
}

test('lengths are those of the protocol', () => {
  expect(forms.map((form) => [form.name, form.good.length])).toEqual([
    ['linear query', 131_266],
    ['linear public key', 196_802],
    ['linear answer', 262_257],
    ['linear short answer', 131_072 + 16 * STRIDE],
    ['cross query', 196_802],
    ['cross public key', 262_338],
    ['cross answer', 262_257],
  ])
})

test('the messages tell the kinds apart and nothing else', () => {
  for (const form of forms) {
    expect(textOf(form)).toBe(textOf(forms[0]).replace('A query', `A ${form.kind}`))
  }
})

describe.each(forms)('$name', (form) => {
  test('good bytes are accepted, out of the middle of a larger buffer too, and load', () => {
    const larger = new Uint8Array(form.good.length + 5)
    larger.set(form.good, 3)
    for (const bytes of [form.good, larger.subarray(3, 3 + form.good.length)]) {
      const parsed = form.parse(bytes)
      if (form.kind !== 'short answer') expect(parsed).toEqual(form.good)
      load(form, parsed)
    }
  })

  test('every bit of the fixed bytes matters', () => {
    const loads = spyOnLoads(form.context)
    for (const [from, to] of form.fixed) {
      for (let at = from; at < to; at++) {
        for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
          const changed = form.good.slice()
          changed[at] ^= bit
          refuses(form, changed, `byte ${at} xor ${bit}`)
        }
      }
    }
    expect(loads.ciphertexts).not.toHaveBeenCalled()
    expect(loads.publicKeys).not.toHaveBeenCalled()
  })

  test('truncated, extended and empty bytes are refused', () => {
    const { length } = form.good
    for (const cut of [0, 1, 16, 112, 113, 114, 131_072, length - 8, length - 1]) {
      refuses(form, form.good.slice(0, cut), `cut to ${cut}`)
    }
    for (const more of [1, 8, 65_536]) {
      const longer = new Uint8Array(length + more)
      longer.set(form.good)
      refuses(form, longer, `${more} bytes more`)
    }
  })

  test('a residue equal to its prime or above is refused, the largest below is accepted', () => {
    for (const { at, words, prime } of form.residues) {
      for (const word of [0, 1, words - 1]) {
        const changed = form.good.slice()
        const view = new DataView(changed.buffer)
        for (const value of [prime, prime + 1n, prime | (2n ** 63n), 2n ** 64n - 1n]) {
          view.setBigUint64(at + 8 * word, value, true)
          refuses(form, changed, `${value} at word ${word}`)
        }
        view.setBigUint64(at + 8 * word, prime - 1n, true)
        form.parse(changed)
      }
    }
  })

  test('the bytes of every other form are refused', () => {
    for (const other of forms) if (other !== form) refuses(form, other.good, other.name)
  })
})

describe('forms that SEAL itself would load', () => {
  const savers = [linear, cross].flatMap(({ context, key, forms: own }) =>
    own.flatMap((form) => {
      const { seal } = context
      const object = form.kind === 'public key' ? new seal.PublicKey() : new seal.Ciphertext()
      object.loadFromArray(context.context, form.kind === 'short answer' ? form.parse(form.good) : form.good)
      const { none, zlib, zstd } = seal.ComprModeType
      return [
        {
          name: 'unseeded',
          form,
          bytes: object.saveToArray(none) as Uint8Array,
          skip: !form.name.match(/query|key/),
        },
        { name: 'zlib', form, bytes: object.saveToArray(zlib) as Uint8Array, skip: false },
        { name: 'zstd', form, bytes: object.saveToArray(zstd) as Uint8Array, skip: false },
      ].filter(({ skip }) => !skip && key)
    }),
  )

  test.each(savers)('$form.name, $name', ({ name, form, bytes }) => {
    load(form, bytes) // SEAL does: the refusal is the parser's own
    refuses(form, bytes, name)
  })

  test('an unseeded public key cut to the seeded length is refused too', () => {
    const { form, bytes } = savers.find(({ form: { name } }) => name === 'linear public key')!
    refuses(form, bytes.slice(0, form.good.length), 'cut')
  })
})

describe('nothing refused reaches SEAL', () => {
  const packing = packingOf(1500, STRIDE)
  const columns = randomColumns(1500, [12], 0, 'spied')
  const flip = (bytes: Uint8Array, at: number) => {
    const changed = bytes.slice()
    changed[at] ^= 1
    return changed
  }

  test('responder and owner', async () => {
    using owner = await LinearOwner.create(packing)
    using responder = await LinearResponder.create(packing, columns, 0)
    const query = owner.encrypt(new Float64Array(1500))
    const answerTo = (changed: Partial<typeof query>) =>
      responder.answer({ ...query, ...changed }, 0, 12, new Float64Array(12), seededRandom('spied')(32))
    const loads = spyOnLoads(linear.context)
    const { bytes } = answerTo({})
    // the control: what is good is loaded, one public key and two blocks
    expect([loads.publicKeys.mock.calls.length, loads.ciphertexts.mock.calls.length]).toEqual([1, 2])
    loads.publicKeys.mockClear()
    loads.ciphertexts.mockClear()
    expect(faultOf(() => answerTo({ publicKey: flip(query.publicKey, 60) })).code).toBe(CODE)
    expect(faultOf(() => answerTo({ blocks: query.blocks.slice(1) })).code).toBe(CODE)
    expect(loads.publicKeys).not.toHaveBeenCalled()
    expect(faultOf(() => answerTo({ blocks: flip(query.blocks, 60) })).code).toBe(CODE)
    // the second group is refused before the first one is loaded: no decryption shows where the fault was
    const second = bytes.slice()
    second.fill(255, bytes.length - 8)
    expect(faultOf(() => owner.decrypt(second, 12)).code).toBe(CODE)
    expect(faultOf(() => owner.decrypt(bytes.slice(1), 12)).code).toBe(CODE)
    expect(loads.ciphertexts).not.toHaveBeenCalled()
  })

  test('both sides of the cross product', async () => {
    using owner = await CrossOwner.create(3)
    const three = new Float64Array(3)
    const query = owner.encrypt(three, three, three)
    const { answer } = await answerCross(query, [three, three, three], seededRandom('spied')(32))
    const loads = spyOnLoads(cross.context)
    const ones = new Float64Array(3).fill(1)
    for (const part of ['publicKey', 'first', 'second', 'third'] as const) {
      const changed = { ...query, [part]: flip(query[part] as Uint8Array, 40) }
      await expect(answerCross(changed, [ones, ones, ones], seededRandom('spied')(32))).rejects.toMatchObject(
        {
          code: CODE,
        },
      )
    }
    const bad = [query.publicKey, ...vectorsOf(query)].map((bytes) => flip(bytes, 40))
    const loaded = [...loads.ciphertexts.mock.calls, ...loads.publicKeys.mock.calls].map(([, bytes]) => bytes)
    for (const bytes of bad) {
      for (const seen of loaded) expect(Buffer.compare(bytes, seen as Uint8Array)).not.toBe(0)
    }
    loads.ciphertexts.mockClear()
    expect(faultOf(() => owner.decrypt(flip(answer, 40))).code).toBe(CODE)
    expect(faultOf(() => owner.decrypt(answer.slice(1))).code).toBe(CODE)
    expect(loads.ciphertexts).not.toHaveBeenCalled()
  })
})
