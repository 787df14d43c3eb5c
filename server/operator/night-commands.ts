/** `yinxin run night`: scores the roster with the data of the day, apart from training. */
import type { NightReport } from '../night/night-service.ts'
import { type OperatorOptions, openOperator } from './commands.ts'

export interface NightOptions extends OperatorOptions {
  /** Plan hash of the model, or its beginning. */
  readonly model?: string
  readonly json?: boolean
}

/** @throws PlatformUnreachable, RunInProgress, NightModelUnknown, NightStopped, OperatorTokenMissing, and whatever ended it */
export async function scoreNight(configFile: string, options: NightOptions): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  const { model } = options
  const report = await operator.night(model === undefined ? {} : { model })
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : printableNight(report))
}

/** What an operator reads of a night: what was published, and which departments' parts are not of tonight, since when and why. */
export function printableNight(report: NightReport): string {
  const { night, snapshotId, model, run, rated, waiting, excluded, publicOnly, listed, parts, challenger } =
    report
  const lines = [
    `${night}: snapshot ${snapshotId}, model ${model} of ${run}`,
    `${rated} firms rated, ${listed} listed, ${excluded} excluded, ${publicOnly} by public data only`,
  ]
  if (challenger)
    lines.push(
      `${challenger.rated} of them by model ${challenger.model} of ${challenger.run}, the challenger`,
    )
  if (waiting > 0) lines.push(`${waiting} firms wait until every department has rated them`)
  for (const { provider, part, since, reason } of parts) {
    if (part === 'held') lines.push(`${provider}: held back, its part is of ${since}; too few changed`)
    if (part === 'carried')
      lines.push(
        `${provider}: carried over, its part is of ${since}; ${reason || 'its last version is gone'}`,
      )
  }
  return `${lines.join('\n')}\n`
}
