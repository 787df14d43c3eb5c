import { expect, test } from 'vitest'
import { CELL, createRoster, type FeatureCard, layFeatures } from '../../../features/index.ts'

const card = (name: string, more: Partial<FeatureCard> = {}): FeatureCard => ({
  name,
  title: { zh: name, en: name },
  meaning: { zh: name, en: name },
  window: 'now',
  unit: 'persons',
  direction: 'free',
  kind: 'numeric',
  decimals: 2,
  ...more,
})

test('integers stay integers; missing, not held and off the roster are told apart; the card states the trend', () => {
  const roster = createRoster(['a', 'b', 'c', 'd'])
  const table = {
    ids: ['b', 'd', 'x'],
    columns: [
      {
        card: card('size', { direction: 'falling' }),
        values: Int32Array.of(125, 0, 7),
        present: Uint8Array.of(1, 0, 1),
      },
      {
        card: card('level', {
          kind: 'categorical',
          decimals: 0,
          categories: ['M', 'B', 'A', 'D'],
        }),
        values: Int32Array.of(0, 2, 3),
        present: Uint8Array.of(1, 1, 1),
      },
    ],
  }
  const { held, missing, notHeld } = CELL
  expect(layFeatures(table, roster, 'water')).toEqual([
    {
      kind: 'numeric',
      name: 'water.size',
      values: Float64Array.of(Number.NaN, 125, Number.NaN, Number.NaN),
      state: Uint8Array.of(notHeld, held, notHeld, missing),
      trend: 'falling',
    },
    {
      kind: 'categorical',
      name: 'water.level',
      codes: Int32Array.of(-1, 1, -1, 0),
      categories: ['A', 'M'],
      state: Uint8Array.of(notHeld, held, notHeld, held),
      trend: 'free',
    },
  ])
})
