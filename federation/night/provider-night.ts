/**
 * A provider in a night: says which version its points have, shares them masked under a name that is used once, and gives
 * away, for providers that are absent, the seeds of the masks that it shared with them in their last night.
 */
import { addInto, freshNonzeroResidue, packResidues, unpackResidues } from '../../engine/index.ts'
import { type ColumnDrift, columnDrift, type ProviderScorecard, pointsOfColumns } from '../../models/index.ts'
import type { PartyPolicy } from '../approval.ts'
import { DataUse, type ProviderAuthorisation } from '../authorisation/data-use.ts'
import { federationErrors } from '../errors.ts'
import { unexpected } from '../faults-told.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import type { AnyMessage, Message } from '../messages/envelope.ts'
import type { Node } from '../node.ts'
import type { NodeServices, ProviderData, RosterView } from '../ports.ts'
import { bytesOfWords } from '../runs/words.ts'
import { nightErrors } from './errors.ts'
import { blindsOf, maskNight, nightSeed, timesFactors } from './masks.ts'
import { modelOf } from './model.ts'
import { isLater } from './night-id.ts'
import type { NightPolicy } from './policy.ts'
import { laidOver, type PlainVectors, type ProviderMemory } from './provider-memory.ts'
import type { RosterLineage } from './row-map.ts'
import { carried, type NightSet, sharing, statementBytes } from './set.ts'

export type { ProviderScorecard }

/** What a provider brings to a night, read anew for each. */
export interface ProviderNightData {
  readonly roster: RosterView
  readonly lineage: RosterLineage
  readonly data: ProviderData
  readonly authorisation: ProviderAuthorisation
}

/** A provider's own scorecards, by the plan hash of their model. */
export interface ScorecardStore {
  /** Null for a model that is not kept. */
  load(planHash: string): Promise<ProviderScorecard | null>
}

/** Takes what a provider sees of its own columns at a night; nothing of it is told to anybody. */
export type KeepDrift = (of: {
  readonly night: string
  readonly planHash: string
  readonly columns: readonly ColumnDrift[]
}) => Promise<void>

interface OpenNight {
  readonly night: string
  readonly planHash: string
  readonly trainedIn: string
  readonly providers: readonly string[]
  readonly roster: RosterView
  readonly lineage: RosterLineage
  readonly vectors: PlainVectors
  readonly version: string
  readonly base: string
  /** The version that it shares if it is held back. */
  readonly previous: string
  shared: boolean
  /** It blinds the exclusions of this night once. */
  blinded: boolean
}

export class ProviderNight {
  #node: Node
  #services: NodeServices
  #source: () => Promise<ProviderNightData>
  #scorecards: ScorecardStore
  #memory: ProviderMemory
  #policy: PartyPolicy & { readonly night: NightPolicy }
  #keepDrift: KeepDrift
  #open: OpenNight | undefined

  constructor(
    node: Node,
    services: NodeServices,
    source: () => Promise<ProviderNightData>,
    scorecards: ScorecardStore,
    memory: ProviderMemory,
    policy: PartyPolicy & { readonly night: NightPolicy },
    keepDrift: KeepDrift = async () => {},
  ) {
    this.#node = node
    this.#services = services
    this.#source = source
    this.#scorecards = scorecards
    this.#memory = memory
    this.#policy = policy
    this.#keepDrift = keepDrift
  }

  async handle(message: AnyMessage): Promise<void> {
    if (message.from !== PLATFORM) unexpected(message, 'only the platform drives a night')
    if (message.type === 'night.open') return this.#opened(message)
    const open = this.#open
    if (open?.night !== message.run) unexpected(message, 'no such night is open')
    if (message.type === 'night.collect') return this.#share(message, open)
    if (message.type === 'night.blind') return this.#blind(message, open)
    unexpected(message, 'a provider takes no part in this step')
  }

  /** Keeps the points of the day of training: the first night is compared with them. */
  async keepTrained(scorecard: ProviderScorecard): Promise<void> {
    const { data, roster, authorisation } = await this.#source()
    const list = scorecard.authorisation?.list ?? null
    const vectors = await this.#vectors(scorecard, data, roster, authorisation, list)
    const { planHash, run } = scorecard
    const version = await this.#memory.versionOf(planHash, vectors, { rowsOf: () => null }, '')
    const kept = { ...vectors, version, rosterDigest: roster.digest }
    await this.#memory.keep(planHash, run, kept, new Map(), [])
  }

  async #opened(message: Message<'night.open'>): Promise<void> {
    const { run: night, body } = message
    const { membership } = this.#node
    if (!isLater(night, this.#memory.lastNight)) unexpected(message, 'a night is later than all before it')
    this.#node.night = night
    this.#open = undefined
    await membership.takeUp(body.memberList)
    await this.#memory.enter(night)
    if (!this.#policy.night.mayScore) throw new nightErrors.ScoringRefused(membership.name)
    const plan = modelOf(membership, body, this.#policy.leastProviders)
    const scorecard = await this.#scorecards.load(body.planHash)
    const providers = plan.providers.map(({ name }) => name)
    if (!scorecard || !providers.includes(membership.name))
      throw new nightErrors.ModelUnknown(membership.name, body.planHash)
    const { data, roster, lineage, authorisation } = await this.#source()
    if (roster.digest !== body.rosterDigest)
      throw new federationErrors.RosterDiffers(membership.name, roster.size, 'another number of')
    const vectors = await this.#vectors(scorecard, data, roster, authorisation, body.authorisation, {
      purpose: plan.purpose,
      night,
    })
    const last = body.last?.version ?? ''
    const base = this.#memory.versionIn(body.planHash, plan.run)
    const version = await this.#memory.versionOf(body.planHash, vectors, lineage, last || base)
    const previous = last || base
    const kept = previous === '' ? null : await this.#memory.vector(body.planHash, previous)
    const holds = kept !== null && lineage.rowsOf(kept.rosterDigest) !== null
    this.#open = {
      ...{ night, planHash: body.planHash, trainedIn: plan.run, providers, roster, lineage, vectors },
      ...{ version, base, previous: holds ? previous : '', shared: false, blinded: false },
    }
    await this.#node.post(PLATFORM, 'night.ready', { version, base, holds })
  }

  async #vectors(
    scorecard: ProviderScorecard,
    data: ProviderData,
    roster: RosterView,
    authorisation: ProviderAuthorisation,
    list: { readonly version: number; readonly digest: string } | null,
    of?: { readonly purpose: string; readonly night: string },
  ): Promise<PlainVectors> {
    const now = this.#services.clock.now()
    const use = await DataUse.settle(this.#node.membership, authorisation, list, now)
    if (of) use.checkPurpose(of.purpose)
    const { columns, exclusions } = use.inference(data, now)
    if (of) {
      const { planHash } = scorecard
      const moved = columnDrift(scorecard, columns, roster.size)
      await this.#keepDrift({ night: of.night, planHash, columns: moved })
    }
    return {
      points: pointsOfColumns(scorecard, columns, roster.size),
      fired: Uint8Array.from(exclusions, (hit) => (hit ? 1 : 0)),
      used: use.list ? Uint8Array.from(use.list.rows) : new Uint8Array(roster.size).fill(1),
    }
  }

  /** One vector a night, of the set that the platform names then; on disk before it leaves. */
  async #share(message: Message<'night.collect'>, open: OpenNight): Promise<void> {
    const { night, planHash, providers, roster, base } = open
    const { membership } = this.#node
    const { name, suite, consortium } = membership
    const { entries } = message.body
    const set: NightSet = { night, planHash, rosterDigest: roster.digest, entries }
    const refuse = (why: string) => new nightErrors.NightRefused(name, night, why)
    if (open.shared) throw refuse('its vector of this night has left')
    if (entries.map(({ provider }) => provider).join('\n') !== providers.join('\n'))
      throw refuse("its set is not the model's providers")
    const own = entries.find(({ provider }) => provider === name)
    const vectors = own?.night === night ? await this.#ofVersion(open, own.version) : null
    if (!own || !vectors) throw refuse('it asks for another version than this provider offered')
    open.shared = true
    const peers = sharing(set)
    const at = peers.indexOf(name)
    const seedOf = (other: string) => nightSeed(suite, membership.pairSecret(other, 'night'), night)
    const seeds = new Map(peers.filter((peer) => peer !== name).map((peer) => [peer, seedOf(peer)]))
    const shared = { ...vectors, version: own.version, rosterDigest: roster.digest }
    const kept = await this.#memory.withSaid(planHash, shared, open.lineage)
    await this.#memory.keep(planHash, night, kept, seeds, [open.previous, base, own.version])
    const seed = (peer: string) => seeds.get(peer) as Uint8Array
    const masked = maskNight(
      suite,
      {
        keyHolder: seedOf(KEY_HOLDER),
        before: peers.slice(0, at).map(seed),
        after: peers.slice(at + 1).map(seed),
      },
      night,
      vectors.points,
      // Nonzero residues are drawn anew each night; the same one twice would show that the same rule fired.
      Float64Array.from(vectors.fired, (hit) => (hit ? freshNonzeroResidue(this.#services.random) : 0)),
    )
    const points = bytesOfWords(masked.points)
    const exclusions = packResidues(masked.exclusions)
    const hash = (bytes: Uint8Array) => Buffer.from(suite.hash(bytes)).toString('hex')
    const statement = {
      ...{ provider: name, version: own.version, base },
      ...{ points: hash(points), exclusions: hash(exclusions) },
    }
    await this.#node.post(PLATFORM, 'night.share', {
      points,
      exclusions,
      base,
      seeds: carried(set).flatMap(({ provider, night: of }) => {
        const given = this.#memory.seed(planHash, provider, of)
        return given ? [{ provider, seed: given }] : []
      }),
      signature: membership.sign(statementBytes(suite, consortium, set, statement)),
    })
  }

  /** Tonight's vector, or the one before where the platform holds this provider back. */
  async #ofVersion(open: OpenNight, version: string): Promise<PlainVectors | null> {
    if (version === open.version) return open.vectors
    if (open.previous === '' || version !== open.previous) return null
    const kept = await this.#memory.vector(open.planHash, version)
    const rows = kept && open.lineage.rowsOf(kept.rosterDigest)
    return rows ? laidOver(kept, open.vectors, rows) : null
  }

  /** Times factors, plus blinds, that the platform does not know: of the sum it may see only whether it is zero. */
  async #blind(message: Message<'night.blind'>, open: OpenNight): Promise<void> {
    const { membership } = this.#node
    const { night, roster } = open
    if (!open.shared || open.blinded)
      unexpected(message, 'exclusions are blinded once, after the vector was shared')
    open.blinded = true
    const { suite } = membership
    const seed = nightSeed(suite, membership.pairSecret(KEY_HOLDER, 'blind'), night)
    const { factors, blinds } = blindsOf(suite, seed, night, roster.size)
    const blinded = timesFactors(unpackResidues(message.body.exclusions, roster.size), factors)
    addInto(blinded, blinds)
    await this.#node.post(PLATFORM, 'night.blinded', { exclusions: packResidues(blinded) })
  }
}
