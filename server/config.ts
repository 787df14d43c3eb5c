/**
 * Configuration of every process: one JSON or YAML file each, checked at start with every fault listed at once. The only file that
 * reads the environment.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Type, { type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { dataSection, loansSection } from '../features/index.ts'
import { NIGHT_POLICY, type NightPolicy } from '../federation/index.ts'
import { type ConfigText, ConfigTextFault, parseConfigText } from './config-text.ts'
import { serverErrors } from './errors.ts'
import type { RegistryRules } from './platform/models/model-registry.ts'

const Path = Type.String({ minLength: 1 })
const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

/** Highest epsilon of a label holder's period over all runs; null, said aloud, for no budget. */
const mostEpsilon = Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()])
/** Label periods that one label holder may begin within 365 days, so that its budget is seldom whole again. */
const periodsPerYear = Type.Optional(Type.Integer({ minimum: 1, maximum: 12 }))
const Names = Type.Array(Type.String({ minLength: 1, maxLength: 256 }))
/** Rules for scoring apart from training; what is left out is as in federation/night/policy.ts. */
const NightRules = Type.Optional(
  object({
    /** A provider shares points of models that it approved, night after night. */
    mayScore: Type.Optional(Type.Boolean()),
    /** Providers of non-public data of which none, or at least so many, have other data than at any earlier opening. */
    leastChanged: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    /** Days for which the last vector of an absent provider may be carried over. */
    mostStaleDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })),
  }),
)
const share = Type.Number({ minimum: 0, maximum: 1 })
const count = Type.Integer({ minimum: 0 })
const amount = Type.Number({ minimum: 0 })
/** How a provider bins its own columns; what is left out is as in models/column-choice.ts. */
const ScorecardRules = Type.Optional(
  object({
    /** Trends that feature cards state bind bins and weights; true without it. */
    trends: Type.Optional(Type.Boolean()),
    leastShare: Type.Optional(share),
    leastLabelled: Type.Optional(count),
    leastBads: Type.Optional(count),
    leastGoods: Type.Optional(count),
    /** Columns are left out by these thresholds; none is without it. */
    select: Type.Optional(
      object({
        leastIv: Type.Optional(amount),
        mostIv: Type.Optional(amount),
        mostStability: Type.Optional(amount),
        mostVif: Type.Optional(amount),
        signs: Type.Optional(Type.Boolean()),
      }),
    ),
    /** Columns that may say suspiciously much. */
    approvedColumns: Type.Optional(Names),
  }),
)
const Policy = object({
  leastProviders: Type.Integer({ minimum: 2 }),
  leastSigma: Type.Number({ minimum: 0 }),
  overrideLimits: Type.Boolean(),
  mostEpsilon,
  periodsPerYear,
  purposes: Type.Optional(Names),
  mostRounds: Type.Optional(Type.Integer({ minimum: 1 })),
  mostEvaluations: Type.Optional(Type.Integer({ minimum: 1 })),
  leastLabelHolders: Type.Optional(Type.Integer({ minimum: 1 })),
  parties: Type.Optional(object({ allowed: Type.Optional(Names), required: Type.Optional(Names) })),
  flags: Type.Optional(Names),
  labelPeriodsOnce: Type.Optional(Type.Boolean()),
  mostDays: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  columns: Type.Optional(Names),
  scorecard: ScorecardRules,
  /** Who decides on a plan that keeps these rules: they themselves (the default), or a person. */
  approval: Type.Optional(Type.Union([Type.Literal('policy'), Type.Literal('person')])),
  night: NightRules,
})
const Table = object({
  party: Type.String(),
  file: Path,
  columns: Type.Array(
    object({
      name: Type.String(),
      type: Type.Union([Type.Literal('numeric'), Type.Literal('categorical')]),
      /** How the risk moves as the value rises. */
      direction: Type.Optional(
        Type.Union([
          Type.Literal('rising'),
          Type.Literal('falling'),
          Type.Literal('peak'),
          Type.Literal('valley'),
          Type.Literal('free'),
        ]),
      ),
    }),
  ),
})
const Exclusion = object({
  party: Type.String(),
  column: Type.String(),
  op: Type.Union([
    Type.Literal('=='),
    Type.Literal('!='),
    Type.Literal('<'),
    Type.Literal('<='),
    Type.Literal('>'),
    Type.Literal('>='),
  ]),
  value: Type.Union([Type.Number(), Type.String()]),
  reason: Type.String(),
})
/** By which law or agreement, in the words of those who answer for it. */
const legalBasis = Type.String({ pattern: '\\S', maxLength: 2000 })
/** Two rules of a provider of non-public data that say different things: training is on sums, a score is about one firm. */
const Authorisation = object({
  training: object({
    /** Rows of firms without authorisation take part in training. */
    allowed: Type.Boolean(),
    legalBasis,
  }),
  inference: object({
    /** A firm's points need its authorisation. */
    needed: Type.Boolean(),
    legalBasis,
    /** The list of authorised firms that the platform issues. */
    list: Type.Optional(Path),
  }),
})
const common = {
  name: Type.String({ minLength: 1, maxLength: 128 }),
  identity: Path,
  members: Path,
  /** A plain list of codes, or versions that the platform signs. */
  roster: Type.Union([Path, object({ signed: Path })]),
  /** Folder for what the node must not forget: its ledger, what it saw of one, its fine bins. */
  state: Path,
  /** Worker threads of the engine. */
  threads: Type.Integer({ minimum: 0, maximum: 64 }),
}
/** What a model needs before it rates anybody; without it an accepted model is the champion at once. */
const ModelRules = Type.Union([
  object({
    approvals: Type.Optional(Type.Literal('none')),
    /** Who makes an accepted model the champion: the platform by itself (the default), or its operator. */
    promotion: Type.Optional(Type.Union([Type.Literal('automatic'), Type.Literal('operator')])),
  }),
  object({
    /** Who must have approved the card of a model: all that signed its plan, or the parties named. */
    approvals: Type.Union([
      Type.Literal('all'),
      Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, uniqueItems: true }),
    ]),
  }),
])
/** A node's certificate, its private key and the consortium's authority, PEM files. */
const tls = Type.Optional(object({ certificate: Path, key: Path, authority: Path }))
const outbound = {
  ...common,
  platform: Type.String({ pattern: '^https?://' }),
  /** Seconds for which a platform that does not answer is waited for; a day where it is left out. */
  patienceSeconds: Type.Optional(Type.Number({ minimum: 1 })),
  tls,
  policy: Policy,
}

/** Folder of a server's transcripts: what it received in each run, for audits. */
const transcripts = Path

export const platformConfig = object({
  ...common,
  transcripts,
  host: Type.String(),
  port: Type.Integer({ minimum: 0, maximum: 65535 }),
  /** Left out on loopback only. */
  tls,
  database: Type.String(),
  idScheme: Type.Union([Type.Literal('uscc'), Type.Literal('text')]),
  /** Hex sha256 of the operator's token; without it the token is a file in the state folder, made at the first start. */
  operatorTokenHash: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  /** Seconds after which a party counts as silent: a run names it and waits. */
  silenceSeconds: Type.Number({ minimum: 1 }),
  /** Seconds that a run waits for a silent party before it stops, to be resumed. */
  patienceSeconds: Type.Optional(Type.Number({ minimum: 1 })),
  mostEpsilon,
  night: NightRules,
  periodsPerYear,
  models: Type.Optional(ModelRules),
  /** The list of authorised firms; without it every firm's data may be used as far as the providers' own rules go. */
  authorisation: Type.Optional(object({ list: Path })),
})
export const keyHolderConfig = object({ ...outbound, transcripts })
/** A provider's data before it is enrolled: what `provider check` needs. */
export const dataConfig = object({
  data: Type.Optional(dataSection),
  exclusions: Type.Optional(Type.Array(Exclusion)),
})
/** Either of the two servers. */
export const serverConfig = Type.Union([platformConfig, keyHolderConfig])
export const providerConfig = object({
  ...outbound,
  /** Tables of ready features, one row an enterprise. */
  tables: Type.Array(Table),
  /** Raw tables, and the features to be made of them. */
  data: Type.Optional(dataSection),
  exclusions: Type.Array(Exclusion),
  /** Folder for the provider's own part of each scorecard. */
  scorecards: Path,
  /** Folder for journals of its runs, and how many of them are kept. */
  runs: Path,
  keepRuns: Type.Integer({ minimum: 1 }),
  /** To be stated by every provider whose data are not public. */
  authorisation: Type.Optional(Authorisation),
})
export const labelHolderConfig = object({
  ...outbound,
  /** Frozen label file, or a table of its own. */
  labels: Path,
  /** Day on which the period of these labels begins: the privacy budget is held for a period. Left out for the first one. */
  labelPeriod: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
  /** Where its loans are, and what good and bad mean; `labels` is then a file that was frozen by it. */
  loans: Type.Optional(loansSection),
})

/** Any node's. */
export const anyNodeConfig = Type.Union([platformConfig, keyHolderConfig, providerConfig, labelHolderConfig])

export interface TlsConfig {
  readonly certificate: string
  readonly key: string
  readonly authority: string
}
/** Any node. */
export const nodeConfig = Type.Union([platformConfig, keyHolderConfig, providerConfig, labelHolderConfig])

export type PlatformConfig = Static<typeof platformConfig>
export type KeyHolderConfig = Static<typeof keyHolderConfig>
export type ProviderConfig = Static<typeof providerConfig>
export type DataConfig = Static<typeof dataConfig>
export type LabelHolderConfig = Static<typeof labelHolderConfig>

type NightRulesConfig = PlatformConfig['night']

/** The rules of nights in force, by what a configuration says of them. */
export const nightPolicy = (rules: NightRulesConfig): NightPolicy => ({ ...NIGHT_POLICY, ...rules })

/** The rules of a registry; approvals are waited for by the operator. */
export function registryRules(rules: Static<typeof ModelRules> = {}): RegistryRules {
  const { approvals = 'none' } = rules
  const promotion = approvals === 'none' && 'promotion' in rules ? rules.promotion : undefined
  return { approvals, promotion: promotion ?? (approvals === 'none' ? 'automatic' : 'operator') }
}

/** @throws ConfigUnreadable */
function readText(file: string): ConfigText {
  try {
    return parseConfigText(file, readFileSync(file, 'utf8'))
  } catch (fault) {
    throw new serverErrors.ConfigUnreadable(
      file,
      fault instanceof ConfigTextFault ? fault.message : 'it cannot be read',
    )
  }
}

/** Names of the fields of a configuration, whatever their values. @throws ConfigUnreadable */
export function readConfigNames(file: string): string[] {
  const { value } = readText(file)
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

/** Whether a configuration is a provider's data alone, without a node. @throws ConfigUnreadable */
export function holdsDataOnly(file: string): boolean {
  const names = readConfigNames(file)
  return names.includes('data') && names.every((name) => name === 'data' || name === 'exclusions')
}

/**
 * Reads and checks a configuration file, YAML where its name ends in .yaml or .yml, else JSON.
 * @throws ConfigUnreadable, ConfigInvalid (naming every fault)
 */
export function readConfig<S extends TSchema>(
  schema: S,
  file: string,
): { config: Static<S>; folder: string } {
  const text = readText(file)
  const { value } = text
  const check = Compile(schema)
  if (!check.Check(value)) {
    const faults = check.Errors(value).map(({ instancePath, message }) => {
      const place = text.place(instancePath)
      return `${instancePath || '/'}${place && ` (${place})`} ${message}`
    })
    throw new serverErrors.ConfigInvalid(file, faults.join('; '))
  }
  return { config: value as Static<S>, folder: dirname(resolve(file)) }
}

/** What the environment may say. */
export interface Environment {
  readonly state: string
  readonly quiet: boolean
  readonly noColor: boolean
  /** Of what a command prints for people, where no option says it. */
  readonly language: 'zh' | 'en'
}

export function readEnvironment(): Environment {
  const { YINXIN_STATE, YINXIN_QUIET, NO_COLOR, LC_ALL, LANG } = process.env
  return {
    state: YINXIN_STATE ?? '.yinxin',
    quiet: YINXIN_QUIET === '1',
    noColor: NO_COLOR !== undefined && NO_COLOR !== '',
    language: (LC_ALL || LANG || '').startsWith('zh') ? 'zh' : 'en',
  }
}
