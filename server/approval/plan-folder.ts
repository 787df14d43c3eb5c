/**
 * Plans that wait for a person, and what was decided, as files of `<state>/plans`: `<hash>.json` with the text of the plan, and
 * `<hash>.decision.json` signed with the node's identity. The node writes the first and reads the second; the command of the person
 * does the reverse, while the node runs.
 */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import {
  federationErrors,
  type Membership,
  type Proposal,
  parsePlan,
  planHashOf,
  type RunPlan,
} from '../../federation/index.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const strict = { additionalProperties: false }
const PendingForm = Type.Object(
  {
    version: Type.Literal(1),
    run: Type.String(),
    planHash: Hash,
    proposedAt: Type.String(),
    /** Why there is nothing more to decide, such as the end of the run; empty while there is. */
    over: Type.String(),
    text: Type.String(),
  },
  strict,
)
const DecisionForm = Type.Object(
  {
    version: Type.Literal(1),
    planHash: Hash,
    approved: Type.Boolean(),
    reason: Type.String({ maxLength: 1000 }),
    at: Type.String(),
    signature: Type.String({ pattern: '^([0-9a-f]{2}){32,256}$' }),
  },
  strict,
)
const checkPending = Compile(PendingForm)
const checkDecision = Compile(DecisionForm)

export type PendingPlan = Static<typeof PendingForm>
export type SignedDecision = Static<typeof DecisionForm>

/** A plan of the folder, with what was decided. */
export interface KnownPlan {
  readonly pending: PendingPlan
  readonly plan: RunPlan
  readonly decision: SignedDecision | null
}

const PLAN_FILE = /^([0-9a-f]{64})\.json$/

export class PlanFolder {
  readonly path: string
  readonly #membership: Membership

  constructor(state: string, membership: Membership) {
    this.path = join(state, 'plans')
    this.#membership = membership
  }

  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 })
  }

  /** Keeps a proposal; the day of an earlier life stays. */
  async propose({ run, planHash, text }: Proposal, now: Date): Promise<void> {
    const known = await this.#pending(planHash)
    const proposedAt = known?.proposedAt ?? now.toISOString()
    await this.#write({ version: 1, run, planHash, proposedAt, over: '', text })
  }

  /** There is nothing more to decide on a plan. */
  async close(planHash: string, over: string): Promise<void> {
    const known = await this.#pending(planHash)
    if (known) await this.#write({ ...known, over })
  }

  #write(pending: PendingPlan): Promise<void> {
    return replaceFile(join(this.path, `${pending.planHash}.json`), JSON.stringify(pending))
  }

  /**
   * What a person decided on a plan, null while nobody has.
   * @throws PlanChanged for a file that this node's identity has not signed, or that is about another plan
   */
  async decision(planHash: string): Promise<SignedDecision | null> {
    const text = await readIfThere(join(this.path, `${planHash}.decision.json`))
    if (text === null) return null
    const value = parsed(text)
    const { name } = this.#membership
    if (!checkDecision.Check(value)) throw new federationErrors.PlanChanged(name, 'its decision file is none')
    const decision = value as SignedDecision
    const signed = this.#membership.verify(name, this.#text(decision), Buffer.from(decision.signature, 'hex'))
    if (decision.planHash !== planHash || !signed)
      throw new federationErrors.PlanChanged(
        name,
        'its decision file is not signed by this node for this plan',
      )
    return decision
  }

  /** Writes a decision, whole or not at all. */
  async decide(planHash: string, approved: boolean, reason: string, now: Date): Promise<void> {
    const decision = { planHash, approved, reason, at: now.toISOString() }
    const signature = Buffer.from(this.#membership.sign(this.#text(decision))).toString('hex')
    const file = join(this.path, `${planHash}.decision.json`)
    await replaceFile(file, JSON.stringify({ version: 1, ...decision, signature } satisfies SignedDecision))
  }

  /** What is signed of a decision. */
  #text({ planHash, approved, reason, at }: Omit<SignedDecision, 'version' | 'signature'>): Uint8Array {
    const text = JSON.stringify([this.#membership.name, planHash, approved, reason, at])
    return this.#membership.suite.hash(Buffer.from('yinxin plan decision 1\n'), Buffer.from(text, 'utf8'))
  }

  /**
   * All plans, the newest first.
   * @throws PlanChanged for one that is not the plan that its name says
   */
  async list(): Promise<KnownPlan[]> {
    const names = await readdir(this.path).catch(() => [] as string[])
    const hashes = names.flatMap((name) => PLAN_FILE.exec(name)?.[1] ?? [])
    const known = await Promise.all(hashes.map((hash) => this.read(hash)))
    return known.sort((a, b) => (a.pending.proposedAt < b.pending.proposedAt ? 1 : -1))
  }

  /** @throws PlanChanged */
  async read(planHash: string): Promise<KnownPlan> {
    const pending = await this.#pending(planHash)
    const plan = pending && parsePlan(pending.text)
    const { name, suite } = this.#membership
    if (!pending || !plan || planHashOf(suite, pending.text) !== planHash)
      throw new federationErrors.PlanChanged(name, `the file ${planHash.slice(0, 12)} holds another one`)
    return { pending, plan, decision: await this.decision(planHash) }
  }

  /** The plan that was approved last, null if there is none. */
  async lastApproved(except: string): Promise<RunPlan | null> {
    const approved = (await this.list()).filter(
      ({ pending, decision }) => decision?.approved === true && pending.planHash !== except,
    )
    return approved[0]?.plan ?? null
  }

  async #pending(planHash: string): Promise<PendingPlan | null> {
    const value = parsed((await readIfThere(join(this.path, `${planHash}.json`))) ?? 'null')
    return checkPending.Check(value) ? (value as PendingPlan) : null
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
