/**
 * Phase B at the key holder, the gate of fine bins: adds its part and its noise to anonymous counts, suppresses small ones,
 * returns the rest to the provider that asked. Answers each column once (security.md T15).
 */
import { addInto, lift, residueOf, splitCounts, unpackResidues } from '../../../engine/index.ts'
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

export class KeyHolderBins {
  #run: KeyHolderRun
  #groups: QueryGroup[] = []
  /** Decrypted own parts and the platform's parts, by provider and range. */
  #own = new Map<string, Float64Array>()
  #parts = new Map<string, Message<'bins.part'>['body']>()
  #released = new Set<string>()

  constructor(run: KeyHolderRun) {
    this.#run = run
  }

  async start(): Promise<void> {
    const { node, services, plan, trainRows } = this.#run
    if (this.#groups.length > 0) throw new federationErrors.SecondAnswer(PLATFORM, 'the fine bins')
    await this.#run.charge(...binnedProviders(plan).map((provider) => fineBinsCharge(plan, provider)))
    const counts = packedCounts(this.#run, trainRows)
    const step = {
      kind: 'bins',
      round: 0,
      packing: plan.packing,
      groups: plan.binGroups,
      side: 'seenKeyHolder',
    } as const
    this.#groups = await openGroups(node, services.engine, step, counts)
  }

  async takeAnswer(message: Message<'bins.answer'>): Promise<void> {
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
    if (this.#parts.has(key)) throw new federationErrors.SecondAnswer(PLATFORM, 'a range of fine bins')
    this.#parts.set(key, message.body)
    await this.#release(key)
  }

  async #release(key: string): Promise<void> {
    const own = this.#own.get(key)
    const part = this.#parts.get(key)
    if (!own || !part || this.#released.has(key)) return
    this.#released.add(key)
    const { node, services, plan } = this.#run
    const { provider, group, from, to } = part
    const sums = unpackResidues(part.values, own.length)
    addInto(sums, own)
    addInto(sums, countNoise(services.random, plan.sigma, own.length).map(residueOf))
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
