/**
 * The platform's sum of a night: what was shared, and the last vectors of providers that are absent or could not hold back,
 * as far as the seeds of those that share take the masks off. It stays masked by the key holder until that opens it.
 */
import { packResidues, type Suite, unpackResidues } from '../../engine/index.ts'
import type { AuthorisedRows } from '../authorisation/authorised-rows.ts'
import { encodeBody } from '../messages/codec.ts'
import type { Body } from '../messages/schema.ts'
import type { RunPlan } from '../plan.ts'
import type { Part } from './choose-set.ts'
import { nightErrors } from './errors.ts'
import { addVectors, type NightVectors, noVectors, stripPair } from './masks.ts'
import { isPublicIn } from './model.ts'
import type { NightContext, NightModel, PlatformNightData } from './night-context.ts'
import type { NightDesk } from './night-desk.ts'
import type { MaskedVector, PendingNight } from './platform-memory.ts'
import { alongRows } from './row-map.ts'
import { carried, type NightSet, sharing, versionIn } from './set.ts'

export interface Share {
  readonly provider: string
  readonly body: Body<'night.share'>
  readonly vectors: NightVectors
}

export interface AddedInput {
  readonly context: NightContext
  readonly data: PlatformNightData
  readonly model: NightModel
  readonly plan: RunPlan
  readonly desk: NightDesk
  readonly set: NightSet
  readonly shares: readonly Share[]
  readonly parts: ReadonlyMap<string, Part>
  readonly reasons: ReadonlyMap<string, string>
  readonly list: AuthorisedRows | null
  readonly publicOnly: Uint8Array
  /** 1 for each row that stays closed. */
  readonly closed: Uint8Array
}

/** Hashes of masked vectors, as their sender signs them. */
export const hashesOf = (
  suite: Suite,
  { points, exclusions }: { readonly points: Uint8Array; readonly exclusions: Uint8Array },
) => ({
  points: Buffer.from(suite.hash(points)).toString('hex'),
  exclusions: Buffer.from(suite.hash(exclusions)).toString('hex'),
})

/**
 * @returns the opening to be asked for, and the vectors that take the place of the kept ones once it is opened
 * @throws NothingToCarry where nobody can take a mask off, PartyGone
 */
export async function addShares(
  input: AddedInput,
): Promise<{ pending: PendingNight; vectors: MaskedVector[] }> {
  const { context, data, set, shares, publicOnly } = input
  const { node, services } = context
  const { suite } = node.membership
  const { night, planHash, rosterDigest, entries } = set
  const { size } = data.roster
  const at = services.clock.now().toISOString()
  const sum = noVectors(size)
  const unrated = Uint8Array.from(input.closed)
  const withheld = Uint8Array.from(input.closed)
  const shared = shares.map((share) => {
    addVectors(sum, share.vectors)
    return keptOf(input, share, at)
  })
  const old: MaskedVector[] = []
  for (const { provider } of carried(set)) {
    const kept = (await context.memory.vector(planHash, provider)) as MaskedVector
    const stripped = strip(suite, kept, input)
    const rows = data.lineage.rowsOf(kept.rosterDigest) as Int32Array
    addVectors(sum, {
      points: alongRows(stripped.vectors.points, rows),
      exclusions: alongRows(stripped.vectors.exclusions, rows),
    })
    const isPublic = isPublicIn(input.plan)(provider)
    for (let row = 0; row < size; row++) {
      if (rows[row] < 0) unrated[row] = 1
      else if (!isPublic && kept.used[rows[row]] !== usedNow(input, row)) withheld[row] = unrated[row] = 1
    }
    old.push(stripped)
  }
  const blinding = old.length > 0 ? shares[0].provider : ''
  if (blinding !== '') {
    await node.post(blinding, 'night.blind', { exclusions: packResidues(sum.exclusions) })
    const { body } = await input.desk.take('night.blinded', blinding)
    sum.exclusions.set(unpackResidues(body.exclusions, size))
  }
  const commit: Body<'night.commit'> = {
    ...{ night, planHash, rosterDigest, entries: [...entries] },
    shares: shares.map(({ provider, body }) => ({
      ...{ provider, base: body.base, ...hashesOf(suite, body), signature: body.signature },
    })),
    ...{ blinding, withheld, missing: new Uint8Array(0) },
  }
  const place = ({ provider }: { provider: string }) => entries.findIndex((one) => one.provider === provider)
  const vectors = [...shared, ...old].sort((a, b) => place(a) - place(b))
  const parts = vectors.map((vector) => partOf(input, vector))
  const pending = { night, planHash, rosterDigest, at, publicOnly, unrated, sum, parts }
  return { pending: { ...pending, commit: encodeBody(commit) }, vectors }
}

const usedNow = ({ list }: AddedInput, row: number): number => (list ? list.rows[row] : 1)

/** A vector of tonight as it will be kept, with the masks of all that share. */
function keptOf({ context, model, set, parts, list }: AddedInput, share: Share, at: string): MaskedVector {
  const { provider, vectors } = share
  const { night, planHash, rosterDigest } = set
  const names = sharing(set)
  const place = names.indexOf(provider)
  const last = context.memory.about(planHash, provider)
  const earlier = last?.confirmed ?? model.trainedAt
  const version = versionIn(set, provider)
  const opened = [...(last?.former ?? []), last?.version ?? share.body.base]
  const former = opened.filter((one) => one !== version)
  return {
    ...{ provider, night, version, former, rosterDigest, at, vectors },
    ...{ before: names.slice(0, place), after: names.slice(place + 1) },
    confirmed: parts.get(provider) === 'held' ? earlier : at,
    used: list ? Uint8Array.from(list.rows) : new Uint8Array(vectors.points.length).fill(1),
  }
}

function partOf({ parts, reasons }: AddedInput, { provider, confirmed }: MaskedVector) {
  const part = parts.get(provider) as Part
  const since = part === 'fresh' ? null : confirmed
  return { provider, part, since, reason: reasons.get(provider) ?? '' }
}

/** Takes off what the seeds of the providers that share allow; masks with others of the same last night cancel in the sum. */
function strip(suite: Suite, kept: MaskedVector, { shares, set }: AddedInput): MaskedVector {
  const seeds = new Map(
    shares.flatMap(({ provider, body }) =>
      body.seeds.filter((one) => one.provider === kept.provider).map((one) => [provider, one.seed] as const),
    ),
  )
  const nights = new Map(carried(set).map(({ provider, night }) => [provider, night]))
  const left = (peers: readonly string[], standsBefore: boolean) =>
    peers.filter((peer) => {
      const seed = seeds.get(peer)
      if (seed) stripPair(suite, kept.vectors, seed, kept.night, standsBefore)
      else if (nights.get(peer) !== kept.night)
        throw new nightErrors.NothingToCarry(kept.provider, `${peer} has lost the seed of ${kept.night}`)
      return seed === undefined
    })
  return { ...kept, before: left(kept.before, true), after: left(kept.after, false) }
}
