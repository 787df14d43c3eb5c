/**
 * What the platform keeps of the served model and its providers, in its state folder: `model.json`, `providers.json`, and the
 * proposals to retrain, a file each in `proposals/`. A proposal is made when the providers are not those of the model any more;
 * accepting one is starting its run, and until somebody does the old model goes on.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, Turns } from '../../../federation/index.ts'
import { serverErrors } from '../../errors.ts'
import { readIfThere, replaceFile } from '../../state/durable-file.ts'
import type { RunRequest } from '../control/run-report.ts'
import {
  type ModelStatus,
  modelStatus,
  type ProviderDays,
  type ProviderMember,
  type ServedModel,
} from './model-status.ts'

/** A run that would bring the model in line with the providers of today. */
export interface Proposal {
  readonly id: string
  /** ISO 8601. */
  readonly made: string
  /** Run of the model that it would replace. */
  readonly model: string
  readonly why: readonly string[]
  readonly request: RunRequest
  /** `outdated`: the providers have changed again, or another model is served. */
  readonly state: 'open' | 'accepted' | 'outdated'
  /** The run that was started by accepting it. */
  readonly run: string | null
}

export interface DeskOptions {
  /** The platform's state folder, which this process has locked. */
  readonly state: string
  /** Providers of the newest member list. */
  readonly members: () => readonly ProviderMember[]
  readonly clock: Clock
  /** Deletes the last masked vectors of a provider, of every model; refuses while a night may read them. */
  readonly forget: (provider: string) => Promise<void>
}

type Days = Readonly<Record<string, ProviderDays>>

const FOLDER = 'proposals'
const MODEL = 'model.json'
const PROVIDERS = 'providers.json'

export class ModelDesk {
  #options: DeskOptions
  #model: ServedModel | null
  #days: Days
  #proposals: Map<string, Proposal>
  /** Looks and acceptances come one after another. */
  #turns = new Turns()

  private constructor(
    options: DeskOptions,
    model: ServedModel | null,
    days: Days,
    proposals: Map<string, Proposal>,
  ) {
    this.#options = options
    this.#model = model
    this.#days = days
    this.#proposals = proposals
  }

  /** @throws NodeFileUnreadable for a damaged file */
  static async open(options: DeskOptions): Promise<ModelDesk> {
    const { state } = options
    await mkdir(join(state, FOLDER), { recursive: true, mode: 0o700 })
    const names = (await readdir(join(state, FOLDER))).filter((name) => name.endsWith('.json'))
    const proposals = await Promise.all(
      names.map(async (name) => parsed<Proposal>(name, await readFile(join(state, FOLDER, name), 'utf8'))),
    )
    const model = await readIfThere(join(state, MODEL))
    const days = await readIfThere(join(state, PROVIDERS))
    const byAge = proposals.sort((a, b) => a.made.localeCompare(b.made))
    return new ModelDesk(
      options,
      model === null ? null : parsed<ServedModel>(MODEL, model),
      days === null ? {} : parsed<Days>(PROVIDERS, days),
      new Map(byAge.map((proposal) => [proposal.id, proposal])),
    )
  }

  /** A model is the champion: it is the served one from here on; nothing happens where it is already. */
  serve(model: Omit<ServedModel, 'trained'>): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#model?.run === model.run) return
      const served = { ...model, trained: this.#options.clock.now().toISOString() }
      await this.#write(MODEL, served)
      this.#model = served
      await this.#look()
    })
  }

  /** How the served model stands to the providers of today; null before there is one. */
  status(): Promise<ModelStatus | null> {
    return this.#turns.take(() => this.#look())
  }

  /** All proposals, oldest first. */
  proposals(): Promise<Proposal[]> {
    return this.#turns.take(async () => {
      await this.#look()
      return [...this.#proposals.values()]
    })
  }

  /**
   * Accepts a proposal by starting its run.
   * @param start starts a run and returns its id
   * @throws ProposalUnknown, ProposalClosed, and whatever keeps the run from starting
   */
  accept(id: string, start: (request: RunRequest) => string): Promise<string> {
    return this.#turns.take(async () => {
      await this.#look()
      const proposal = this.#proposals.get(id)
      if (!proposal) throw new serverErrors.ProposalUnknown()
      if (proposal.state !== 'open') throw new serverErrors.ProposalClosed(id, proposal.state)
      const run = start(proposal.request)
      await this.#keep({ ...proposal, state: 'accepted', run })
      return run
    })
  }

  /**
   * Deletes what is left of a provider that was removed: a model that was trained with it is not scored any more.
   * @throws ProviderStillMember, RunInProgress while a night is under way
   */
  forget(provider: string): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#options.members().some(({ name }) => name === provider))
        throw new serverErrors.ProviderStillMember(provider)
      await this.#look()
      await this.#options.forget(provider)
      const day = this.#today()
      const known = this.#days[provider] ?? { joined: day, left: day, forgotten: null }
      await this.#keepDays({ ...this.#days, [provider]: { ...known, forgotten: day } })
    })
  }

  /** Notes who came and who left, and makes the proposals fit. */
  async #look(): Promise<ModelStatus | null> {
    const members = this.#options.members()
    await this.#noteDays(members)
    const status = this.#model && modelStatus(this.#model, members, this.#days)
    const wanted = status?.retrain ? idOf(status.model.run, status.retrain.providers) : null
    for (const proposal of this.#proposals.values())
      if (proposal.state === 'open' && proposal.id !== wanted)
        await this.#keep({ ...proposal, state: 'outdated' })
    if (wanted === null || !status?.retrain) return status
    const known = this.#proposals.get(wanted)
    // One that was accepted stays so until its run has brought another model, or somebody accepts it again in vain.
    if (known?.state === 'open' || known?.state === 'accepted') return status
    await this.#keep({
      ...{ id: wanted, made: this.#options.clock.now().toISOString(), model: status.model.run },
      ...{ why: status.says, request: status.retrain, state: 'open', run: null },
    })
    return status
  }

  async #noteDays(members: readonly ProviderMember[]): Promise<void> {
    const day = this.#today()
    const names = new Set(members.map(({ name }) => name))
    const next: Record<string, ProviderDays> = { ...this.#days }
    for (const name of names) {
      const known = next[name]
      if (!known || known.left !== null) next[name] = { joined: day, left: null, forgotten: null }
    }
    for (const [name, known] of Object.entries(this.#days))
      if (known.left === null && !names.has(name)) next[name] = { ...known, left: day }
    // Providers of the model that left while the platform was down were never noted.
    for (const name of this.#model?.request.providers ?? [])
      next[name] ??= { joined: day, left: day, forgotten: null }
    if (JSON.stringify(next) !== JSON.stringify(this.#days)) await this.#keepDays(next)
  }

  /** The run of an accepted proposal failed: it may be accepted again. */
  failed(run: string): Promise<void> {
    return this.#turns.take(async () => {
      const proposal = [...this.#proposals.values()].find(
        (one) => one.run === run && one.state === 'accepted',
      )
      if (proposal) await this.#keep({ ...proposal, state: 'open', run: null })
    })
  }

  /**
   * A platform that was started anew: accepted proposals whose run is neither gone on with nor has brought a model are open again.
   * @param brought whether a run has a model that may yet be, or is, the champion: it may wait for approvals for long
   */
  async recall(unfinished: string | null, brought: (run: string) => boolean): Promise<void> {
    const lost = [...this.#proposals.values()].filter(
      ({ state, run, model }) =>
        state === 'accepted' &&
        run !== unfinished &&
        !(run !== null && brought(run)) &&
        model === this.#model?.run,
    )
    for (const { run } of lost) await this.failed(run as string)
  }

  #today(): string {
    return this.#options.clock.now().toISOString().slice(0, 10)
  }

  async #keep(proposal: Proposal): Promise<void> {
    await this.#write(join(FOLDER, `${proposal.id}.json`), proposal)
    this.#proposals.set(proposal.id, proposal)
  }

  async #keepDays(days: Days): Promise<void> {
    await this.#write(PROVIDERS, days)
    this.#days = days
  }

  #write(name: string, value: object): Promise<void> {
    return replaceFile(join(this.#options.state, name), JSON.stringify(value, null, 2))
  }
}

/** The same for the same model and providers: a proposal is made once, whenever the platform is started. */
function idOf(model: string, providers: readonly string[]): string {
  const text = JSON.stringify([model, [...providers].sort()])
  return `retrain-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
}

/** @throws NodeFileUnreadable */
function parsed<V>(name: string, text: string): V {
  try {
    return JSON.parse(text) as V
  } catch {
    throw new serverErrors.NodeFileUnreadable(name)
  }
}
