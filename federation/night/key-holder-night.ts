/**
 * The key holder in a night, the gate of what totals may be opened: one set of all providers a night, signed by each that
 * shares, never a second one; no opening from which too few versions differ; an absent provider only with its last vector
 * that was opened. Rows that such a vector lacks stay closed, or their totals would be those of the others alone.
 */
import { addInto, addWords, packResidues, subtractInto } from '../../engine/index.ts'
import type { PartyPolicy } from '../approval.ts'
import { isNightOf, nightCharge, totalsCharge } from '../charges.ts'
import { federationErrors } from '../errors.ts'
import { unexpected } from '../faults-told.ts'
import type { Ledger } from '../ledger.ts'
import { catchUp, lackedBy } from '../ledger-agreement.ts'
import { entriesText, type LedgerHead } from '../ledger-entry.ts'
import { KEY_HOLDER, PLATFORM } from '../members.ts'
import { decodeBody, encodeBody } from '../messages/codec.ts'
import type { AnyMessage, Message } from '../messages/envelope.ts'
import type { Body } from '../messages/schema.ts'
import type { Node } from '../node.ts'
import type { RunPlan } from '../plan.ts'
import type { NodeServices, RosterView } from '../ports.ts'
import { OPENINGS } from '../runs/openings.ts'
import { bytesOfWords } from '../runs/words.ts'
import { nightErrors } from './errors.ts'
import type { KeyHolderMemory, LastVector, OpenedNight } from './key-holder-memory.ts'
import { blindsOf, maskOf, nightSeed, noVectors, timesFactors } from './masks.ts'
import { isPublicIn, modelOf } from './model.ts'
import { isLater } from './night-id.ts'
import type { NightPolicy } from './policy.ts'
import { alongRows, type RosterLineage } from './row-map.ts'
import { carried, type NightSet, sharing, statementBytes } from './set.ts'
import { tooFewChanged, tooNear, wentBack } from './versions.ts'

const DAY_MS = 86_400_000

interface Agreed {
  readonly run: string
  readonly planHash: string
  readonly plan: RunPlan
  readonly ledger: LedgerHead
  readonly roster: RosterView
  readonly lineage: RosterLineage
}

export interface KeyHolderNightData {
  readonly roster: RosterView
  readonly lineage: RosterLineage
}

export class KeyHolderNight {
  #node: Node
  #services: NodeServices
  #source: () => Promise<KeyHolderNightData>
  #ledger: Ledger
  #memory: KeyHolderMemory
  #policy: PartyPolicy & { readonly night: NightPolicy }
  #agreed: Agreed | undefined

  constructor(
    node: Node,
    services: NodeServices,
    source: () => Promise<KeyHolderNightData>,
    ledger: Ledger,
    memory: KeyHolderMemory,
    policy: PartyPolicy & { readonly night: NightPolicy },
  ) {
    this.#node = node
    this.#services = services
    this.#source = source
    this.#ledger = ledger
    this.#memory = memory
    this.#policy = policy
  }

  async handle(message: AnyMessage): Promise<void> {
    if (message.from !== PLATFORM) unexpected(message, 'only the platform drives a night')
    if (message.type === 'night.agree') return this.#agree(message)
    if (message.type === 'night.commit') return this.#release(message)
    unexpected(message, 'the key holder takes no part in this step')
  }

  /** A night begins: the model is one whose totals this node opened when it was trained, the ledgers are compared. */
  async #agree(message: Message<'night.agree'>): Promise<void> {
    const { run, body } = message
    const { planHash, rosterDigest, ledger } = body
    if (!isLater(run, this.#memory.lastNight)) unexpected(message, 'a night is later than all before it')
    this.#node.night = run
    this.#agreed = undefined
    const { membership } = this.#node
    await membership.takeUp(body.memberList)
    const plan = modelOf(membership, body, this.#policy.leastProviders)
    const published = totalsCharge(OPENINGS[1], plan.rows).what
    const trained = this.#ledger.since(0).some((one) => one.planHash === planHash && one.what === published)
    if (!trained) throw new nightErrors.ModelUnknown(membership.name, planHash)
    this.#checkBook(planHash)
    const { roster, lineage } = await this.#source()
    if (roster.digest !== rosterDigest)
      throw new federationErrors.RosterDiffers(membership.name, roster.size, 'another number of')
    const missing = lackedBy(this.#ledger, ledger)
    this.#agreed = { run, planHash, plan, ledger, roster, lineage }
    await this.#node.post(PLATFORM, 'night.agreed', {
      ledger: this.#ledger.head,
      missing: Buffer.from(entriesText(missing), 'utf8'),
      last: [...this.#memory.last(planHash)].map(([provider, { night, version }]) => ({
        provider,
        night,
        version,
      })),
    })
  }

  /** @throws SecondSet, NightRefused, NightWithheld, NightTooStale, NightBookBehind, LedgerForked, LedgerUnwritable */
  async #release(message: Message<'night.commit'>): Promise<void> {
    const { body } = message
    const agreed = this.#agreed
    if (agreed?.run !== message.run || body.planHash !== agreed.planHash)
      unexpected(message, 'no such night is open')
    if (this.#ledger.head.entries < agreed.ledger.entries)
      await catchUp(this.#ledger, agreed.ledger, body.missing)
    this.#checkBook(body.planHash)
    const { suite } = this.#node.membership
    // What P lacked of the ledger may differ from one request to the next; the opening is the rest.
    const request = hex(suite.hash(encodeBody({ ...body, missing: new Uint8Array(0) })))
    const before = this.#memory.opened(body.night)
    if (before) return this.#again(before, request, body, agreed)
    const set: NightSet = { ...body }
    const { night, planHash, entries } = set
    const last = this.#memory.last(planHash)
    this.#check(set, agreed, last, body.withheld.length)
    const base = this.#checkShares(body, set)
    const earlier = this.#memory.knows(planHash) ? [] : [base]
    const known = earlier.map((one) => ({ night: one.night, versions: versionsOf(one) }))
    const { leastChanged } = this.#policy.night
    const isPublic = isPublicIn(agreed.plan)
    const back = entries.find(
      ({ provider, version }) =>
        !isPublic(provider) &&
        version !== last.get(provider)?.version &&
        this.#memory.hasOpened(planHash, provider, version),
    )
    if (back) throw new nightErrors.NightWithheld(wentBack(back.provider), leastChanged)
    const versions = versionsOf({ entries })
    const differs = tooFewChanged([...known, ...this.#memory.openings], versions, isPublic, leastChanged)
    if (differs) throw new nightErrors.NightWithheld(tooNear(differs), leastChanged)
    const answer = this.#masks(body, set, agreed, last)
    const opened = { night, planHash, request, entries }
    // The book first: a night that the ledger has and the book lacks is one that the book has lost.
    await this.#memory.note(opened, earlier, this.#lastAfter(set, agreed, last), encodeBody(answer))
    await this.#open(set, agreed, answer)
  }

  /** The same question has the same answer; another one about a night that was opened has none. */
  async #again({ night, request }: OpenedNight, asked: string, set: NightSet, agreed: Agreed): Promise<void> {
    const answer = asked === request ? await this.#memory.answer(asked) : null
    if (!answer) throw new federationErrors.SecondSet(night)
    await this.#open(set, agreed, decodeBody('night.masks', KEY_HOLDER, answer))
  }

  /** What leaves is in the ledger first. */
  async #open(set: NightSet, { roster }: Agreed, answer: Body<'night.masks'>): Promise<void> {
    const { night, planHash } = set
    const { suite, consortium } = this.#node.membership
    const { snapshot, charge } = nightCharge(suite, consortium, set, roster.size)
    if (!this.#ledger.has(snapshot, charge.what))
      await this.#ledger.charge({ snapshot, run: night, planHash }, [charge])
    await this.#node.post(PLATFORM, 'night.masks', answer)
  }

  /** @throws NightBookBehind where the ledger has a night of this model that is not in the book */
  #checkBook(planHash: string): void {
    const lost = this.#ledger
      .since(0)
      .find((entry) => isNightOf(planHash, entry) && !this.#memory.opened(entry.run))
    if (lost) throw new nightErrors.NightBookBehind(this.#node.membership.name, lost.run)
  }

  #check(
    set: NightSet,
    { plan, roster }: Agreed,
    last: ReadonlyMap<string, LastVector>,
    withheldRows: number,
  ): void {
    const { night, entries } = set
    const refuse = (why: string) => new nightErrors.NightRefused(this.#node.membership.name, night, why)
    if (!isLater(night, this.#memory.lastNight)) throw refuse('it is not later than the last one')
    if (set.rosterDigest !== roster.digest) throw refuse('another roster than was agreed on')
    if (withheldRows !== 0 && withheldRows !== roster.size)
      throw refuse('rows to stay closed of another roster')
    const names = plan.providers.map(({ name }) => name)
    if (entries.map(({ provider }) => provider).join('\n') !== names.join('\n'))
      throw refuse("its set is not the model's providers")
    if (sharing(set).length === 0) throw refuse('nobody shares, so the totals would be the last ones')
    for (const { provider, night: of, version } of carried(set)) {
      const kept = last.get(provider)
      if (kept?.night !== of || kept.version !== version)
        throw refuse(`it carries over another vector of ${provider} than was opened last`)
      const age = this.#services.clock.now().getTime() - Date.parse(kept.at)
      const { mostStaleDays } = this.#policy.night
      if (age > mostStaleDays * DAY_MS) throw new nightErrors.NightTooStale(provider, kept.at, mostStaleDays)
    }
  }

  /** Each provider that shares has signed this very set. @returns what they say of the day of training, as an opening */
  #checkShares(body: Body<'night.commit'>, set: NightSet): OpenedNight {
    const { membership } = this.#node
    const { suite, consortium, name } = membership
    const refuse = (why: string) => new nightErrors.NightRefused(name, set.night, why)
    const { shares } = body
    if (shares.map(({ provider }) => provider).join('\n') !== sharing(set).join('\n'))
      throw refuse('the signatures are not those of the providers that share')
    for (const { provider, base, points, exclusions, signature } of shares) {
      const { version } = set.entries.find((entry) => entry.provider === provider) as { version: string }
      const statement = { provider, version, base, points, exclusions }
      if (!membership.verify(provider, statementBytes(suite, consortium, set, statement), signature))
        throw refuse(`${provider} did not sign this set, or another vector`)
    }
    if (body.blinding === '' ? carried(set).length > 0 : !sharing(set).includes(body.blinding))
      throw refuse('exclusions that are carried over are blinded by a provider that shares')
    const bases = new Map(shares.map(({ provider, base }) => [provider, base]))
    const { run } = (this.#agreed as Agreed).plan
    const entries = set.entries.map(({ provider }) => ({
      provider,
      night: run,
      version: bases.get(provider) ?? '',
    }))
    return { night: run, planHash: set.planHash, request: '', entries }
  }

  #masks(
    body: Body<'night.commit'>,
    set: NightSet,
    { roster, lineage }: Agreed,
    last: ReadonlyMap<string, LastVector>,
  ): Body<'night.masks'> {
    const { membership } = this.#node
    const { suite, name } = membership
    const { night } = set
    const rows = roster.size
    const sum = noVectors(rows)
    const closed = new Uint8Array(rows)
    for (let row = 0; row < body.withheld.length; row++) closed[row] |= body.withheld[row]
    for (const provider of sharing(set)) {
      const mask = maskOf(suite, this.#seed(provider, night), night, rows)
      addWords(sum.points, mask.points)
      addInto(sum.exclusions, mask.exclusions)
    }
    for (const { provider, night: of } of carried(set)) {
      const kept = last.get(provider) as LastVector
      const map = lineage.rowsOf(kept.rosterDigest)
      if (!map) throw new nightErrors.NightRefused(name, night, `the roster of ${of} is none of its versions`)
      const mask = maskOf(suite, Buffer.from(kept.seed, 'hex'), of, kept.rows)
      addWords(sum.points, alongRows(mask.points, map))
      addInto(sum.exclusions, alongRows(mask.exclusions, map))
      for (let row = 0; row < rows; row++) if (map[row] < 0) closed[row] = 1
    }
    if (body.blinding !== '') {
      const seed = nightSeed(suite, membership.pairSecret(body.blinding, 'blind'), night)
      const { factors, blinds } = blindsOf(suite, seed, night, rows)
      const blinded = timesFactors(sum.exclusions, factors)
      subtractInto(blinded, blinds)
      sum.exclusions.set(blinded)
    }
    for (let row = 0; row < rows; row++) if (closed[row]) sum.points[row] = sum.exclusions[row] = 0
    return { points: bytesOfWords(sum.points), exclusions: packResidues(sum.exclusions) }
  }

  #seed(provider: string, night: string): Uint8Array {
    const { suite } = this.#node.membership
    return nightSeed(suite, this.#node.membership.pairSecret(provider, 'night'), night)
  }

  #lastAfter(
    set: NightSet,
    { roster }: Agreed,
    last: ReadonlyMap<string, LastVector>,
  ): ReadonlyMap<string, LastVector> {
    const { night } = set
    const at = this.#services.clock.now().toISOString()
    const shared = new Set(sharing(set))
    const entries = set.entries.map(({ provider, version }): [string, LastVector] => [
      provider,
      shared.has(provider)
        ? {
            ...{ night, version, at, rosterDigest: roster.digest, rows: roster.size },
            seed: hex(this.#seed(provider, night)),
          }
        : (last.get(provider) as LastVector),
    ])
    return new Map(entries)
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const versionsOf = ({ entries }: Pick<OpenedNight, 'entries'>): Map<string, string> =>
  new Map(entries.map(({ provider, version }) => [provider, version]))
