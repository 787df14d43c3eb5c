/** Phase A, driven by the platform: label shares from every bank, plausibility, the noisy counts behind p0. */
import {
  addInto,
  addProductInto,
  gather,
  packResidues,
  residueOf,
  sumResidues,
  unpackResidues,
} from '../../engine/index.ts'
import { labelSumsCharge } from '../charges.ts'
import { federationErrors } from '../errors.ts'
import { KEY_HOLDER } from '../members.ts'
import type { PlatformRun } from '../roles/platform/run.ts'
import { answerKeyHolder } from './cross-answer.ts'
import { combinations, labelNoise } from './label-sums.ts'

export interface OpenedLabels {
  /** Labelled rows and bads of the training folds, labelled rows of the roster; all as opened with noise. */
  readonly labelled: number
  readonly bads: number
  readonly labelledAll: number
}

/** P's shares of labelled and bad, and the hash of what it received. */
export interface LabelShares {
  readonly labelled: Float64Array
  readonly bad: Float64Array
  readonly sharesHash: string
}

/** Takes every label holder's shares. */
export async function takeLabelShares({ node, mailbox, options, roster }: PlatformRun): Promise<LabelShares> {
  const labelled = new Float64Array(roster.size)
  const bad = new Float64Array(roster.size)
  const { suite } = node.membership
  const hashes: Uint8Array[] = []
  for (const { body } of await mailbox.takeAll('labels.share', options.labelHolders)) {
    addInto(labelled, unpackResidues(body.labelled, roster.size))
    addInto(bad, unpackResidues(body.bad, roster.size))
    hashes.push(suite.hash(body.labelled, body.bad))
  }
  return { labelled, bad, sharesHash: Buffer.from(suite.hash(...hashes)).toString('hex') }
}

/** @throws OneClass, and whatever the key holder refuses */
export async function openLabels(run: PlatformRun, labelSigma: number): Promise<OpenedLabels> {
  const { node, mailbox, options, sharesHash } = run
  const { labelHolders } = options
  const { suite } = node.membership
  await node.post(KEY_HOLDER, 'labels.ready', { sharesHash })
  const { body: query } = await mailbox.take('labels.query', KEY_HOLDER)
  // (m_P + m_H)^2 = m_P^2 + 2 m_P m_H + m_H^2: the cross term of a vector with itself.
  const crossLabelled = await answerKeyHolder(run, 'labelled', query.labelled, [run.labelled, run.labelled])
  const crossBad = await answerKeyHolder(run, 'bad', query.bad, [run.bad, run.bad])
  addProductInto(crossLabelled.rho, run.labelled, run.labelled)
  addProductInto(crossBad.rho, run.bad, run.bad)
  await run.charge(labelSumsCharge(labelHolders.length, labelSigma))
  const sums = Float64Array.from([
    sumResidues(gather(run.labelled, run.trainRows)),
    sumResidues(gather(run.bad, run.trainRows)),
    sumResidues(run.labelled),
    sumResidues(crossLabelled.rho),
    sumResidues(crossBad.rho),
    ...combinations(suite, query.seed, run.labelled, run.bad),
  ])
  // Other sums never meet the same noise: their difference would be exact.
  const hash = Buffer.from(suite.hash(packResidues(sums))).toString('hex')
  const noise = run.random.random('label noise', hash)
  addInto(sums, labelNoise(noise, labelSigma).map(residueOf))
  await node.post(KEY_HOLDER, 'labels.answer', {
    labelled: crossLabelled.answer,
    bad: crossBad.answer,
    sums: packResidues(sums),
  })
  const { body } = await mailbox.take('labels.opened', KEY_HOLDER)
  const [labelled, bads, labelledAll] = body.sums
  const least = Math.max(1, 3 * Math.SQRT2 * labelSigma)
  if (!(bads >= least && labelled - bads >= least)) {
    throw new federationErrors.OneClass(Math.max(0, labelled), Math.max(0, bads))
  }
  return { labelled, bads, labelledAll }
}
