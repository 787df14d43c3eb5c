import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeOnnx } from '../../../features/extract/neural/onnx-writer.ts'
import { WireWriter } from '../../../features/extract/neural/wire-writer.ts'
import { inspectOnnx } from '../../../features/extract/onnx-inspect.ts'
import { endless, model, weightedSum } from './onnx/models.ts'

const read = (name: string): Uint8Array => readFileSync(new URL(`./onnx/${name}.onnx`, import.meta.url))
const fault = (bytes: Uint8Array): string => {
  try {
    inspectOnnx(bytes, 'm.onnx')
    return 'none'
  } catch (cause) {
    const { code, message } = cause as { code: string; message: string }
    expect(message).toMatch(/^m\.onnx: .+ Rule: .+ Mend: /)
    return code.replace('YX_FEATURES_ONNX_', '')
  }
}
const tensor = (field: number, value: WireWriter): Uint8Array =>
  new WireWriter().integer(1, 8).message(7, new WireWriter().message(field, value)).finish()

describe('inspectOnnx', () => {
  test('lets models of the standard through, those of Python and ours, with graphs within', () => {
    for (const bytes of [read('boosting'), read('pipeline'), weightedSum([1, 2]), endless()]) {
      expect(fault(bytes)).toBe('none')
    }
  })

  test('refuses numbers in other files, wherever the tensor stands', () => {
    const outside = new WireWriter().message(13, new WireWriter().text(1, 'location').text(2, '../../secret'))
    const marked = new WireWriter().integer(14, 1)
    const attribute = (field: number, content: WireWriter): WireWriter =>
      new WireWriter().message(5, new WireWriter().text(1, 'value').message(field, content))
    const graph = new WireWriter().message(5, outside)
    for (const bytes of [
      tensor(5, outside),
      tensor(5, marked),
      tensor(15, new WireWriter().message(1, outside)),
      tensor(15, new WireWriter().message(2, marked)),
      tensor(1, attribute(5, outside)),
      tensor(1, attribute(10, outside)),
      tensor(1, attribute(6, graph)),
      tensor(1, attribute(11, graph)),
      tensor(1, attribute(22, new WireWriter().message(1, outside))),
      tensor(1, attribute(23, new WireWriter().message(1, outside))),
    ]) {
      expect(fault(bytes)).toBe('EXTERNAL_DATA')
    }
  })

  test('refuses operators outside the standard, random ones and functions, within graphs too', () => {
    const custom = { operator: 'Secret', domain: 'com.example', inputs: ['x'], outputs: ['y'] }
    const random = { operator: 'RandomNormalLike', inputs: ['x'], outputs: ['y'] }
    const within = {
      operator: 'If',
      inputs: ['x'],
      outputs: ['y'],
      attributes: {
        then_branch: { graph: { name: 'b', inputs: [], outputs: [], constants: [], nodes: [random] } },
      },
    }
    for (const node of [custom, random, within]) expect(fault(model(1, [node]))).toBe('OPERATOR_REFUSED')
    const functions = new WireWriter().message(25, new WireWriter().text(1, 'f')).finish()
    expect(fault(Buffer.concat([weightedSum([1]), functions]))).toBe('OPERATOR_REFUSED')
  })

  test('refuses what is no model', () => {
    const bytes = weightedSum([1, 2, 3])
    const none = writeOnnx({ name: '', inputs: [], outputs: [], constants: [], nodes: [] })
    expect(fault(none)).toBe('none')
    expect(fault(new Uint8Array(0))).toBe('BROKEN')
    expect(fault(Buffer.from('PK a spreadsheet'))).toBe('BROKEN')
    expect(fault(Buffer.concat([bytes, bytes]))).toBe('BROKEN')
    expect(fault(Buffer.concat([Buffer.from([0x3a, 0x06]), Buffer.from('..ORTM'), bytes]))).toBe('BROKEN')
    let deep = new WireWriter()
    for (let depth = 0; depth < 30; depth++) {
      deep = new WireWriter().message(1, new WireWriter().message(5, new WireWriter().message(6, deep)))
    }
    expect(fault(new WireWriter().integer(1, 8).message(7, deep).finish())).toBe('BROKEN')
  })

  test('a file cut anywhere but between its last fields is refused', () => {
    const bytes = read('pipeline')
    const cut = Array.from({ length: bytes.length }, (_, length) => fault(bytes.subarray(0, length)))
    expect(cut.filter((code) => code !== 'BROKEN').length).toBeLessThan(8)
  })

  test('any bytes give an error of ours or none, quickly', () => {
    const bytes = read('boosting')
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const mutant = Uint8Array.from(bytes)
        for (const [place, value] of changes) mutant[place] = value
        expect(fault(mutant)).toMatch(/^(none|BROKEN|EXTERNAL_DATA|OPERATOR_REFUSED)$/)
      }),
      { seed: 5, numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        expect(fault(any)).not.toBe('none')
      }),
      { seed: 6, numRuns: 500 },
    )
  })
})
