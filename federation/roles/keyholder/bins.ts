/**
 * Phase B at the key holder, the gate of fine bins: adds its part and its noise to anonymous counts, suppresses small ones,
 * returns the rest to the provider that asked. Answers each column once (security.md T15).
 */
import { addInto, lift, type RandomBytes, splitCounts, unpackResidues } from '../../../engine/index.ts'
import { binnedProviders, fineBinsCharge } from '../../charges.ts'
import { federationErrors } from '../../errors.ts'
import { PLATFORM } from '../../members.ts'
import type { Message } from '../../messages/envelope.ts'
import { countNoise, packedCounts } from '../../runs/packed-counts.ts'
import { openGroups, type QueryGroup } from '../../runs/query-group.ts'
import { bytesOfWords } from '../../runs/words.ts'
import type { KeyHolderRun } from './run.ts'

/** A bin is shown only if its noisy counts reach these; a consortium may raise, never lower them. */
const LEAST = { rows: 50, bad: 5, good: 5 }

/** What is kept of the fine bins at the end of a step. */
export interface BinsState {
  readonly started: boolean
  /** Provider and range of what was released. */
  readonly released: readonly string[]
}

export class KeyHolderBins {
  #run: KeyHolderRun
  #started: boolean
  #groups: QueryGroup[] = []
  /** Decrypted own parts and the platform's parts, by provider and range. */
  #own = new Map<string, Float64Array>()
  #parts = new Map<string, Message<'bins.part'>['body']>()
  #released: Set<string>

  constructor(run: KeyHolderRun, state?: BinsState) {
    this.#run = run
    this.#started = state?.started ?? false
    this.#released = new Set(state?.released)
  }

  get state(): BinsState {
    return { started: this.#started, released: [...this.#released] }
  }

  async start(): Promise<void> {
    const { node, services, plan, trainRows, secret } = this.#run
    if (this.#started) throw new federationErrors.SecondAnswer(PLATFORM, 'the fine bins')
    this.#started = true
    await this.#run.charge(...binnedProviders(plan).map((provider) => fineBinsCharge(plan, provider)))
    const counts = packedCounts(this.#run, trainRows)
    const step = {
      kind: 'bins',
      round: 0,
      packing: plan.packing,
      groups: plan.binGroups,
      side: 'seenKeyHolder',
    } as const
    this.#groups = await openGroups(node, services.engine, step, counts, (group) =>
      secret.seed('bins key', group),
    )
  }

  async takeAnswer(message: Message<'bins.answer'>): Promise<void> {
    const { from, to } = message.body
    if (this.#released.has(`${message.from} ${from} ${to}`))
      throw new federationErrors.SecondAnswer(message.from, 'fine bins')
    const group = this.#groups[message.body.group]
    if (!group) throw new federationErrors.MessageUnexpected(message.type, message.from, 'no such key group')
    const answers = await group.take(message.from, message.body, 'fine bins')
    for (const { provider, from, to, values } of answers ?? []) {
      this.#own.set(`${provider} ${from} ${to}`, values)
      await this.#release(`${provider} ${from} ${to}`)
    }
  }

  async takePart(message: Message<'bins.part'>): Promise<void> {
    const { provider, from, to } = message.body
    const key = `${provider} ${from} ${to}`
    if (this.#parts.has(key) || this.#released.has(key))
      throw new federationErrors.SecondAnswer(PLATFORM, 'a range of fine bins')
    this.#parts.set(key, message.body)
    await this.#release(key)
  }

  async #release(key: string): Promise<void> {
    const own = this.#own.get(key)
    const part = this.#parts.get(key)
    if (!own || !part || this.#released.has(key)) return
    this.#released.add(key)
    const { node, plan } = this.#run
    const { provider, group, from, to } = part
    const sums = unpackResidues(part.values, own.length)
    addInto(sums, own)
    const noise = (random: RandomBytes) => countNoise(random, plan.sigma, own.length)
    this.#run.addNoise(sums, noise, 'bins noise', provider, from, to)
    const counts = Array.from(sums, (sum) => splitCounts(lift(sum)))
    const open = counts.map(({ n, bad }) => n >= LEAST.rows && bad >= LEAST.bad && n - bad >= LEAST.good)
    const words = counts.flatMap(({ n, bad }, j) => (open[j] ? [n, bad] : [0, 0]))
    await node.post(provider, 'bins.counts', {
      group,
      from,
      to,
      counts: bytesOfWords(Uint32Array.from(Int32Array.from(words))),
      open: Uint8Array.from(open, Number),
    })
  }

  async close(): Promise<void> {
    for (const group of this.#groups) await group.close()
  }
}
