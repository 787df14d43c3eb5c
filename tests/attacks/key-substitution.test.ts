/**
 * security.md T21: keys that are swapped in transit or in a member list, and a platform that puts a key of its own in the
 * place of the key holder's. The attacker is the platform, which relays everything, and has made itself a second identity.
 * Members know each other by the keys of the list that was pinned when they were enrolled; no key is ever taken from a message.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { addInto, keyHolderShare, lift, unpackResidues } from '../../engine/index.ts'
import {
  createEngine,
  createIdentity,
  EnvelopeReader,
  EnvelopeWriter,
  KEY_HOLDER,
  type Member,
  Membership,
  PLATFORM,
  type RunPlan,
} from '../../federation/index.ts'
import { StreamBook } from '../../federation/messages/envelope.ts'
import type { Body } from '../../federation/messages/schema.ts'
import { streamLabel } from '../../federation/runs/stream-label.ts'
import { Streams } from '../../federation/streams.ts'
import { buildBasis, encodeBasis, NO_BIN } from '../../models/index.ts'
import { type TestConsortium, testConsortium } from '../helpers/consortium.ts'
import { intercept, type Posted, smallInput } from '../unit/federation/interception.ts'
import { faultsOf, type Relay, type Sealed, tap } from './wire-tap.ts'

const FIRST = 'provider-1'
const BANK = 'bank-1'
/** What the platform calls itself towards its victims. */
const { identity: posedIdentity, member: posed } = createIdentity(KEY_HOLDER, 'keyholder')

afterEach(() => {
  vi.restoreAllMocks()
})

/** In the list of one party another member has other keys: what pinning prevents. */
function listed(consortium: TestConsortium, at: string, other: string, keys: Partial<Member>): void {
  const { membership } = consortium.nodes.get(at)!
  const pinned = membership.member.bind(membership)
  vi.spyOn(membership, 'member').mockImplementation((name) =>
    name === other ? { ...pinned(name), ...keys } : pinned(name),
  )
}

/** Resolves when nothing has been sent for a while: the run waits for a message that was refused. */
async function silence(sent: readonly Sealed[]): Promise<void> {
  let before = -1
  while (sent.length !== before) {
    before = sent.length
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

interface Attacked {
  readonly ended: string
  readonly faults: readonly string[]
  readonly posted: readonly Posted[]
  readonly scorecards: number
}

async function attacked(consortium: TestConsortium, relay?: Relay): Promise<Attacked> {
  await consortium.greet()
  const posted = intercept(consortium)
  const sent = tap(consortium, relay)
  const faults = faultsOf(consortium)
  const run = consortium.run().then(
    () => 'well',
    (fault: { code?: string }) => `${fault.code}`,
  )
  await Promise.race([run, silence(sent)])
  consortium.platform.cancel(new Error('silence'))
  const ended = await run
  await consortium.close()
  return { ended, faults, posted, scorecards: consortium.scorecards.size }
}

const full = process.env.YINXIN_FULL === '1'

/**
 * A fault of the lists is met at the first message or share that depends on the key. Two providers whose lists differ about
 * each other exchange no message, and their masks do not cancel: that run ends with a useless model, and nothing is read.
 */
describe('a key that is swapped in one member list', () => {
  const { member } = createIdentity('nobody', 'provider')
  const always: [string, string, 'signKey' | 'agreeKey', string][] = [
    [FIRST, KEY_HOLDER, 'signKey', 'ENVELOPE_REFUSED'],
    [FIRST, KEY_HOLDER, 'agreeKey', 'SEAL_REFUSED'],
    [BANK, KEY_HOLDER, 'agreeKey', 'LABELS_IMPLAUSIBLE'],
  ]
  const others: [string, string, 'signKey' | 'agreeKey', string][] = [
    [FIRST, PLATFORM, 'signKey', 'ENVELOPE_REFUSED'],
    [BANK, PLATFORM, 'signKey', 'ENVELOPE_REFUSED'],
    [BANK, 'bank-2', 'agreeKey', 'LABELS_IMPLAUSIBLE'],
    [KEY_HOLDER, FIRST, 'signKey', 'ENVELOPE_REFUSED'],
    [KEY_HOLDER, PLATFORM, 'signKey', 'ENVELOPE_REFUSED'],
  ]

  it.each(full ? [...always, ...others] : always)('at %s that of %s, %s', async (at, other, key, code) => {
    const consortium = await testConsortium(smallInput())
    listed(consortium, at, other, { [key]: member[key] })
    const { ended, faults, posted, scorecards } = await attacked(consortium)
    expect(ended).not.toBe('well')
    // Whoever compares the signatures under the plan finds it first.
    expect(faults.join()).toMatch(
      code === 'ENVELOPE_REFUSED' ? /ENVELOPE_REFUSED|PLAN_CHANGED/ : new RegExp(code),
    )
    expect(scorecards).toBe(0)
    const opened = posted.filter(({ type }) => /^(bins\.counts|round\.gradient|score\.masks)$/.test(type))
    expect(opened).toEqual([])
  })
})

/** The platform's second identity as the party it poses as. */
function poserOf({ nodes }: TestConsortium): Membership {
  const { membership } = nodes.get(PLATFORM)!
  const members = [...nodes.keys()].map((name) => (name === KEY_HOLDER ? posed : membership.member(name)))
  return new Membership({ consortium: membership.consortium, suite: 'international', members }, posedIdentity)
}

/** Takes every message, wherever it stands. */
class Anywhere extends StreamBook {
  #suite
  constructor(suite: Membership['suite']) {
    super(suite)
    this.#suite = suite
  }
  override of(): Streams {
    return new Streams(this.#suite, false)
  }
}

describe("the platform's key in the place of the key holder's, in a query", () => {
  /** Firms whose bins the query asks for: the first training rows, each with a power of two of its own. */
  const FIRMS = 20
  const input = smallInput()

  /** Both queries of the fine bins to the first provider are the platform's own; what comes back is decrypted. */
  async function forge(
    weaken: (consortium: TestConsortium) => void,
    /** Weakens it after the plan, whose signatures would show a wrong key before. */
    late: (consortium: TestConsortium) => void = () => {},
  ) {
    const consortium = await testConsortium(input)
    weaken(consortium)
    const poser = poserOf(consortium)
    const platform = consortium.nodes.get(PLATFORM)!.membership
    const engine = createEngine(0)
    const [own, stolen] = [platform, poser].map((membership) => ({
      membership,
      reader: new EnvelopeReader(membership, new Anywhere(membership.suite)),
    }))
    let plan: RunPlan | undefined
    const owners = new Map<string, Awaited<ReturnType<typeof engine.linearOwner>>>()
    const read: Float64Array[] = []
    const relay: Relay = async ({ to, envelope, header }) => {
      const { from, type, run, round } = header
      if (type === 'bins.query' && to === FIRST) {
        if (from === KEY_HOLDER) late(consortium)
        const values = new Float64Array(plan!.trainRows)
        if (from === PLATFORM) for (let firm = 0; firm < FIRMS; firm++) values[firm] = 2 ** firm
        const owner = await engine.linearOwner(plan!.packing)
        owners.set(from, owner)
        // In the place, the session and the life of the message that it stands for.
        const { membership } = from === PLATFORM ? own : stolen
        const writer = new EnvelopeWriter(membership, header)
        const body = { group: 0, ...(await owner.encrypt(values)) }
        const encoded = writer.encoded(body)
        const { plan: planned, step } = header
        return [
          { to, envelope: writer.writeAt(header, to, { run, plan: planned, round, step }, type, encoded) },
        ]
      }
      if (type === 'bins.answer' && from === FIRST) {
        const { reader } = to === PLATFORM ? own : stolen
        const { body } = reader.read(envelope) as { body: Body<'bins.answer'> } & ReturnType<
          typeof reader.read
        >
        read.push(await owners.get(to)!.decrypt(body.answer, body.to - body.from))
        return []
      }
      return undefined
    }
    const original = consortium.nodes.get(PLATFORM)!
    const post = original.post.bind(original)
    original.post = (to, type, body, round) => {
      if (type === 'plan.propose') plan = JSON.parse((body as Body<'plan.propose'>).plan) as RunPlan
      return post(to, type, body, round)
    }
    const { faults } = await attacked(consortium, relay)
    await engine.close()
    return { faults, read }
  }

  it('is refused by the signature; nothing is answered', async () => {
    const { faults, read } = await forge(() => {})
    expect(faults[0]).toBe(`${FIRST} YX_FEDERATION_ENVELOPE_REFUSED`)
    expect(read).toEqual([])
  })

  it('is refused by the seal where every signature is believed', async () => {
    const { faults, read } = await forge(({ nodes }) => {
      vi.spyOn(nodes.get(FIRST)!.membership, 'signerOf').mockReturnValue(posed.signKey)
    })
    expect(faults[0]).toBe(`${FIRST} YX_ENGINE_SEAL_REFUSED`)
    expect(read).toEqual([])
  })

  it('control: a provider that takes the key from whoever speaks shows the bins of twenty firms', async () => {
    const { read } = await forge(
      () => {},
      (consortium) => listed(consortium, FIRST, KEY_HOLDER, posed),
    )
    expect(read).toHaveLength(2)
    addInto(read[0], read[1])
    const found = Array.from(read[0], lift).filter((firms) => firms !== 0)
    const rows = Int32Array.from(input.folds.keys()).filter((row) =>
      input.trainFolds.includes(input.folds[row]),
    )
    const basis = buildBasis(input.providers[0].columns, { bins: input.bins, rows, maxWidth: 128 })
    const truth = new Map<number, number>()
    for (const column of encodeBasis(basis, input.providers[0].columns, rows)) {
      column.slice(0, FIRMS).forEach((bin, firm) => {
        if (bin !== NO_BIN) truth.set(bin, (truth.get(bin) ?? 0) + 2 ** firm)
      })
    }
    expect(found.sort()).toEqual([...truth.values()].sort())
    expect(found.length).toBeGreaterThan(1)
  })
})

describe("the platform's key in the place of the key holder's, at a bank", () => {
  const input = smallInput()
  const rows = input.folds.length

  /** Values of the labels as the platform computes them from the share of a single bank. */
  async function unmasked(weaken: (consortium: TestConsortium) => void): Promise<number[]> {
    const consortium = await testConsortium({ ...input, labelHolders: input.labelHolders.slice(0, 1) })
    weaken(consortium)
    const poser = poserOf(consortium)
    const { posted } = await attacked(consortium)
    const { run } = consortium.nodes.get(PLATFORM)!.current
    const { snapshot } = posted.find(({ type }) => type === 'run.open')!.body as Body<'run.open'>
    const label = streamLabel(poser.consortium, { snapshot, run, opening: 'labels', phase: 'bad' })
    const values = keyHolderShare(poser.suite, [poser.pairSecret(BANK, 'mask')], label, rows)
    const share = posted.find(({ type }) => type === 'labels.share')!.body as Body<'labels.share'>
    addInto(values, unpackResidues(share.bad, rows))
    return Array.from(values)
  }

  it('opens no label of a bank that knows the key holder by its list', async () => {
    const values = await unmasked(() => {})
    expect(values.filter((value) => value < 2)).toEqual([])
  })

  it('control: a bank whose list came from the platform shows it every label', async () => {
    const values = await unmasked((consortium) => listed(consortium, BANK, KEY_HOLDER, posed))
    expect(values).toEqual([...input.labelHolders[0].bad])
  })
})
