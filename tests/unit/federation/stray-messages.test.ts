/** Whoever is no party of a run does not stop it, whatever it sends; a party that sends what cannot be read does, by name. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { EnvelopeWriter, KEY_HOLDER, PLATFORM } from '../../../federation/index.ts'
import type { Body, MessageType } from '../../../federation/messages/schema.ts'
import { type TestConsortium, testConsortium } from '../../helpers/consortium.ts'
import { intercept, onFirst, smallInput } from './interception.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const PARTY = 'provider-1'
const OUTSIDER = 'provider-3'
const ABORT = { code: 'YX_X', text: 'x' }
const HELLO = { rosterDigest: '0'.repeat(64), rows: 0, columns: 0, labelDigest: '', labelPeriod: '', run: '' }

interface Stray {
  readonly from: string
  readonly to: string
  readonly type: MessageType
  readonly body: object
  /** The run that it names, where it is not the current one. */
  readonly run?: string
  /** Sealed under another secret than that of the pair. */
  readonly sealed?: 'badly'
  readonly life?: number
}

async function send(consortium: TestConsortium, stray: Stray): Promise<void> {
  const { from, to, type, body, life = 1 } = stray
  const { membership } = consortium.nodes.get(from)!
  const { run, plan } = consortium.nodes.get(PLATFORM)!.current
  const about = { run: stray.run ?? run, plan, round: 1 }
  const spy = vi.spyOn(membership, 'sealSecret')
  if (stray.sealed === 'badly') spy.mockReturnValue(new Uint8Array(32))
  // Each from a stream of its own, so that nothing else is wrong with it.
  const writer = new EnvelopeWriter(membership, {
    session: life === 1 ? `session of ${from}` : `session ${life}`,
    life,
  })
  const envelope = writer.write(to, about, type, body as Body<MessageType>)
  spy.mockRestore()
  await consortium.transport.send(to, envelope)
}

/** A run without one of three providers, into the middle of which messages are thrown. */
async function disturbed(...strays: Stray[]) {
  const consortium = await testConsortium(smallInput())
  const faults: string[] = []
  const notices: string[] = []
  for (const [name, node] of consortium.nodes) {
    const { onFault } = node
    node.onFault = (from, fault, failed) => {
      faults.push(`${name} of ${from}: ${(fault as { code: string }).code}`)
      onFault(from, fault, failed)
    }
    node.onNotice = (text) => void notices.push(`${name}: ${text}`)
  }
  const throwing = onFirst({ type: 'round.start' }, (message) => {
    for (const stray of strays) void send(consortium, stray)
    return [message]
  })
  intercept(consortium, throwing)
  const ended = await consortium.run({ providers: ['provider-1', 'provider-2'] }).then(
    () => 'well',
    (fault: { code: string }) => fault.code,
  )
  await consortium.close()
  return { ended, faults, notices }
}

const share = { type: 'round.share', body: { totals: new Uint8Array(8) } } as const

describe('a member that is no party of the run', () => {
  it.each([PLATFORM, KEY_HOLDER, PARTY, 'bank-1'])('does not stop it by what it sends to %s', async (to) => {
    const from = OUTSIDER
    const strays: Stray[] = [
      { from, to, ...share, sealed: 'badly' },
      { from, to, ...share, sealed: 'badly', run: 'another' },
      { from, to, ...share, body: { totals: 'a text' } },
      { from, to, ...share },
      { from, to, ...share, run: 'another' },
      { from, to, ...share, run: '' },
      { from, to, type: 'run.abort', body: ABORT },
      { from, to, type: 'run.open', body: {} },
    ]
    const { ended, faults, notices } = await disturbed(...strays)
    expect([ended, faults]).toEqual(['well', []])
    expect(notices).toEqual(Array(strays.length).fill(expect.stringContaining(`${to}: `)))
  })

  it('does not stop it by a greeting of an older life, or one that nobody can read', async () => {
    const hello = { from: OUTSIDER, to: PLATFORM, type: 'party.hello', body: HELLO, run: '' } as const
    const strays: Stray[] = [
      { ...hello, life: 7 },
      { ...hello, life: 3 },
      { ...hello, life: 7, sealed: 'badly' },
    ]
    const { ended, faults, notices } = await disturbed(...strays)
    expect([ended, faults]).toEqual(['well', []])
    expect(notices).toEqual([
      expect.stringContaining(`${OUTSIDER} speaks as process number 3 of its life`),
      expect.stringContaining(PLATFORM),
    ])
  })
})

describe('a party of the run', () => {
  it.each([
    ['badly sealed', { sealed: 'badly' }, 'YX_ENGINE_SEAL_REFUSED'],
    ['of another form', { body: { totals: 'a text' } }, 'YX_FEDERATION_MESSAGE_MALFORMED'],
  ] as const)('stops it by a message %s, and is named', async (_, change, code) => {
    const { ended, faults } = await disturbed({ from: PARTY, to: PLATFORM, ...share, ...change })
    expect(ended).toBe(code)
    expect(faults[0]).toBe(`${PLATFORM} of ${PARTY}: ${code}`)
  })

  it('does not stop it by one of another run', async () => {
    const { ended, faults } = await disturbed({
      from: PARTY,
      to: KEY_HOLDER,
      ...share,
      run: 'another',
      sealed: 'badly',
    })
    expect([ended, faults]).toEqual(['well', []])
  })
})
