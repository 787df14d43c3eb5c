/** Roles that are killed at the end of every step and go on from their state send what they would have sent, byte for byte. */
import { beforeAll, describe, expect, it } from 'vitest'
import { international } from '../../../engine/index.ts'
import {
  KEY_HOLDER,
  memoryJournals,
  memoryLedger,
  PLATFORM,
  type RunJournals,
} from '../../../federation/index.ts'
import type { AnyMessage } from '../../../federation/messages/envelope.ts'
import type { MessageType } from '../../../federation/messages/schema.ts'
import { StepSecret } from '../../../federation/step-secret.ts'
import { CELL, type NumericColumn } from '../../../models/index.ts'
import { smallInput } from './interception.ts'
import { BANKS, enrol, ledgerText, past, snapshotIn } from './kept.ts'
import { type Event, keptOf, type Recording, recordRun, replayRole, resumeRole } from './recorded-roles.ts'

const full = process.env.YINXIN_FULL === '1'
/** Noise everywhere, three rounds, the last one logistic, and two challenges, so that every kind of randomness is drawn. */
const input = smallInput({ sigma: 4, rounds: 2, logisticRounds: 1, challenges: 2 })
const PARTIES = [KEY_HOLDER, 'provider-1', 'provider-2', BANKS[0]]

let run: Recording
beforeAll(async () => {
  run = await recordRun(input)
  await run.consortium.close()
})

const replay = (name: string, options?: Parameters<typeof replayRole>[3]) =>
  replayRole(input, run, name, options)
const posted = (name: string) => run.recorded.get(name)!.posted
const eventsOf = (name: string) => run.recorded.get(name)!.events
const isOf = (event: Event, type: MessageType) => event !== 'end of step' && event.message.type === type

/** The last message of that type that a party was sent, with some of its body changed. */
function lastOf(name: string, type: MessageType, fields: object = {}): AnyMessage {
  const event = eventsOf(name).findLast((one) => isOf(one, type)) as Exclude<Event, 'end of step'>
  const { message } = event
  return { ...message, body: { ...message.body, ...fields } } as AnyMessage
}

const NOTHING = new Uint8Array(0)
const fault = (code: string) => ({ code: `YX_FEDERATION_${code}` })

describe('a role that is not restarted', () => {
  it.each(PARTIES)('%s computes the same messages from the same secret', async (name) => {
    const again = await replay(name, { restart: () => false })
    expect(again.posted).toEqual(posted(name))
  })
})

describe('a role that goes on from its state at the end of every step', () => {
  it.each(PARTIES)('%s sends the same bodies to the end of the run', async (name) => {
    const again = await replay(name)
    expect(again.restarts).toBeGreaterThanOrEqual(name === BANKS[0] ? 2 : 8)
    expect(again.posted).toEqual(posted(name))
    expect(again.scorecard).toEqual(run.consortium.scorecards.get(name))
  })

  it('at the end of one step only, whichever it is', async () => {
    const steps = eventsOf('provider-1').filter((event) => event === 'end of step').length
    for (let step = full ? 0 : 3; step < steps; step += full ? 1 : 4) {
      const again = await replay('provider-1', { restart: (at) => at === step })
      expect(again.posted).toEqual(posted('provider-1'))
    }
  })
})

describe('a state', () => {
  it('is all that a role goes on from: with another secret it sends something else', async () => {
    const change = (state: object) => ({ ...state, secret: new Uint8Array(32).fill(8) })
    const restart = (step: number) => step === 4
    await expect(replay(KEY_HOLDER, { restart, change })).rejects.toMatchObject(fault('QUERIES_DIFFER'))
    await expect(replay('provider-1', { restart, change })).rejects.toMatchObject(fault('HOLDINGS_CHANGED'))
  })

  it("of the key holder never holds a secret of a step that is over, nor the run's", async () => {
    const { states } = await replay(KEY_HOLDER)
    let secret = new StepSecret(international, new Uint8Array(32).fill(7))
    for (const [step, bytes] of states.entries()) {
      const earlier = Buffer.from(secret.bytes)
      secret = secret.next()
      const later = states.slice(step)
      expect(later.filter((state) => Buffer.from(state).includes(earlier))).toEqual([])
      expect(Buffer.from(bytes).includes(Buffer.from(secret.bytes))).toBe(true)
    }
  })
})

it("what a node seals of a server's step holds neither the run's secret nor that of the step", async () => {
  const sealed: { node: string; state: Buffer }[] = []
  const journals = (node: string): RunJournals => {
    const kept = memoryJournals()
    return {
      ...kept,
      async begin(id) {
        const journal = await kept.begin(id)
        return {
          ...journal,
          seal(step, state, outcome) {
            sealed.push({ node, state: Buffer.from(state) })
            return journal.seal(step, state, outcome)
          },
        }
      },
    }
  }
  const { consortium } = await recordRun(smallInput({ sigma: 4, journals }))
  await consortium.close()
  const holds = (node: string, secret: StepSecret) =>
    sealed.filter((one) => one.node === node).map(({ state }) => state.includes(Buffer.from(secret.bytes)))
  const ofRun = new StepSecret(international, new Uint8Array(32).fill(7))
  for (const node of [KEY_HOLDER, PLATFORM]) {
    expect(holds(node, ofRun).length).toBeGreaterThan(7)
    expect(holds(node, ofRun)).not.toContain(true)
  }
  // A provider's own stays, for its auditor.
  expect(holds('provider-1', ofRun)).not.toContain(false)
  const [first, ...later] = holds(KEY_HOLDER, ofRun.next())
  expect(first).toBe(true)
  expect(later).not.toContain(true)
})

describe('a key holder that goes on from its state refuses', () => {
  let states: Uint8Array[]
  let ledger: string
  beforeAll(async () => {
    const kept = keptOf(input, run.enrolled)
    states = (await replay(KEY_HOLDER, { kept })).states
    ledger = kept.ledgers.keyHolder.text
  })

  /** The key holder at the end of the step in which it was last sent a message of that type, or of the one before. */
  const after = (type: MessageType, earlier = 0, text = ledger) => {
    const events = eventsOf(KEY_HOLDER)
    const last = events.findLastIndex((event) => isOf(event, type))
    const steps = events.slice(0, last).filter((event) => event === 'end of step').length
    return resumeRole(input, run.enrolled, KEY_HOLDER, states[steps - earlier], text)
  }

  it('to go on over a ledger that was set back', async () => {
    const short = ledger.split('\n').slice(0, 3).join('\n')
    await expect(after('score.commit', 0, `${short}\n`)).rejects.toMatchObject(fault('LEDGER_SET_BACK'))
  })

  it('a second set', async () => {
    const role = await after('score.commit')
    await expect(role.handle(lastOf(KEY_HOLDER, 'score.commit'), NOTHING)).rejects.toMatchObject(
      fault('SECOND_SET'),
    )
  })

  it('fewer providers than the least, or another set, in an opening', async () => {
    for (const [providers, code] of [
      [['provider-1'], 'TOO_FEW_PROVIDERS'],
      [['provider-1', 'provider-2'], 'MESSAGE_UNEXPECTED'],
    ] as const) {
      const role = await after('score.commit', 1)
      const message = lastOf(KEY_HOLDER, 'score.commit', { providers })
      await expect(role.handle(message, NOTHING)).rejects.toMatchObject(fault(code))
    }
  })

  it.each([
    ['labels.ready', 'SECOND_ANSWER'],
    ['labels.answer', 'MESSAGE_UNEXPECTED'],
    ['plan.propose', 'MESSAGE_UNEXPECTED'],
    ['bins.start', 'SECOND_ANSWER'],
    ['bins.answer', 'SECOND_ANSWER'],
    ['bins.part', 'SECOND_ANSWER'],
    ['round.start', 'MESSAGE_UNEXPECTED'],
    ['round.crossed', 'MESSAGE_UNEXPECTED'],
    ['round.answer', 'SECOND_ANSWER'],
    ['totals.commit', 'SECOND_SET'],
    ['challenge.masks', 'MESSAGE_UNEXPECTED'],
    ['evaluation.start', 'MESSAGE_UNEXPECTED'],
    ['evaluation.answer', 'MESSAGE_UNEXPECTED'],
  ] as const)('a second "%s"', async (type, code) => {
    const role = await after(type)
    await expect(role.handle(lastOf(KEY_HOLDER, type), NOTHING)).rejects.toMatchObject(fault(code))
  })

  it('every step of a plan that it did not sign', async () => {
    const role = await after('labels.answer')
    for (const type of [
      'bins.start',
      'round.start',
      'totals.commit',
      'score.commit',
      'evaluation.start',
    ] as const) {
      await expect(role.handle(lastOf(KEY_HOLDER, type), NOTHING)).rejects.toMatchObject(
        fault('MESSAGE_UNEXPECTED'),
      )
    }
  })

  it('a plan with other label sums than it opened', async () => {
    const role = await after('labels.answer')
    const plan = JSON.parse((lastOf(KEY_HOLDER, 'plan.propose').body as { plan: string }).plan)
    const changed = JSON.stringify({ ...plan, labelledAll: plan.labelledAll + 1 })
    await expect(
      role.handle(lastOf(KEY_HOLDER, 'plan.propose', { plan: changed }), NOTHING),
    ).rejects.toMatchObject(fault('PLAN_REFUSED'))
  })

  it('a run under an id that was used', async () => {
    const role = await after('score.commit')
    await expect(role.handle(lastOf(KEY_HOLDER, 'run.open'), NOTHING)).rejects.toMatchObject(
      fault('MESSAGE_UNEXPECTED'),
    )
  })
})

it('a key holder that was stopped after it took over entries of the ledger takes them over once', async () => {
  const short = smallInput({ sigma: 4 })
  const enrolled = enrol(short)
  const text = await ledgerText(enrolled, snapshotIn(short, enrolled), [past(0.1), past(0.2)])
  const keptBy = (keyHolder: string) => ({
    ...keptOf(short, enrolled),
    ledgers: { platform: memoryLedger(text), keyHolder: memoryLedger(keyHolder) },
  })
  const earlier = await recordRun(short, keptBy(''))
  await earlier.consortium.close()
  const events = earlier.recorded.get(KEY_HOLDER)!.events.indexOf('end of step')
  const kept = keptBy('')
  for (const life of ['first', 'second']) {
    const { posted: sent } = await replayRole(short, earlier, KEY_HOLDER, { events, kept })
    expect(sent, life).toHaveLength(1)
    expect(kept.ledgers.keyHolder.text, life).toBe(text)
  }
  expect(isOf(earlier.recorded.get(KEY_HOLDER)!.events[1], 'ledger.missing')).toBe(true)
})

describe('a node whose data changed while it was stopped', () => {
  const [first] = input.providers
  const heldIn = (wanted: number) =>
    input.folds.findIndex((fold, row) => fold === wanted && first.columns[0].state[row] === CELL.held)
  const moved = (row: number) => {
    const column = first.columns[0] as NumericColumn
    const values = column.values.with(row, column.values[row] < 0.9 ? 1e6 : -1e6)
    return { ...first, columns: [{ ...column, values }, ...first.columns.slice(1)] }
  }
  const excluding = { ...first, exclusions: first.exclusions.map((hit, row) => (row === 0 ? 1 - hit : hit)) }

  it.each([
    ['a value of a training row', moved(heldIn(0))],
    ['a value of a row outside the training folds', moved(heldIn(4))],
    ['an exclusion', excluding],
  ])('does not go on: %s', async (_what, changed) => {
    const then = { ...input, providers: [changed, ...input.providers.slice(1)] }
    await expect(replay('provider-1', { restart: (step) => step === 3, then })).rejects.toMatchObject({
      ...fault('HOLDINGS_CHANGED'),
      message: expect.stringContaining('The data of provider-1 are not those that run run-1 began with'),
    })
  })

  it.each([KEY_HOLDER, 'provider-1', BANKS[0]])('does not go on with another roster: %s', async (name) => {
    const then = { ...input, folds: input.folds.map((fold) => (fold + 1) % 5) }
    await expect(replay(name, { restart: (step) => step === 1, then })).rejects.toMatchObject(
      fault('HOLDINGS_CHANGED'),
    )
  })
})
