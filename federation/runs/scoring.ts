/** Section 7, driven by the platform: masked points of every provider, opened once per set, over the whole roster. */
import { addInto, addWords, subtractWords, unpackResidues } from '../../engine/index.ts'
import { totalsCharge } from '../charges.ts'
import { KEY_HOLDER } from '../members.ts'
import type { PlatformRun } from '../roles/platform/run.ts'
import { wordsOfBytes } from './words.ts'

export interface OpenedScores {
  /** Sum of all providers' points per roster row, in hundredths, the public offset not yet added. */
  readonly totals: Int32Array
  /** 1 where any exclusion rule of any provider fired; empty if not asked for. */
  readonly excluded: Uint8Array
}

/**
 * @param opening names the opening; each is opened once
 * @param scale the calibration that the providers fold into their points
 * @throws AuthorisationExpired
 */
export async function openScores(
  run: PlatformRun,
  opening: string,
  scale: { intercept: number; slope: number },
  exclusions: boolean,
): Promise<OpenedScores> {
  const { node, mailbox, roster, services, signedPlan: plan } = run
  run.authorised?.checkTime(services.clock.now())
  const providers = plan.providers.map(({ name }) => name)
  const { intercept, slope } = scale
  for (const provider of providers) {
    await node.post(provider, 'score.request', { opening, intercept, slope, exclusions })
  }
  const words = new Uint32Array(roster.size)
  const fired = new Float64Array(exclusions ? roster.size : 0)
  for (const provider of providers) {
    const { body } = await mailbox.take('score.share', provider, 0, opening)
    addWords(words, wordsOfBytes(body.points, roster.size))
    if (exclusions) addInto(fired, unpackResidues(body.exclusions, roster.size))
  }
  await run.charge(totalsCharge(opening, roster.size))
  await node.post(KEY_HOLDER, 'score.commit', { opening, providers, exclusions })
  const { body } = await mailbox.take('score.masks', KEY_HOLDER, 0, opening)
  // Points travel as value + PRG(k,H), so what H releases comes off; exclusions as value - PRG(k,H), so it goes on.
  subtractWords(words, wordsOfBytes(body.points, roster.size))
  if (exclusions) addInto(fired, unpackResidues(body.exclusions, roster.size))
  return {
    totals: new Int32Array(words.buffer),
    excluded: Uint8Array.from(fired, (sum) => (sum === 0 ? 0 : 1)),
  }
}
