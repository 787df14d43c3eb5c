/** security.md T06: two payloads under one mask show their difference; labels and fresh masks keep them apart. */
import { describe, expect, test } from 'vitest'
import { LinearResponder } from '../../engine/bfv/linear.ts'
import { LinearOwner } from '../../engine/bfv/linear-owner.ts'
import {
  freshResidues,
  international,
  LabelGuard,
  lift,
  maskResidues,
  residueOf,
  type StreamLabel,
  systemRandom,
} from '../../engine/index.ts'
import { packingOf, seededRandom } from '../unit/engine/fixtures.ts'

const ROWS = 50
const packing = packingOf(ROWS, 8)
const ones = new Float64Array(ROWS).fill(1)

/** Masked column sums of two answers whose columns differ by one firm, as the owner decrypts them. */
async function twoAnswers(masks: () => Float64Array): Promise<[number, number]> {
  using owner = await LinearOwner.create(packing)
  const query = owner.encrypt(ones)
  const sums: number[] = []
  for (const holds of [20, 21]) {
    const codes = [new Uint8Array(ROWS).fill(255).fill(0, 0, holds)]
    using responder = await LinearResponder.create(packing, { rows: ROWS, width: 1, codes }, 0)
    const { bytes } = responder.answer(query, 0, 1, masks(), systemRandom(32))
    sums.push(owner.decrypt(bytes, 1)[0])
  }
  return [sums[0], sums[1]]
}

describe('masks of answers', () => {
  test('control: one mask for two answers shows that one firm came in', async () => {
    const mask = freshResidues(seededRandom('once'), 1)
    const [before, after] = await twoAnswers(() => mask)
    expect(lift(residueOf(after - before))).toBe(1)
    // each alone says nothing
    expect([before, after]).not.toContain(20)
  })

  test('fresh masks: the difference is as large as a uniform residue', async () => {
    const random = seededRandom('fresh')
    const [before, after] = await twoAnswers(() => freshResidues(random, 1))
    expect(Math.abs(lift(residueOf(after - before)))).toBeGreaterThan(2 ** 36)
  })
})

describe('masks of shares', () => {
  const label: StreamLabel = {
    consortium: 'c',
    snapshot: 's',
    run: 'r',
    opening: '',
    phase: 'share',
    round: 1,
    attempt: 1,
  }
  const secrets = { keyHolder: new Uint8Array(32).fill(1), before: [new Uint8Array(32).fill(2)], after: [] }
  const first = Int32Array.from({ length: ROWS }, (_, row) => row)
  const second = first.map((value, row) => (row === 7 ? value + 5 : value))
  const changed = (a: StreamLabel, b: StreamLabel) => {
    const [x, y] = [
      maskResidues(international, secrets, a, first),
      maskResidues(international, secrets, b, second),
    ]
    return Array.from(x, (value, row) => lift(residueOf(y[row] - value)))
  }

  test('control: a retry under the same label shows which row changed, and by how much', () => {
    expect(changed(label, label)).toEqual(Array.from({ length: ROWS }, (_, row) => (row === 7 ? 5 : 0)))
  })

  test('a new attempt shows nothing, and the guard refuses the old label', () => {
    const differences = changed(label, { ...label, attempt: 2 })
    expect(differences.filter((difference) => Math.abs(difference) < 2 ** 30).length).toBe(0)
    const guard = new LabelGuard()
    guard.claim(label, 'first')
    expect(() => guard.claim(label, 'second')).toThrow(
      expect.objectContaining({ code: 'YX_ENGINE_LABEL_REUSED' }),
    )
  })
})
