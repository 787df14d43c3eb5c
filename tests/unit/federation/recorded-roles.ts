/**
 * Records what the roles of a whole run were sent and what they posted, with the ends of steps between, and lets a fresh role
 * go through the same once more: at the end of any step it may be replaced by one that has nothing but its state.
 */
import { createHash } from 'node:crypto'
import { vi } from 'vitest'
import {
  createEngine,
  memoryFineBins,
  memoryLedger,
  memoryOfHead,
  Node,
  type Role,
  secureRandom,
} from '../../../federation/index.ts'
import { decodeState, encodeBody, encodeState } from '../../../federation/messages/codec.ts'
import type { AnyMessage } from '../../../federation/messages/envelope.ts'
import type { MessageType } from '../../../federation/messages/schema.ts'
import { RUN_SECRET_BYTES } from '../../../federation/run-secret.ts'
import { type ConsortiumInput, type TestConsortium, testConsortium } from '../../helpers/consortium.ts'
import { BANKS } from './kept.ts'

/** A role that goes on from a state. */
export type Resumable = Role & {
  state(): object
  restore(run: string, state: object): Promise<void>
}

export type Event = { readonly message: AnyMessage; readonly envelope: Uint8Array } | 'end of step'

/** What one party was sent in a run, in its order, and what it posted: receiver, type, round and hash of the body. */
export interface Recorded {
  readonly events: Event[]
  readonly posted: string[]
}

/** What outlives the processes of the parties. */
export type Kept = NonNullable<ConsortiumInput['kept']>

/** Secrets of runs are the same every time; what else is drawn is not. */
const random = (length: number): Uint8Array =>
  length === RUN_SECRET_BYTES ? new Uint8Array(length).fill(7) : secureRandom(length)

const services = { engine: createEngine(0), random, clock: { now: () => new Date(1_800_000_000_000) } }

/** Nothing yet, but identities where they are given, and the ledger of both servers. */
export function keptOf(input: ConsortiumInput, enrolled?: Kept['enrolled'], ledger = '') {
  return {
    ...(enrolled && { enrolled }),
    ledgers: { platform: memoryLedger(ledger), keyHolder: memoryLedger(ledger) },
    memories: Object.fromEntries(BANKS.map((name) => [name, memoryOfHead()])),
    fineBins: Object.fromEntries(input.providers.map(({ name }) => [name, memoryFineBins()])),
  }
}

/** The parties of an input with their roles. @param wrap puts something between a node and its role */
async function partiesOf(
  input: ConsortiumInput,
  kept: Kept,
  wrap: (name: string, role: Resumable) => Role = (_name, role) => role,
): Promise<{ consortium: TestConsortium; roles: ReadonlyMap<string, Resumable> }> {
  const roles = new Map<string, Resumable>()
  const { attach } = Node.prototype
  const spy = vi.spyOn(Node.prototype, 'attach').mockImplementation(function (this: Node, role: Role) {
    const { name } = this.membership
    roles.set(name, role as Resumable)
    attach.call(this, wrap(name, role as Resumable))
  })
  try {
    return { consortium: await testConsortium({ ...input, services, kept }), roles }
  } finally {
    spy.mockRestore()
  }
}

const described = (to: string, type: MessageType, round: number, body: object): string =>
  `${to} ${type} ${round} ${createHash('sha256').update(encodeBody(body)).digest('hex').slice(0, 16)}`

/** Runs an input and records all parties. @param kept changed by the run */
export async function recordRun(input: ConsortiumInput, kept: Kept = keptOf(input)) {
  const recorded = new Map<string, Recorded>()
  const { consortium } = await partiesOf(input, kept, (name, role) => {
    const events: Event[] = []
    recorded.set(name, { events, posted: [] })
    return {
      handle(message, envelope) {
        events.push({ message, envelope })
        return role.handle(message, envelope)
      },
      state() {
        events.push('end of step')
        return role.state()
      },
    }
  })
  for (const [name, node] of consortium.nodes) {
    const post = node.post.bind(node)
    node.post = (to, type, body, round = 0) => {
      if (type !== 'party.hello') recorded.get(name)!.posted.push(described(to, type, round, body))
      return post(to, type, body, round)
    }
  }
  const result = await consortium.run()
  return { consortium, result, recorded, enrolled: consortium.enrolled }
}

export type Recording = Awaited<ReturnType<typeof recordRun>>

export interface Replay {
  readonly role: Resumable
  readonly posted: string[]
  readonly scorecard: object | undefined
  readonly restarts: number
  /** States at the ends of steps, as bytes. */
  readonly states: Uint8Array[]
}

export interface ReplayOptions {
  /** True where the role is replaced at the end of a step (from 0); everywhere without it. */
  readonly restart?: (step: number) => boolean
  /** Number of events that are handled; all of them without it. */
  readonly events?: number
  /** Another state than was kept. */
  readonly change?: (state: object) => object
  /** What the parties remember of earlier runs, or of an earlier life in this one. */
  readonly kept?: Kept
  /** Another input from the first restart on. */
  readonly then?: ConsortiumInput
}

/** A fresh role of a party that goes on from a state; what it posts goes nowhere. */
export async function resumeRole(
  input: ConsortiumInput,
  enrolled: Kept['enrolled'],
  name: string,
  state: Uint8Array,
  ledger: string,
): Promise<Resumable> {
  const { consortium, roles } = await partiesOf(input, keptOf(input, enrolled, ledger))
  consortium.nodes.get(name)!.post = async () => {}
  const role = roles.get(name)!
  await role.restore('run-1', decodeState(state))
  return role
}

/** Lets a fresh role of a party handle what was recorded. */
export async function replayRole(
  input: ConsortiumInput,
  { recorded, enrolled }: Pick<Recording, 'recorded' | 'enrolled'>,
  name: string,
  options: ReplayOptions = {},
): Promise<Replay> {
  const { restart = () => true, change = (state) => state, then = input } = options
  const { kept = keptOf(input, enrolled) } = options
  const posted: string[] = []
  const states: Uint8Array[] = []
  const start = async (of: ConsortiumInput) => {
    const { consortium, roles } = await partiesOf(of, kept)
    consortium.nodes.get(name)!.post = async (to, type, body, round = 0) => {
      posted.push(described(to, type, round, body))
    }
    return { role: roles.get(name)!, scorecards: consortium.scorecards }
  }
  let party = await start(input)
  let restarts = 0
  const { events } = recorded.get(name)!
  for (const event of events.slice(0, options.events)) {
    if (event !== 'end of step') {
      await party.role.handle(event.message, event.envelope)
      continue
    }
    states.push(encodeState(party.role.state()))
    if (!restart(states.length - 1)) continue
    restarts++
    party = await start(then)
    await party.role.restore('run-1', change(decodeState(states.at(-1)!)))
  }
  return { ...party, posted, states, restarts, scorecard: party.scorecards.get(name) }
}
