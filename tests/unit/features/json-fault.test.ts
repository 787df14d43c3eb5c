import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonFault } from '../../../features/json-fault.ts'

describe('jsonFault', () => {
  test.each([
    ['{"a": 1,\n "b": x}', 2, 7],
    ['{"a": 1\n "b": 2}', 2, 2],
    ['{"a": 1,}', 1, 9],
    ['[1, 2,\n]', 2, 1],
    ['{"a": 1}\n\ntail', 3, 1],
    ['{"a": 01}', 1, 8],
    ["{'a': 1}", 1, 2],
    ['{"a": "x\ny"}', 1, 7],
    ['', 1, 1],
    ['{"a": [1, 2', 1, 12],
    ['[}', 1, 2],
  ])('%j stops at line %i, column %i', (text, line, column) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(jsonFault(text)).toEqual({ line, column })
  })

  test('takes all of what JSON.parse takes: the fault of text + "!" is the "!"', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(jsonFault(`${text}!`)).toEqual({ line: 1, column: text.length + 1 })
      }),
    )
  })
})
