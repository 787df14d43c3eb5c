/** The form of a plan as it arrives from the platform: checked before any field is read. */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { parseExact } from './messages/exact-json.ts'
import type { RunPlan } from './plan.ts'

const Count = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })
const Text = Type.String({ maxLength: 1024 })
/** Null where something left without noise. */
const Amount = Type.Union([Type.Number({ minimum: 0 }), Type.Null()])
const strict = { additionalProperties: false }
const Groups = Type.Array(
  Type.Object(
    { members: Type.Array(Type.Object({ provider: Text, from: Count, to: Count }, strict)) },
    strict,
  ),
)
const Provider = Type.Object(
  {
    name: Text,
    publicData: Type.Boolean(),
    width: Count,
    occupancy: Count,
    auditedOccupancy: Type.Union([Count, Type.Null()]),
    trainedOn: Type.Union([Type.Literal('all'), Type.Literal('authorised')]),
    bins: Count,
    commitment: Text,
    runSecret: Text,
    columns: Type.Array(Type.Object({ name: Text, kind: Text, bins: Count }, strict)),
    extractors: Type.Array(Type.Object({ name: Text, hash: Text }, strict)),
    grade: Type.Union([Type.Literal('G1'), Type.Literal('G2'), Type.Literal('G3'), Type.Null()]),
  },
  strict,
)
const Plan = Type.Object(
  {
    version: Type.Literal(1),
    consortium: Text,
    run: Text,
    snapshot: Text,
    purpose: Text,
    rosterDigest: Text,
    rows: Count,
    authorisation: Type.Union([Type.Object({ version: Count, digest: Text }, strict), Type.Null()]),
    trainFolds: Type.Array(Count),
    trainRows: Count,
    providers: Type.Array(Provider),
    labelHolders: Type.Array(Text),
    binned: Type.Array(Text),
    bins: Count,
    rounds: Count,
    logistic: Type.Union([Type.Object({ rounds: Count, openings: Count }, strict), Type.Null()]),
    challenges: Count,
    evaluations: Count,
    lambda: Type.Number(),
    kappa: Type.Number(),
    booster: Type.Union([
      Type.Object({ depth: Count, shrinkage: Type.Number(), leastRows: Count }, strict),
      Type.Null(),
    ]),
    sigma: Type.Number(),
    labelSigma: Type.Number(),
    labelled: Type.Number(),
    bads: Type.Number(),
    labelledAll: Type.Number(),
    scale: Type.Object({ p0: Type.Number(), a: Type.Number(), c: Type.Number() }, strict),
    megabits: Type.Number(),
    packing: Type.Object({ rows: Count, blockRows: Count, stride: Count, blocks: Count }, strict),
    groups: Groups,
    binGroups: Groups,
    ledger: Type.Object({ entries: Count, hash: Text, rho: Amount, rhoCounted: Amount }, strict),
    flags: Type.Array(Text),
    expires: Text,
  },
  strict,
)
const check = Compile(Plan)

/** The plan of a text, or null where it is not exactly the text of one. */
export const parsePlan = (text: string): RunPlan | null => planOf(text, {})

/**
 * The plan of a model that was signed before, perhaps by an earlier build: what plans did not say then was as these fields say. The hash
 * is of the text, so nothing that was not signed passes for it.
 */
export const parseKeptPlan = (text: string): RunPlan | null => planOf(text, { logistic: null, booster: null })

function planOf(text: string, earlier: Partial<RunPlan>): RunPlan | null {
  let value: unknown
  try {
    value = parseExact(text)
  } catch {
    return null
  }
  const whole = typeof value === 'object' && value !== null ? { ...earlier, ...value } : value
  return check.Check(whole) ? (whole as RunPlan) : null
}
