/**
 * `yinxin model card | approve` at a party: it fetches the card from the platform, makes sure that its own node approved the plan of
 * that model, and signs the hash of the card with its own key. The node may be running.
 */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { approveCard, type Membership, verifyLog } from '../../federation/index.ts'
import { readEnvironment } from '../config.ts'
import { type Patient, platformAddress } from '../doctor/patient.ts'
import { serverErrors } from '../errors.ts'
import { readLog } from '../node/log-file.ts'
import { readMembership } from '../node/membership.ts'
import { type CardOutput, writeCard } from '../operator/write-card.ts'
import { signedCardClaim } from '../platform/models/card-claim.ts'
import type { ModelSummary, ModelWithCard } from '../platform/models/model-summary.ts'
import { replaceFile } from '../state/durable-file.ts'
import { stateFolder } from '../state/state-folder.ts'
import { TlsFiles } from '../transport/tls-files.ts'

const TIMEOUT_MS = 30_000
/** Below `state`: what this node approved. */
const FOLDER = 'model-approvals'

/** A party's configuration: anybody's but the platform's. */
export type Party = Exclude<Patient, { readonly role: 'platform' }>

export interface ApproveOptions {
  /** Hex sha256 of the card that was read; without it, whatever the platform shows. */
  readonly card?: string
  readonly json?: boolean
  readonly lang?: 'zh' | 'en'
}

/** Prints the card of a model, or writes it to a file. @throws ModelUnknown, PollRefused, PlatformUnreachable */
export async function showCardAt(party: Party, version: number, output: CardOutput): Promise<void> {
  await writeCard(await cardOf(party, readMembership(party.folder, party.config), version), output)
}

/**
 * Approves the card of a model in this party's name, and keeps what was signed.
 * @throws ModelApprovalRefused where its node did not approve the plan or the card is another one, NodeLogTampered, ModelUnknown,
 * PollRefused, PlatformUnreachable
 */
export async function approveAt(party: Party, version: number, options: ApproveOptions): Promise<void> {
  const { folder, config } = party
  const membership = readMembership(folder, config)
  const state = stateFolder(folder, config)
  const model = await cardOf(party, membership, version)
  const { planHash, cardHash, run } = model
  const refuse = (why: string) => new serverErrors.ModelApprovalRefused(config.name, version, why)
  if (options.card !== undefined && !cardHash.startsWith(options.card))
    throw refuse(`the platform shows the card ${cardHash.slice(0, 12)}, not the one that was read`)
  const log = await readLog(state)
  verifyLog(membership.suite, config.name, log, null)
  if (!log.some((entry) => entry?.kind === 'approved' && entry.plan === planHash))
    throw refuse(`this node did not approve the plan ${planHash.slice(0, 12)}`)
  const signature = approveCard(membership, { planHash, cardHash })
  // What is signed is kept first: nothing leaves that this node does not know of.
  await mkdir(join(state, FOLDER), { recursive: true, mode: 0o700 })
  const record = { version, run, planHash, cardHash, at: new Date().toISOString(), signature }
  await replaceFile(join(state, FOLDER, `${cardHash}.json`), JSON.stringify(record, null, 2))
  const body = { party: config.name, cardHash, signature }
  const after = (await ask(party, `/federation/models/${version}/approvals`, body)) as ModelSummary
  process.stdout.write(
    options.json
      ? `${JSON.stringify(after, null, 2)}\n`
      : told(after, options.lang ?? readEnvironment().language),
  )
}

function told({ version, cardHash, approvals, required }: ModelSummary, language: 'zh' | 'en'): string {
  const missing = required.filter((name) => !approvals.some(({ party }) => party === name))
  const hash = cardHash.slice(0, 12)
  if (language === 'zh') {
    const rest = missing.length === 0 ? '所需同意已齐。' : `还缺：${missing.join('、')}。`
    return `已同意模型 ${version} 的模型卡 ${hash}。${rest}\n`
  }
  const rest = missing.length === 0 ? 'All approvals are there.' : `It still lacks ${missing.join(', ')}.`
  return `Approved the card ${hash} of model ${version}. ${rest}\n`
}

/** The card as the platform shows it, whose hash and plan are those that it says. */
async function cardOf(party: Party, membership: Membership, version: number): Promise<ModelWithCard> {
  const path = `/federation/models/${version}?${signedCardClaim(membership, version, Date.now())}`
  const model = (await ask(party, path)) as ModelWithCard
  const refuse = (why: string) => new serverErrors.ModelApprovalRefused(party.config.name, version, why)
  if (createHash('sha256').update(model.cardText, 'utf8').digest('hex') !== model.cardHash)
    throw refuse('the platform gives another hash of the card than it has')
  const { planHash } = JSON.parse(model.cardText) as { planHash?: unknown }
  if (planHash !== model.planHash) throw refuse('the card is about another plan than the platform says')
  return model
}

/** @throws the platform's own error where it says one, PlatformUnreachable, PlatformRefused */
async function ask(party: Party, path: string, body?: object): Promise<unknown> {
  const { folder, config } = party
  const agent = new Agent({
    ...{ headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS },
    connect: { timeout: TIMEOUT_MS, ...(config.tls && new TlsFiles(folder, config.tls).current) },
  })
  try {
    const answer = await request(`${platformAddress(party)}${path}`, {
      dispatcher: agent,
      ...(body && {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify(body),
      }),
    }).catch(({ code }: { code?: string }) => {
      throw new serverErrors.PlatformUnreachable(`, ${code ?? 'no answer'}`)
    })
    const said = (await answer.body.json().catch(() => null)) as { code?: string; detail?: string } | null
    if (answer.statusCode < 300 && said) return said
    const refused = new serverErrors.PlatformRefused(answer.statusCode)
    throw said?.code?.startsWith('YX_')
      ? Object.assign(refused, { code: said.code, message: said.detail })
      : refused
  } finally {
    await agent.destroy()
  }
}
