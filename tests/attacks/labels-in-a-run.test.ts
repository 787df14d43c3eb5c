/**
 * security.md T06: in a whole recorded run no stream label serves two payloads. The attacker is the platform: if two rounds
 * shared a label, the difference of two masked vectors of a provider would show how its totals changed, row by row.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LabelGuard, lift, residueOf, unpackResidues } from '../../engine/index.ts'
import { labelText } from '../../engine/stream.ts'
import { PLATFORM } from '../../federation/index.ts'
import { RunSecret } from '../../federation/run-secret.ts'
import { type Outcome, runWith, smallInput } from '../unit/federation/interception.ts'

/** Streams that senders masked with, and whether labels leave the round out. */
const watched = vi.hoisted(() => ({ masked: [] as string[], withoutRound: false }))

vi.mock('../../engine/shares.ts', async (original) => {
  const real = await original<typeof import('../../engine/shares.ts')>()
  const note = (secrets: { keyHolder: Uint8Array }, label: Parameters<typeof labelText>[0]) => {
    // The secret with the key holder tells the senders apart.
    watched.masked.push(`${Buffer.from(secrets.keyHolder).toString('hex')} ${labelText(label, 0)}`)
  }
  const maskResidues: typeof real.maskResidues = (suite, secrets, label, values) => {
    note(secrets, label)
    return real.maskResidues(suite, secrets, label, values)
  }
  const maskWords: typeof real.maskWords = (suite, secrets, label, values) => {
    note(secrets, label)
    return real.maskWords(suite, secrets, label, values)
  }
  return { ...real, maskResidues, maskWords }
})
vi.mock('../../federation/runs/stream-label.ts', async (original) => {
  const real = await original<typeof import('../../federation/runs/stream-label.ts')>()
  const streamLabel: typeof real.streamLabel = (consortium, about) =>
    real.streamLabel(consortium, watched.withoutRound ? { ...about, round: 0 } : about)
  return { ...real, streamLabel }
})

beforeEach(() => {
  watched.masked.length = 0
  watched.withoutRound = false
})
afterEach(() => vi.restoreAllMocks())

const input = smallInput({ rounds: 3 })
const repeated = (texts: readonly string[]): number => texts.length - new Set(texts).size

/** Rows in which the difference of a provider's shares of two rounds is small, as differences of totals are. */
function rowsShown({ recorded }: Outcome): number {
  const [first, second] = [1, 2].map((round) => {
    const share = recorded.find(
      ({ type, from, to, round: at }) =>
        type === 'round.share' && from === 'provider-1' && to === PLATFORM && at === round,
    )
    const bytes = share!.body.totals as Uint8Array
    return unpackResidues(bytes, bytes.length / 6)
  })
  return first.filter((value, row) => Math.abs(lift(residueOf(second[row] - value))) < 2 ** 20).length
}

describe('labels of a recorded run', () => {
  test('never repeat, and two rounds of one provider show nothing', async () => {
    const seeds: string[] = []
    const original = RunSecret.prototype.seed
    vi.spyOn(RunSecret.prototype, 'seed').mockImplementation(function (this: RunSecret, purpose, ...about) {
      if (purpose === 'mask' || purpose === 'answer')
        seeds.push(JSON.stringify([this.commitment, purpose, ...about]))
      return original.call(this, purpose, ...about)
    })
    const outcome = await runWith(input)
    expect(outcome.code).toBeNull()
    // labels and bads of two banks; totals of three rounds, points twice and exclusions of three providers
    expect(watched.masked).toHaveLength(2 * 2 + 3 * (3 + 2 + 1))
    expect(repeated(watched.masked)).toBe(0)
    // fine bins and three rounds of three providers, two servers each; the fine bins have one mask for both
    expect(seeds.filter((text) => text.includes('"answer"')).length).toBeGreaterThanOrEqual(3 * 2 * 4)
    expect(repeated(seeds)).toBe(0)
    expect(rowsShown(outcome)).toBe(0)
  })

  test('control: labels without the round repeat, and every row is shown to the platform', async () => {
    watched.withoutRound = true
    vi.spyOn(LabelGuard.prototype, 'claim').mockImplementation(() => {})
    const outcome = await runWith(input)
    expect(outcome.code).toBeNull()
    expect(repeated(watched.masked)).toBe(3 * 2)
    expect(rowsShown(outcome)).toBe(480)
  })

  test('the guard alone refuses such a label before anything is sent under it', async () => {
    watched.withoutRound = true
    const { code, recorded } = await runWith(input)
    expect(code).toBe('YX_ENGINE_LABEL_REUSED')
    expect(recorded.some(({ type, round }) => type === 'round.share' && round === 2)).toBe(false)
  })
})
