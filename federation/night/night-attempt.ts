/** One attempt of a night under one name: parties are asked, a set is named, shares are collected, the sum is opened. */
import { unpackResidues } from '../../engine/index.ts'
import type { AuthorisedRows } from '../authorisation/authorised-rows.ts'
import { catchUp, lackedBy } from '../ledger-agreement.ts'
import { entriesText } from '../ledger-entry.ts'
import { KEY_HOLDER } from '../members.ts'
import type { RunPlan } from '../plan.ts'
import { wordsOfBytes } from '../runs/words.ts'
import { addShares, hashesOf, type Share } from './add-shares.ts'
import { type Choice, chooseSet, type Last, type Ready } from './choose-set.ts'
import { nightErrors } from './errors.ts'
import { modelOf } from './model.ts'
import type { NightContext, NightModel, NightTotals, PlatformNightData } from './night-context.ts'
import { NightDesk, PartyGone } from './night-desk.ts'
import { isLater, nightId } from './night-id.ts'
import { openNight } from './open-night.ts'
import { type NightSet, sharing, statementBytes, versionIn } from './set.ts'

const DAY_MS = 86_400_000

export interface ScoreOptions {
  /** Providers to be left alone, and why. */
  readonly absent: ReadonlyMap<string, string>
  readonly isThere: (party: string) => boolean
  readonly list: AuthorisedRows | null
  readonly publicOnly: Uint8Array
  /** 1 for each row that stays closed. */
  readonly closed: Uint8Array
  readonly holdAll: boolean
}

export class NightAttempt {
  readonly desk: NightDesk
  readonly planHash: string
  readonly rosterDigest: string
  #context: NightContext
  #data: PlatformNightData
  #model: NightModel
  #plan: RunPlan

  private constructor(
    context: NightContext,
    data: PlatformNightData,
    model: NightModel,
    plan: RunPlan,
    desk: NightDesk,
  ) {
    this.#context = context
    this.#data = data
    this.#model = model
    this.#plan = plan
    this.desk = desk
    this.planHash = model.planHash
    this.rosterDigest = data.roster.digest
  }

  /** @param enter takes the desk to which messages of the night go from now on */
  static async begin(
    context: NightContext,
    data: PlatformNightData,
    model: NightModel,
    number: number,
    enter: (desk: NightDesk) => void,
  ): Promise<NightAttempt> {
    const { node, services, memory, leastProviders } = context
    const plan = modelOf(node.membership, model, leastProviders)
    let night = ''
    // A clock that was set back must not stop the nights: the name goes on from the last one.
    for (let ahead = services.clock.now().getTime(); !isLater(night, memory.lastNight); ahead += 1000) {
      night = nightId(new Date(ahead), number % 100, services.random)
    }
    await memory.enter(night)
    const desk = new NightDesk(night, services.clock)
    node.night = night
    enter(desk)
    return new NightAttempt(context, data, model, plan, desk)
  }

  /** Compares ledgers with the key holder and hears of the model's last opening. @throws PartyGone, LedgerForked */
  async agree(): Promise<{ last: ReadonlyMap<string, Last>; missing: Uint8Array }> {
    const { ledger, node } = this.#context
    const { planHash, plan } = this.#model
    await this.#context.node.post(KEY_HOLDER, 'night.agree', {
      memberList: node.membership.version,
      ...{ planHash, plan, rosterDigest: this.rosterDigest },
      ledger: ledger.head,
    })
    const { body } = await this.desk.take('night.agreed', KEY_HOLDER)
    if (body.ledger.entries > ledger.head.entries) {
      const count = await catchUp(ledger, body.ledger, body.missing)
      node.onNotice(`the ledger lacked ${count} entries; they were taken over from the key holder`)
    }
    const missing = entriesText(lackedBy(ledger, body.ledger))
    const last = new Map(body.last.map(({ provider, night, version }) => [provider, { night, version }]))
    return { last, missing: Buffer.from(missing, 'utf8') }
  }

  /** @throws PartyGone where a party that was asked for its share does not answer */
  async score(options: ScoreOptions): Promise<NightTotals> {
    const { last, missing } = await this.agree()
    const reasons = new Map(options.absent)
    const ready = await this.#ask(options, last, reasons)
    const choice = this.#choose(ready, last, reasons, options.holdAll)
    const set: NightSet = {
      ...{ night: this.desk.night, planHash: this.planHash, rosterDigest: this.rosterDigest },
      entries: choice.entries,
    }
    const shares = await this.#collect(set, ready)
    const added = await addShares({
      ...{ context: this.#context, data: this.#data, model: this.#model, plan: this.#plan, desk: this.desk },
      ...{ set, shares, parts: choice.parts, reasons, list: options.list, publicOnly: options.publicOnly },
      closed: options.closed,
    })
    await this.#context.memory.propose(added.pending, added.vectors)
    return openNight(this.#context, this.desk, added.pending, missing)
  }

  async #ask(
    { absent, isThere, list }: ScoreOptions,
    last: ReadonlyMap<string, Last>,
    reasons: Map<string, string>,
  ): Promise<ReadonlyMap<string, Ready>> {
    const names = this.#plan.providers.map(({ name }) => name)
    const { membership } = this.#context.node
    for (const name of names) {
      if (absent.has(name)) continue
      if (!membership.knows(name)) reasons.set(name, 'it is no longer a member')
      else if (!isThere(name)) reasons.set(name, 'it is not there')
    }
    const asked = names.filter((name) => !reasons.has(name))
    const authorisation = list && { version: list.version, digest: list.digest }
    const { planHash, plan } = this.#model
    for (const name of asked) {
      const known = last.get(name)
      await this.#context.node.post(name, 'night.open', {
        memberList: membership.version,
        ...{ planHash, plan, rosterDigest: this.rosterDigest, authorisation },
        last: known ? { provider: name, ...known } : null,
      })
    }
    const ready = new Map<string, Ready>()
    const answer = async (name: string) => {
      try {
        ready.set(name, (await this.desk.take('night.ready', name)).body)
      } catch (fault) {
        if (!(fault instanceof PartyGone)) throw fault
        reasons.set(name, fault.message)
      }
    }
    await Promise.all(asked.map(answer))
    return ready
  }

  /** @throws NightTooStale, NothingToCarry, NightWithheld */
  #choose(
    ready: ReadonlyMap<string, Ready>,
    last: ReadonlyMap<string, Last>,
    reasons: ReadonlyMap<string, string>,
    holdAll: boolean,
  ): Choice {
    const { memory, policy, services } = this.#context
    for (const provider of reasons.keys()) {
      const kept = memory.about(this.planHash, provider)
      const age = kept ? services.clock.now().getTime() - Date.parse(kept.at) : 0
      if (kept && age > policy.mostStaleDays * DAY_MS)
        throw new nightErrors.NightTooStale(provider, kept.at, policy.mostStaleDays)
    }
    const obstacle = (provider: string): string | null => {
      const kept = memory.about(this.planHash, provider)
      if (kept?.night !== last.get(provider)?.night) return 'the platform does not have its last vector'
      return this.#data.lineage.rowsOf(kept?.rosterDigest ?? '')
        ? null
        : 'its last vector is over a roster that is none of the versions before this one'
    }
    const isFormer = (provider: string, version: string): boolean =>
      memory.about(this.planHash, provider)?.former.includes(version) ?? false
    return chooseSet({
      ...{ night: this.desk.night, providers: this.#plan.providers, ready, last, obstacle, holdAll },
      ...{ isFormer, leastChanged: policy.leastChanged },
    })
  }

  /** @throws PartyGone; one that sends another share than it signed is gone too */
  async #collect(set: NightSet, ready: ReadonlyMap<string, Ready>): Promise<Share[]> {
    const { membership } = this.#context.node
    const { suite, consortium } = membership
    const names = sharing(set)
    for (const name of names)
      await this.#context.node.post(name, 'night.collect', { entries: [...set.entries] })
    const rows = this.#data.roster.size
    const take = async (provider: string): Promise<Share> => {
      const { body } = await this.desk.take('night.share', provider)
      const version = versionIn(set, provider)
      const statement = { provider, version, base: body.base, ...hashesOf(suite, body) }
      const bytes = statementBytes(suite, consortium, set, statement)
      const signed = membership.verify(provider, bytes, body.signature)
      if (!signed || body.base !== ready.get(provider)?.base)
        throw new PartyGone(provider, '', 'it did not sign the vector that it sent')
      try {
        const vectors = {
          points: wordsOfBytes(body.points, rows),
          exclusions: unpackResidues(body.exclusions, rows),
        }
        return { provider, body, vectors }
      } catch {
        throw new PartyGone(provider, '', 'its vector is of another form')
      }
    }
    return Promise.all(names.map(take))
  }
}
