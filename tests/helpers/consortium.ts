/** A consortium in one process for tests: inputs of the plaintext reference, run by the real roles. */
import { createHash } from 'node:crypto'
import {
  createEngine,
  type Node,
  type NodeServices,
  type OneProcessConsortium,
  type OneProcessParties,
  oneProcessConsortium,
  type PartyPolicy,
  PLATFORM,
  type Progress,
  type ProviderData,
  type RosterView,
  type RunJournals,
  type RunOptions,
  type RunResult,
  type SuiteName,
  secureRandom,
  type TranscriptSink,
} from '../../federation/index.ts'
import type { ReferenceInput } from '../reference/reference.ts'
import { ListDesk } from './authorisation.ts'

export const silent: Progress = { phase: () => {}, step: () => {} }

export interface TestConsortium extends OneProcessConsortium {
  readonly nodes: ReadonlyMap<string, Node>
  readonly scorecards: Map<string, object>
  readonly roster: RosterView
  readonly options: RunOptions
  /** Where lists are issued; undefined where the input has none. */
  readonly desk: ListDesk | undefined
  run(overrides?: Partial<RunOptions>): Promise<RunResult>
}

export interface ConsortiumInput extends ReferenceInput {
  readonly sigma?: number
  readonly production?: boolean
  readonly policy?: PartyPolicy
  readonly record?: boolean
  readonly suite?: SuiteName
  /** In place of the engine, randomness or clock that all parties share. */
  readonly services?: Partial<NodeServices>
  readonly journals?: (provider: string) => RunJournals
  readonly transcripts?: (server: string) => TranscriptSink
  /** What outlives a consortium: identities, and what its nodes must not forget. */
  readonly kept?: Partial<
    Pick<
      OneProcessParties,
      | 'enrolled'
      | 'ledgers'
      | 'life'
      | 'memories'
      | 'fineBins'
      | 'authorisation'
      | 'authorisations'
      | 'periods'
    >
  >
  readonly challenges?: number
  /** Services of a party of its own. */
  readonly servicesOf?: (party: string) => NodeServices
  /** What made the columns of a provider, by name. */
  readonly provenance?: Readonly<Record<string, NonNullable<ProviderData['provenance']>>>
  readonly nights?: OneProcessParties['nights']
}

/** Builds the parties of an input; nothing runs until `run`. */
export async function testConsortium(input: ConsortiumInput): Promise<TestConsortium> {
  const labelNames = input.labelHolders.map((_, index) => `bank-${index + 1}`)
  const roster: RosterView = {
    size: input.folds.length,
    digest: createHash('sha256').update(input.folds).digest('hex'),
    folds: input.folds,
  }
  const scorecards = new Map<string, object>()
  const suite = input.suite ?? 'international'
  const publicProviders = input.publicProviders ?? []
  const parties = { providers: input.providers, labelHolders: labelNames, publicProviders, suite }
  const desk = input.authorised && new ListDesk(parties)
  if (desk && input.authorised) desk.handOut(desk.issue(1, input.authorised))
  const consortium = await oneProcessConsortium({
    providers: Object.fromEntries(
      input.providers.map(({ name, columns, exclusions }) => {
        const provenance = input.provenance?.[name]
        return [name, { columns, exclusions, ...(provenance && { provenance }) }]
      }),
    ),
    labelHolders: Object.fromEntries(labelNames.map((name, index) => [name, input.labelHolders[index]])),
    roster,
    policy: input.policy ?? { leastProviders: 2, leastSigma: 0, overrideLimits: true, mostEpsilon: null },
    services: {
      engine: createEngine(0),
      random: secureRandom,
      clock: { now: () => new Date() },
      ...input.services,
    },
    sink: (name) => ({ keep: async (scorecard) => void scorecards.set(name, scorecard) }),
    publicProviders,
    record: input.record ?? false,
    suite,
    ...(input.journals && { journals: input.journals }),
    ...(input.servicesOf && { servicesOf: input.servicesOf }),
    ...(input.transcripts && { transcripts: input.transcripts }),
    ...(desk && {
      enrolled: desk.enrolled,
      authorisation: desk.source(PLATFORM, roster.size),
      authorisations: desk.rules(roster.size),
    }),
    ...(input.nights && { nights: input.nights }),
    ...input.kept,
  })
  const options: RunOptions = {
    run: 'run-1',
    purpose: 'test',
    providers: input.providers.map(({ name }) => name),
    labelHolders: labelNames,
    production: input.production ?? false,
    settings: {
      rounds: input.rounds,
      bins: input.bins,
      lambda: input.lambda,
      sigma: input.sigma ?? 0,
      ...(input.logisticRounds !== undefined && { logisticRounds: input.logisticRounds }),
      ...(input.depth !== undefined && { model: 'booster', depth: input.depth }),
      ...(input.challenges !== undefined && { challenges: input.challenges }),
    },
    flags: ['override-limits'],
    leastProviders: 2,
    targetPd: 0.03,
  }
  return {
    ...consortium,
    desk,
    scorecards,
    roster,
    options,
    async run(overrides = {}) {
      await consortium.greet()
      return consortium.platform.run({ ...options, ...overrides }, silent)
    },
  }
}
