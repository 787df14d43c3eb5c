/**
 * What became of the providers that the served model was trained with, and what that means. Pure: who is a member, since when
 * one is away and what was forgotten come from outside.
 */
import type { RunRequest } from '../control/run-report.ts'

/** The model whose scores are served: what it was trained with, and the request that would train it again. */
export interface ServedModel {
  readonly run: string
  readonly planHash: string
  /** ISO 8601 instant of its first scores. */
  readonly trained: string
  readonly request: RunRequest
}

export interface ProviderMember {
  readonly name: string
  readonly publicData: boolean
}

/** Day by day record of providers, as the platform noticed it; days are YYYY-MM-DD. */
export interface ProviderDays {
  readonly joined: string
  /** Null as long as it is a member. */
  readonly left: string | null
  /** When its last vector was deleted for good; null where it was not. */
  readonly forgotten: string | null
}

export type ModelState =
  /** All of its providers are members, and nobody else is. */
  | 'in force'
  /** Scored as before; a retraining would use a provider more. */
  | 'provider joined'
  /** Scored on with the last vectors of who left, dated. */
  | 'provider left'
  /** Not to be scored any more; its last scores stay with their date. */
  | 'closed'

export interface ModelStatus {
  readonly model: Omit<ServedModel, 'request'> & { readonly providers: readonly string[] }
  readonly state: ModelState
  readonly left: readonly { readonly provider: string; readonly since: string }[]
  readonly joined: readonly { readonly provider: string; readonly since: string }[]
  readonly forgotten: readonly { readonly provider: string; readonly since: string }[]
  /** The run that would train a model of today's providers; null where there is nothing to do or too few are left. */
  readonly retrain: RunRequest | null
  /** For people: one sentence a finding. */
  readonly says: readonly string[]
}

const UNKNOWN_DAY = 'an unknown day'

export function modelStatus(
  { request, ...model }: ServedModel,
  members: readonly ProviderMember[],
  days: Readonly<Record<string, ProviderDays>>,
): ModelStatus {
  const now = new Map(members.map((member) => [member.name, member]))
  const trainedWith = new Set(request.providers)
  const leftNames = request.providers.filter((name) => !now.has(name))
  const left = leftNames.map((provider) => ({ provider, since: days[provider]?.left ?? UNKNOWN_DAY }))
  const forgotten = leftNames.flatMap((provider) => {
    const since = days[provider]?.forgotten
    return since ? [{ provider, since }] : []
  })
  const joined = members
    .filter(({ name }) => !trainedWith.has(name))
    .map(({ name }) => ({ provider: name, since: days[name]?.joined ?? UNKNOWN_DAY }))
  const counted = members.filter(({ publicData }) => !publicData).length
  const changed = left.length + joined.length > 0
  const enough = counted >= request.leastProviders
  return {
    model: { ...model, providers: request.providers },
    state: stateOf(left.length, joined.length, forgotten.length),
    ...{ left, joined, forgotten },
    retrain: changed && enough ? { ...request, providers: members.map(({ name }) => name) } : null,
    says: [
      ...left.map(({ provider, since }) =>
        forgotten.some((one) => one.provider === provider)
          ? `${provider} left on ${since}, and its last vector was deleted: the model is not scored any more, its last scores stay with their date`
          : `${provider} left on ${since}: its last vector is carried over with that date, a retraining without it is due`,
      ),
      ...joined.map(({ provider, since }) => `${provider} joined on ${since}: a retraining would use it`),
      ...(changed && !enough
        ? [
            `${counted} providers of non-public data are left, ${request.leastProviders} are needed: no retraining is proposed`,
          ]
        : []),
    ],
  }
}

function stateOf(left: number, joined: number, forgotten: number): ModelState {
  if (forgotten > 0) return 'closed'
  if (left > 0) return 'provider left'
  return joined > 0 ? 'provider joined' : 'in force'
}
