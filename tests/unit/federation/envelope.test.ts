import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createIdentity,
  EnvelopeReader,
  EnvelopeWriter,
  Membership,
  verifyRoute,
} from '../../../federation/index.ts'
import { decodeBody, encodeBody } from '../../../federation/messages/codec.ts'

const made = ['platform', 'keyholder', 'water'].map((name) =>
  createIdentity(name, name === 'water' ? 'provider' : (name as 'platform')),
)
const list = { consortium: 'c', suite: 'international' as const, members: made.map(({ member }) => member) }
const [platform, keyHolder, water] = made.map(({ identity }) => new Membership(list, identity))
const about = { run: 'r', plan: '', round: 3 }
const body = { totals: new Uint8Array([1, 2, 3]) }
const envelope = () =>
  new EnvelopeWriter(water, { session: 's1', life: 1 }).write('platform', about, 'round.share', body)

const refusal = (run: () => unknown): string => {
  try {
    run()
  } catch (fault) {
    return (fault as { code: string }).code
  }
  return 'accepted'
}

describe('envelopes', () => {
  it('arrive as they were sent, once', () => {
    const reader = new EnvelopeReader(platform)
    const sent = envelope()
    const message = reader.read(sent)
    expect(message).toMatchObject({ type: 'round.share', from: 'water', run: 'r', round: 3 })
    expect([...(message.body as typeof body).totals]).toEqual([1, 2, 3])
    expect(refusal(() => reader.read(sent))).toBe('YX_FEDERATION_MESSAGE_REPLAYED')
  })

  it('refuse any flipped bit, wherever it stands', () => {
    const sent = envelope()
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sent.length - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const changed = Uint8Array.from(sent)
        changed[at] ^= 1 << bit
        expect(refusal(() => new EnvelopeReader(platform).read(changed))).toMatch(/^YX_/)
      }),
      { numRuns: 300 },
    )
  })

  it('cannot be read by anybody but the receiver, the relay included', () => {
    const sealed = new EnvelopeWriter(water, { session: 's1', life: 1 }).write(
      'keyholder',
      about,
      'round.share',
      body,
    )
    expect(refusal(() => new EnvelopeReader(platform).read(sealed))).toBe('YX_FEDERATION_ENVELOPE_REFUSED')
    expect(verifyRoute(platform, sealed)).toMatchObject({ from: 'water', to: 'keyholder' })
    expect(new EnvelopeReader(keyHolder).read(sealed).from).toBe('water')
  })

  it('refuse a newer message before an older one, and then take both in order', () => {
    const writer = new EnvelopeWriter(water, { session: 's1', life: 1 })
    const first = writer.write('platform', about, 'round.share', body)
    const second = writer.write('platform', about, 'round.share', body)
    const reader = new EnvelopeReader(platform)
    expect(refusal(() => reader.read(second))).toBe('YX_FEDERATION_MESSAGE_REORDERED')
    expect([first, second].map((envelope) => reader.read(envelope).counter)).toEqual([1, 2])
  })

  it('refuse a sender whose key is not the one in the member list', () => {
    const impostor = new Membership(
      {
        ...list,
        members: [
          ...list.members.filter(({ name }) => name !== 'water'),
          createIdentity('water', 'provider').member,
        ],
      },
      made[2].identity,
    )
    const forged = new EnvelopeWriter(impostor, { session: 's1', life: 1 }).write(
      'platform',
      about,
      'round.share',
      body,
    )
    const foreign = new Membership(
      impostor.consortium === 'c'
        ? {
            ...list,
            members: list.members.map((member) =>
              member.name === 'water' ? createIdentity('water', 'provider').member : member,
            ),
          }
        : list,
      made[0].identity,
    )
    expect(refusal(() => new EnvelopeReader(foreign).read(forged))).toMatch(/REFUSED/)
  })
})

describe('a header that its sender has signed', () => {
  /** A signed and sealed envelope around any header text. */
  const around = (text: string): Uint8Array => {
    const header = Buffer.from(text)
    const sealed = new Uint8Array(16)
    const { suite } = water
    const about = suite.hash(Buffer.from('yinxin envelope 1\n'), suite.hash(header), suite.hash(sealed))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(header.length)
    return new Uint8Array(Buffer.concat([length, header, water.sign(about), sealed]))
  }
  const fields = {
    ...{ version: 2, consortium: 'c', from: 'water', to: 'platform', run: 'r', plan: '' },
    ...{ type: 'round.share', round: 3, step: 0, session: 's', life: 1, counter: 1, previous: '' },
  }
  const text = JSON.stringify(fields)

  it('reaches the seal when it is in order', () => {
    expect(verifyRoute(platform, around(text)).from).toBe('water')
    expect(refusal(() => new EnvelopeReader(platform).read(around(text)))).toBe('YX_ENGINE_SEAL_REFUSED')
  })

  it.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['a key twice', text.replace('{', '{"from":"keyholder",')],
    ['a space', text.replace(':', ': ')],
    ['a field too many', text.replace('}', ',"more":1}')],
    ['a negative round', text.replace('"round":3', '"round":-1')],
    ['another spelling of a number', text.replace('"round":3', '"round":3.0')],
    // As bytes of a mask label all lone surrogates are the same, so two such runs would share their masks.
    ['a lone surrogate', text.replace('"run":"r"', '"run":"\\ud800"')],
  ])('is refused with %s', (_, changed) => {
    expect(refusal(() => verifyRoute(platform, around(changed)))).toBe('YX_FEDERATION_ENVELOPE_REFUSED')
    expect(refusal(() => new EnvelopeReader(platform).read(around(changed)))).toBe(
      'YX_FEDERATION_ENVELOPE_REFUSED',
    )
  })

  it.each([
    ['from', 'SECRET-NAME'],
    ['to', 'SECRET-NAME'],
    ['type', 'SECRET-NAME'],
  ])('is refused without repeating a foreign name in %s', (field, name) => {
    const changed = around(JSON.stringify({ ...fields, [field]: name }))
    for (const read of [
      () => verifyRoute(platform, changed),
      () => new EnvelopeReader(platform).read(changed),
    ]) {
      expect(() => read()).not.toThrow(/SECRET-NAME/)
    }
  })
})

describe('message bodies', () => {
  it('survive the way there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (totals) => {
        const back = decodeBody('round.share', 'water', encodeBody({ totals }))
        expect([...back.totals]).toEqual([...totals])
      }),
    )
  })

  it('are refused with one error, whatever is wrong with them', () => {
    const good = encodeBody({ totals: new Uint8Array(64) })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length), (noise, cut) => {
        for (const bytes of [
          noise,
          good.subarray(0, cut === good.length ? cut - 1 : cut),
          Buffer.concat([good, noise, Buffer.from([0])]),
        ]) {
          expect(refusal(() => decodeBody('round.share', 'water', Uint8Array.from(bytes)))).toBe(
            'YX_FEDERATION_MESSAGE_MALFORMED',
          )
        }
      }),
    )
  })

  /** Bytes of a body by hand. */
  const framed = (text: string, ...arrays: readonly number[][]): Uint8Array => {
    const json = Buffer.from(text)
    const lengths = [arrays.length, ...arrays.map(({ length }) => length)]
    const words = Buffer.from(Uint32Array.from([json.length, ...lengths]).buffer)
    return new Uint8Array(
      Buffer.concat([
        words.subarray(0, 4),
        json,
        words.subarray(4),
        ...arrays.map((array) => Buffer.from(array)),
      ]),
    )
  }

  it('have one form: array by array in the order of the text, each once', () => {
    const good = framed('{"labelled":{"$bytes":0},"bad":{"$bytes":1}}', [1], [2])
    expect(Buffer.compare(encodeBody(decodeBody('labels.share', 'bank', good)), good)).toBe(0)
    for (const bytes of [
      framed('{"labelled":{"$bytes":0},"bad":{"$bytes":0}}', [1], [2]),
      framed('{"labelled":{"$bytes":0},"bad":{"$bytes":0}}', [1]),
      framed('{"labelled":{"$bytes":1},"bad":{"$bytes":0}}', [1], [2]),
      framed('{"labelled":{"$bytes":0},"bad":{"$bytes":1}}', [1], [2], [3]),
      framed('{"labelled":{"$bytes":0,"x":1},"bad":{"$bytes":1}}', [1], [2]),
      framed('{"labelled":{"$bytes":0},"bad":{"$bytes":1},"bad":{"$bytes":1}}', [1], [2]),
      framed('{"labelled":{"$bytes":-0},"bad":{"$bytes":1}}', [1], [2]),
    ]) {
      expect(refusal(() => decodeBody('labels.share', 'bank', bytes))).toBe('YX_FEDERATION_MESSAGE_MALFORMED')
    }
    expect(refusal(() => decodeBody('run.kept', 'water', framed('{"$bytes":0}', [])))).toBe(
      'YX_FEDERATION_MESSAGE_MALFORMED',
    )
  })

  it('of a type that only an object has by birth are refused', () => {
    for (const type of ['toString', 'constructor', '__proto__'] as unknown as 'run.kept'[]) {
      expect(refusal(() => decodeBody(type, 'water', framed('{}')))).toBe('YX_FEDERATION_MESSAGE_MALFORMED')
    }
  })

  it('are refused without repeating a field that the schema does not know', () => {
    const bytes = framed('{"totals":{"$bytes":0},"SECRET-FIELD":1}', [1])
    expect(() => decodeBody('round.share', 'water', bytes)).not.toThrow(/SECRET-FIELD/)
    expect(() => decodeBody('round.share', 'water', bytes)).toThrow(/additional/)
  })

  it('claim any length without getting memory for it', () => {
    const good = encodeBody({ totals: new Uint8Array(64) })
    const before = process.memoryUsage().arrayBuffers
    for (const at of [0, 4 + Buffer.from(good).readUInt32LE(0), 8 + Buffer.from(good).readUInt32LE(0)]) {
      for (const claimed of [2 ** 32 - 1, 2 ** 32 - 4, 2 ** 31, 2 ** 28]) {
        const bytes = Uint8Array.from(good)
        new DataView(bytes.buffer).setUint32(at, claimed, true)
        expect(refusal(() => decodeBody('round.share', 'water', bytes))).toBe(
          'YX_FEDERATION_MESSAGE_MALFORMED',
        )
      }
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  })

  it('are refused when they carry more or other fields than their step', () => {
    expect(
      refusal(() =>
        decodeBody('round.share', 'water', encodeBody({ totals: new Uint8Array(1), weights: [1] })),
      ),
    ).toBe('YX_FEDERATION_MESSAGE_MALFORMED')
    expect(refusal(() => decodeBody('round.share', 'water', encodeBody({ totals: 'text' })))).toBe(
      'YX_FEDERATION_MESSAGE_MALFORMED',
    )
  })
})
