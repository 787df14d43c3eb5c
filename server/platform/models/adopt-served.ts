/** A platform from before the registry: the model that it serves is registered as version 1 and champion. */
import { type NightFiles, parsePlan, signersOf } from '../../../federation/index.ts'
import { serverErrors } from '../../errors.ts'
import type { KeptModel } from '../../night/kept-model.ts'
import type { JsonObject, PlatformStore, RegisteredModel, Snapshot } from '../../store/index.ts'
import type { RunReport } from '../control/run-report.ts'

/** Where such a platform kept its last models for nights. */
const OLD_LIST = 'models.json'

/**
 * @param files those of the platform's nights
 * @returns null where nothing is served, or the registry has a model
 * @throws NodeFileUnreadable
 */
export async function adoptServed(
  { ratings, models }: PlatformStore,
  files: Pick<NightFiles, 'read'>,
): Promise<RegisteredModel | null> {
  const current = await ratings.current()
  if (!current || (await models.models()).length > 0) return null
  const { modelVersion: run, planHash, card } = current
  const kept = (await keptBefore(files)).find((one) => one.planHash === planHash)
  const report = await reportOfRun(ratings, current)
  const plan = report?.plan ?? (kept && parsePlan(kept.plan)) ?? null
  return models.adopt({
    ...{ run, planHash, accepted: true },
    ...{ labelSnapshot: plan?.snapshot ?? '', rosterDigest: plan?.rosterDigest ?? '' },
    signers: plan ? signersOf(plan) : ['platform'],
    metrics: { ...report?.metrics },
    privacy: { ...report?.privacy },
    cardText: JSON.stringify(card),
    night: { ...kept },
  })
}

async function keptBefore(files: Pick<NightFiles, 'read'>): Promise<KeptModel[]> {
  const bytes = await files.read(OLD_LIST)
  try {
    return bytes ? (JSON.parse(Buffer.from(bytes).toString('utf8')) as KeptModel[]) : []
  } catch {
    throw new serverErrors.NodeFileUnreadable(OLD_LIST)
  }
}

/** The report of the run itself: snapshots of nights have another one. */
async function reportOfRun(
  ratings: PlatformStore['ratings'],
  { id: newest, modelVersion }: Snapshot,
): Promise<RunReport | null> {
  for (let id = newest; id > 0; id--) {
    const snapshot = await ratings.snapshot(id).catch(() => null)
    if (snapshot?.modelVersion === modelVersion && isOfRun(snapshot.report)) return snapshot.report
  }
  return null
}

const isOfRun = (report: JsonObject): report is JsonObject & RunReport =>
  'plan' in report && 'metrics' in report && 'privacy' in report
