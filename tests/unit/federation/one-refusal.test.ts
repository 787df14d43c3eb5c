/** What other parties hear of a message that a parser refused: always the same. */
import { describe, expect, it } from 'vitest'
import {
  createIdentity,
  EnvelopeWriter,
  federationErrors,
  Membership,
  Node,
  PLATFORM,
} from '../../../federation/index.ts'
import { changed, onFirst, type Posted, runWith, smallInput } from './interception.ts'

const FIRST = 'provider-1'
const bytes = (change: (copy: Uint8Array) => Uint8Array | undefined) => (value: unknown) => {
  const copy = Uint8Array.from(value as Uint8Array)
  return change(copy) ?? copy
}
const ones = bytes((copy) => void copy.fill(255, copy.length - 8))
const short = bytes((copy) => copy.subarray(1))
const headed = bytes((copy) => void copy.fill(255, 60, 61))

/** Sender, receiver and type of a message, the field to change and how. */
const faults: readonly [string, Partial<Posted>, string, (value: unknown) => unknown][] = [
  ['a residue above its prime', { from: FIRST, to: 'keyholder', type: 'round.answer' }, 'answer', ones],
  ['a short ciphertext', { from: FIRST, to: PLATFORM, type: 'bins.answer' }, 'answer', short],
  ['a byte of a query', { from: 'keyholder', to: FIRST, type: 'bins.query' }, 'blocks', headed],
  ['a public key', { from: PLATFORM, to: FIRST, type: 'round.query' }, 'publicKey', short],
  ['a cross query', { from: 'keyholder', to: PLATFORM, type: 'round.cross' }, 'second', short],
  ['a residue not below t', { from: FIRST, to: PLATFORM, type: 'round.share' }, 'totals', ones],
  ['a short vector of words', { from: 'keyholder', to: PLATFORM, type: 'score.masks' }, 'points', short],
  [
    'a field of another type',
    { from: PLATFORM, to: 'keyholder', type: 'evaluation.start' },
    'columns',
    () => '7',
  ],
  ['a number that is no count', { from: PLATFORM, to: FIRST, type: 'basis.request' }, 'bins', () => 1e308],
]

describe('the party that refuses', () => {
  it.each(faults)('tells others the same: %s', async (_, fits, field, change) => {
    const outcome = await runWith(
      smallInput(),
      onFirst(fits, (message) => [changed(message, { [field]: change(message.body[field]) })]),
    )
    const told = outcome.recorded.filter(({ type }) => type === 'run.abort').map(({ body }) => body)
    expect(outcome.code).not.toBeNull()
    expect(told.length).toBeGreaterThan(0)
    // The platform passes on which party refused.
    const texts = new Set(told.map(({ text }) => String(text).replace(/^.* stopped the run: /, '')))
    expect([...texts]).toEqual([new federationErrors.MessageRefused().message])
  })
})

describe('a node', () => {
  const made = [PLATFORM, 'water'].map((name) =>
    createIdentity(name, name === PLATFORM ? 'platform' : 'provider'),
  )
  const list = { consortium: 'c', suite: 'international' as const, members: made.map(({ member }) => member) }
  const [platform, water] = made.map(({ identity }) => new Membership(list, identity))

  /** A node whose role fails at its first message, and the runs of what it handled. */
  function failing() {
    const handled: string[] = []
    const node = new Node(water, { send: async () => {} }, { session: 'w', life: 1 })
    node.current.run = 'r'
    node.attach({
      async handle(message) {
        handled.push(message.run)
        if (handled.length === 1) throw new RangeError('the first one')
      },
    })
    const writer = new EnvelopeWriter(platform, { session: 'p', life: 1 })
    const send = (run: string) =>
      node.receive(writer.write('water', { run, plan: '', round: 1 }, 'round.start', {}))
    return { node, handled, send }
  }

  it.each([
    [
      'an envelope that nobody can read',
      async ({ node }: ReturnType<typeof failing>) => node.receive(new Uint8Array(9)),
    ],
    ['a message of another run', async ({ send }: ReturnType<typeof failing>) => send('other')],
  ])('does not go on with a failed run after %s', async (_, disturb) => {
    const there = failing()
    await there.send('r')
    await disturb(there)
    await there.send('r')
    expect(there.handled.filter((run) => run === 'r')).toEqual(['r'])
  })
})
