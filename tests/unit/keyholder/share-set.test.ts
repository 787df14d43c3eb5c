/** The key holder's secret over custodians: what restores it, what says nothing of it, and what is refused by name. */
import fc from 'fast-check'
import { combine, split } from 'shamir-secret-sharing'
import { describe, expect, it } from 'vitest'
import { createIdentity, fingerprintOf, secureRandom } from '../../../federation/index.ts'
import { IDENTITY_FILE, packSecret } from '../../../server/keyholder/kept-secret.ts'
import { restoreSecret } from '../../../server/keyholder/restore-secret.ts'
import { combineSecret, splitSecret } from '../../../server/keyholder/share-set.ts'
import { shareText } from '../../../server/keyholder/share-text.ts'
import { subsets, testSet } from './shares.ts'

const codeOf = (promise: Promise<unknown>): Promise<{ code: string; message: string }> =>
  promise.then(
    () => ({ code: 'none', message: '' }),
    (fault) => fault,
  )

describe('five shares, any three of which restore', () => {
  it.each(['international', 'national'] as const)(
    'every three of them give the same files, byte for byte (%s)',
    async (suite) => {
      const { files, secret } = await testSet({ suite })
      const threes = subsets(files, 3)
      expect(threes).toHaveLength(10)
      for (const three of threes) {
        // In any order: custodians come as they come.
        expect((await restoreSecret([...three].reverse())).secret).toEqual(secret)
      }
      expect((await restoreSecret(files)).secret).toEqual(secret)
    },
  )

  it('no two of them do, whatever the check says of their number', async () => {
    const { files, shares } = await testSet()
    for (const two of subsets(files, 2)) {
      const { code, message } = await codeOf(restoreSecret(two))
      expect(code).toBe('YX_SERVER_KEY_SHARES_TOO_FEW')
      expect(message).toContain('2 shares were given; this set needs 3')
    }
    // Without that check the seal still holds: two points give another key.
    for (const two of subsets(shares, 2))
      expect((await codeOf(combineSecret(two))).code).toBe('YX_ENGINE_SEAL_REFUSED')
  })

  it('one share brought twice is named', async () => {
    const { files } = await testSet()
    const again = { file: 'copy.txt', text: files[0].text }
    const { code, message } = await codeOf(restoreSecret([files[0], files[1], again]))
    expect(code).toBe('YX_SERVER_KEY_SHARE_TWICE')
    expect(message).toContain('copy.txt')
  })

  it('a share of another set is named, also of the same keys on the same day', async () => {
    const { files, secret } = await testSet()
    const { signKey, agreeKey } = secret
    const other = await splitSecret(
      packSecret(secret),
      {
        ...{ consortium: '示范联盟', member: 'keyholder', suite: 'international' },
        ...{ shares: 5, threshold: 3, date: '2026-03-01' },
        fingerprint: fingerprintOf('international', { signKey, agreeKey }),
      },
      secureRandom,
    )
    const foreign = { file: 'foreign.txt', text: shareText(other[2]) }
    const { code, message } = await codeOf(restoreSecret([files[0], foreign, files[1], files[3]]))
    expect(code).toBe('YX_SERVER_KEY_SHARES_MIXED')
    expect(message).toMatch(/joined: foreign\.txt \(set/)
  })

  it('a share made up under the name of a set is not of that set', async () => {
    const { shares, files } = await testSet()
    const forged = { ...shares[2], point: Uint8Array.from(shares[2].point, (byte) => byte ^ 1) }
    const { code, message } = await codeOf(
      restoreSecret([files[0], files[1], { file: 'forged.txt', text: shareText(forged) }]),
    )
    expect(code).toBe('YX_SERVER_KEY_SHARES_DAMAGED')
    expect(message).toContain('forged.txt: the share is not the one')
    // The control: the library joins it without a word, to another key.
    const joined = await combine([shares[0].point, shares[1].point, forged.point].map((p) => p.slice()))
    expect(joined).not.toEqual(await combine(shares.slice(0, 3).map(({ point }) => point.slice())))
  })

  it('keys that are not those of the fingerprint are not given out', async () => {
    const { identity, member } = createIdentity('keyholder', 'keyholder')
    const stranger = createIdentity('keyholder', 'keyholder').member
    const keys = { signKey: stranger.signKey, agreeKey: member.agreeKey }
    const shares = await splitSecret(
      packSecret({ files: { [IDENTITY_FILE]: JSON.stringify(identity) }, ...keys }),
      {
        ...{ consortium: 'c', member: 'keyholder', suite: 'international' },
        ...{ shares: 2, threshold: 2, date: '2026-03-01', fingerprint: fingerprintOf('international', keys) },
      },
      secureRandom,
    )
    const files = shares.map((share, i) => ({ file: `${i}`, text: shareText(share) }))
    expect((await codeOf(restoreSecret(files))).code).toBe('YX_SERVER_KEYS_DIFFER')
  })
})

describe('numbers of shares', () => {
  it.each([
    [1, 1],
    [3, 1],
    [2, 3],
    [21, 3],
    [3.5, 2],
  ])('%s shares with threshold %s are refused', async (shares, threshold) => {
    expect((await codeOf(testSet({ shares, threshold }))).code).toBe('YX_SERVER_USAGE_SHARES')
  })

  it('any fitting pair restores from any threshold of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 20 }).chain((shares) =>
          fc.record({
            shares: fc.constant(shares),
            threshold: fc.integer({ min: 2, max: shares }),
            order: fc.shuffledSubarray([...Array(shares).keys()], { minLength: shares }),
          }),
        ),
        fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
        async ({ shares, threshold, order }, consortium) => {
          const { files, secret } = await testSet({ shares, threshold, consortium })
          const some = order.slice(0, threshold).map((i) => files[i])
          const restored = await restoreSecret(some)
          expect(restored.secret).toEqual(secret)
          expect(restored.common).toMatchObject({ consortium, shares, threshold })
        },
      ),
      { numRuns: 25 },
    )
  })
})

/** GF(256) of AES written out for this test, apart from the library. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit++) {
    if ((b >>> bit) & 1) product ^= a
    a = (a << 1) ^ (a & 0x80 ? 0x11b : 0)
  }
  return product
}
const over = (a: number, b: number): number => {
  for (let c = 0; c < 256; c++) if (times(b, c) === a) return c
  throw new RangeError('no inverse')
}
/** Value at x of the polynomial through the points. */
const through = (points: readonly (readonly [number, number])[], x: number): number =>
  points.reduce(
    (sum, [xi, yi], i) =>
      sum ^
      times(
        yi,
        points.reduce((p, [xj], j) => (i === j ? p : times(p, over(x ^ xj, xi ^ xj))), 1),
      ),
    0,
  )

describe('two shares of a key that three restore', () => {
  it('fit every key: for each value of each byte there is a third share that gives it', async () => {
    const [a, b] = (await split(Uint8Array.of(17, 200), 3, 3)) as [Uint8Array, Uint8Array, Uint8Array]
    const place = [...Array(255).keys()].map((x) => x + 1).find((x) => x !== a[2] && x !== b[2])!
    for (const candidate of Array(256).keys()) {
      const third = [0, 1].map((byte) =>
        through(
          [
            [0, candidate],
            [a[2], a[byte]],
            [b[2], b[byte]],
          ],
          place,
        ),
      )
      expect(await combine([a, b, Uint8Array.of(...third, place)])).toEqual(
        Uint8Array.of(candidate, candidate),
      )
    }
  })

  it('look the same in two worlds: their values are uniform whatever the secret', async () => {
    // One split of 6,000 equal bytes is 6,000 splits of one byte.
    const size = 6000
    for (const secret of [0, 255]) {
      const [a, b] = await split(new Uint8Array(size).fill(secret), 3, 3)
      // Both high nibbles together: 256 cells, each 1/256.
      const cells = new Float64Array(256)
      for (let i = 0; i < size; i++) cells[(a[i] >> 4) * 16 + (b[i] >> 4)]++
      const expected = size / 256
      const chi = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      // 255 degrees of freedom: mean 255, deviation 22.6; seven deviations.
      expect(chi).toBeLessThan(255 + 7 * 22.6)
    }
  })

  it('the same statistic tells the worlds apart with a third share in hand (control)', async () => {
    for (const secret of [0, 255]) {
      const shares = await split(new Uint8Array(64).fill(secret), 3, 3)
      const [x, y, z] = shares.map((share) => share[64])
      const read = Array.from({ length: 64 }, (_, i) =>
        through(
          [
            [x, shares[0][i]],
            [y, shares[1][i]],
            [z, shares[2][i]],
          ],
          0,
        ),
      )
      expect(new Set(read)).toEqual(new Set([secret]))
    }
  })
})
