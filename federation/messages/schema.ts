/** One schema a step of the protocol (protocol.md section 5). Bodies carry numbers, names and opaque bytes, nothing else. */
import Type, { type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

const Bytes = Type.Refine(Type.Unsafe<Uint8Array>({}), (value: unknown) => value instanceof Uint8Array)
const Name = Type.String({ minLength: 1, maxLength: 128 })
/** A number of rows, columns, bins, rounds; the bound only keeps differences and products of two of them exact. */
const Count = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Signature = Type.String({ pattern: '^([0-9a-f]{2}){32,256}$' })
const body = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

const ColumnSummary = body({ name: Type.String({ maxLength: 256 }), kind: Name, bins: Count })
const EncryptedVector = { publicKey: Bytes, blocks: Bytes }
const ColumnRange = { group: Count, from: Count, to: Count }
/** Of the most restricted field that a provider's columns are made of; null where it is not known. */
const Grade = Type.Union([Type.Literal('G1'), Type.Literal('G2'), Type.Literal('G3'), Type.Null()])
/** What an evaluation sums over its columns: packed counts, or bads alone. */
const Vector = Type.Union([Type.Literal('counts'), Type.Literal('bads')])
/** First day of a label period; empty for a label holder's first one, and for parties without labels. */
const LabelPeriod = Type.String({ pattern: '^(\\d{4}-\\d{2}-\\d{2})?$' })
/** Version of the member list that a run or a night uses. */
const ListVersion = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })
const LedgerHead = body({ entries: Count, hash: Type.String({ pattern: '^([0-9a-f]{64})?$' }) })
/** The list of authorised firms that a run is about; null where every firm's data may be used. */
const AuthorisationListed = Type.Union([
  body({ version: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }), digest: Hash }),
  Type.Null(),
])
/** One provider of a night's set: the night of its vector and the version of what is under its masks. */
const NightEntry = body({ provider: Name, night: Name, version: Hash })
/** A version that may not be known. */
const Version = Type.String({ pattern: '^([0-9a-f]{64})?$' })
const CrossVectors = body({ publicKey: Bytes, first: Bytes, second: Bytes })

/** Every message type and the schema of its body. */
export const schemas = {
  // a party is there
  'party.hello': body({
    rosterDigest: Hash,
    rows: Count,
    columns: Count,
    labelDigest: Type.String({ pattern: '^([0-9a-f]{64})?$' }),
    labelPeriod: LabelPeriod,
    // that its sender would go on with
    run: Type.String({ maxLength: 128 }),
  }),
  'run.open': body({
    memberList: ListVersion,
    providers: Type.Array(Name),
    labelHolders: Type.Array(Name),
    snapshot: Name,
    labelDigests: Type.Array(Hash),
    labelPeriods: Type.Array(LabelPeriod),
    ledger: LedgerHead,
    authorisation: AuthorisationListed,
    production: Type.Boolean(),
    labelSigma: Type.Number({ minimum: 0 }),
    flags: Type.Array(Type.String()),
  }),
  'run.abort': body({ code: Name, text: Type.String({ maxLength: 2000 }) }),
  'run.finish': body({
    accepted: Type.Boolean(),
    p0: Type.Number(),
    intercept: Type.Number(),
    slope: Type.Number(),
    ledger: LedgerHead,
  }),
  'run.kept': body({}),
  'run.over': body({ run: Type.String({ maxLength: 128 }) }),
  'run.sealed': body({ step: Count, last: Type.Boolean() }),
  // the two ledgers; entries travel as lines of JSON
  'ledger.state': body({ entries: Count, hash: LedgerHead.properties.hash, missing: Bytes }),
  'ledger.missing': body({ missing: Bytes }),
  // A: labels
  'labels.share': body({ labelled: Bytes, bad: Bytes }),
  'labels.ready': body({ sharesHash: Hash }),
  'labels.query': body({ seed: Bytes, labelled: CrossVectors, bad: CrossVectors }),
  'labels.answer': body({ labelled: Bytes, bad: Bytes, sums: Bytes }),
  'labels.opened': body({ sums: Type.Array(Type.Number()) }),
  // basis and plan
  'basis.request': body({ bins: Type.Integer({ minimum: 2, maximum: 254 }) }),
  'basis.ready': body({
    bins: Count,
    width: Count,
    occupancy: Count,
    trainedOn: Type.Union([Type.Literal('all'), Type.Literal('authorised')]),
    commitment: Hash,
    runSecret: Hash,
    columns: Type.Array(ColumnSummary),
    dropped: Type.Array(
      body({ name: Type.String({ maxLength: 256 }), reason: Type.String({ maxLength: 256 }) }),
    ),
    extractors: Type.Array(body({ name: Type.String({ maxLength: 256 }), hash: Hash }), { maxItems: 256 }),
    grade: Grade,
  }),
  'plan.propose': body({ plan: Type.String() }),
  'plan.approve': body({ planHash: Hash, signature: Bytes }),
  'plan.signed': body({
    approvals: Type.Array(body({ party: Name, signature: Signature }), { maxItems: 1024 }),
  }),
  // B: fine bins
  'bins.start': body({}),
  'bins.query': body({ group: Count, ...EncryptedVector }),
  'bins.answer': body({ ...ColumnRange, answer: Bytes, seenPlatform: Hash, seenKeyHolder: Hash }),
  'bins.part': body({ ...ColumnRange, provider: Name, values: Bytes }),
  'bins.counts': body({ ...ColumnRange, counts: Bytes, open: Bytes }),
  'bins.done': body({}),
  // C: training rounds
  'round.start': body({}),
  'round.share': body({ totals: Bytes }),
  // the third one is empty in a linear round
  'round.cross': body({ publicKey: Bytes, first: Bytes, second: Bytes, third: Bytes }),
  'round.crossed': body({ answer: Bytes }),
  'round.query': body({ group: Count, ...EncryptedVector }),
  'round.answer': body({ ...ColumnRange, answer: Bytes, seenPlatform: Hash, seenKeyHolder: Hash }),
  'round.gradient': body({ ...ColumnRange, values: Bytes }),
  'round.done': body({}),
  'round.level': body({ level: Count }),
  // hidden challenges among the rounds
  'challenge.declare': body({ group: Count }),
  'challenge.part': body({ group: Count, provider: Name, change: Hash }),
  'challenge.masks': body({ ...ColumnRange, sums: Bytes }),
  'challenge.passed': body({}),
  // openings of the training totals, before logistic rounds
  'totals.request': body({ opening: Count }),
  'totals.share': body({ opening: Count, totals: Bytes }),
  'totals.commit': body({ opening: Count, providers: Type.Array(Name) }),
  'totals.masks': body({ opening: Count, totals: Bytes }),
  // scoring (protocol.md 7)
  'score.request': body({
    opening: Name,
    intercept: Type.Number(),
    slope: Type.Number(),
    exclusions: Type.Boolean(),
  }),
  'score.share': body({ opening: Name, points: Bytes, exclusions: Bytes }),
  'score.commit': body({ opening: Name, providers: Type.Array(Name), exclusions: Type.Boolean() }),
  'score.masks': body({ opening: Name, points: Bytes, exclusions: Bytes }),
  // evaluation (protocol.md 6)
  'evaluation.start': body({
    evaluation: Count,
    folds: Type.Array(Count, { maxItems: 5 }),
    columns: Count,
    vector: Vector,
  }),
  'evaluation.query': body({ evaluation: Count, vector: Vector, ...EncryptedVector }),
  'evaluation.answer': body({ evaluation: Count, answer: Bytes, own: Bytes }),
  'evaluation.opened': body({ evaluation: Count, vector: Vector, values: Type.Array(Type.Number()) }),
  // scoring apart from training (protocol.md 7)
  'night.agree': body({
    memberList: ListVersion,
    planHash: Hash,
    plan: Type.String(),
    rosterDigest: Hash,
    ledger: LedgerHead,
  }),
  'night.agreed': body({
    ledger: LedgerHead,
    missing: Bytes,
    last: Type.Array(NightEntry, { maxItems: 64 }),
  }),
  'night.open': body({
    memberList: ListVersion,
    planHash: Hash,
    plan: Type.String(),
    rosterDigest: Hash,
    authorisation: AuthorisationListed,
    last: Type.Union([NightEntry, Type.Null()]),
  }),
  'night.ready': body({ version: Hash, base: Version, holds: Type.Boolean() }),
  'night.collect': body({ entries: Type.Array(NightEntry, { maxItems: 64 }) }),
  'night.share': body({
    points: Bytes,
    exclusions: Bytes,
    base: Version,
    seeds: Type.Array(body({ provider: Name, seed: Bytes }), { maxItems: 64 }),
    signature: Bytes,
  }),
  'night.blind': body({ exclusions: Bytes }),
  'night.blinded': body({ exclusions: Bytes }),
  'night.commit': body({
    night: Name,
    planHash: Hash,
    rosterDigest: Hash,
    entries: Type.Array(NightEntry, { maxItems: 64 }),
    shares: Type.Array(
      body({ provider: Name, base: Version, points: Hash, exclusions: Hash, signature: Bytes }),
      { maxItems: 64 },
    ),
    blinding: Type.String({ maxLength: 128 }),
    withheld: Bytes,
    missing: Bytes,
  }),
  'night.masks': body({ points: Bytes, exclusions: Bytes }),
} as const

export type MessageType = keyof typeof schemas
export type Body<M extends MessageType> = Static<(typeof schemas)[M]>

/** True for a type of this protocol; what an object inherits is none. */
export const isMessageType = (type: string): type is MessageType => Object.hasOwn(schemas, type)

type Check = ReturnType<typeof Compile>
const compiled = new Map<string, Check>()

/** The first fault of a body as "path: rule", or null. Values are never repeated, and no key that the schema does not know. */
export function faultOf(type: MessageType, value: unknown): string | null {
  let check = compiled.get(type)
  if (!check) {
    check = Compile(schemas[type]) as Check
    compiled.set(type, check)
  }
  if (check.Check(value)) return null
  // A field too many is reported at its own path, whose last part the sender has chosen.
  const fault = check.Errors(value).find(({ keyword }) => keyword !== 'boolean')
  return fault ? `${fault.instancePath || '/'} ${fault.message}` : 'does not fit'
}
