/** `yinxin model monitor`: how the model that rates stands under watch, and the decision to go on with a frozen one. */
import type { ModelWatch } from '../platform/monitor/model-monitor.ts'
import { type OperatorOptions, openOperator } from './commands.ts'

/** @throws ModelNotFrozen, RunInProgress, PlatformUnreachable */
export async function monitorModel(
  configFile: string,
  { accept, json, ...options }: OperatorOptions & { readonly accept?: string; readonly json?: boolean },
): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  const watch = accept === undefined ? await operator.modelWatch() : await operator.acceptDrift(accept)
  process.stdout.write(json ? `${JSON.stringify(watch, null, 2)}\n` : watchLines(watch))
}

const STATES: Readonly<Record<ModelWatch['state'], string>> = {
  ok: '稳定 stable',
  watch: '关注 watch',
  act: '须处理 act',
  frozen: '已冻结 frozen: nothing is published until a person decides',
  unknown: '未知 unknown',
}

/** What an operator reads. */
export function watchLines(watch: ModelWatch | null): string {
  if (watch === null) return 'No night and no newer labels yet. 尚无夜间评分或新标签。\n'
  const { state, planHash, nights, outcomes, frozen, decisions } = watch
  return [
    `${STATES[state]}   plan ${planHash.slice(0, 12)}`,
    ...(frozen ? [`since ${frozen.since}: ${frozen.why}`] : []),
    ...nights
      .slice(-10)
      .map(
        ({ at, night, index, state: how }) =>
          `${at.slice(0, 16)}  ${night}  scores ${index.toFixed(3)}  ${how}`,
      ),
    ...(outcomes
      ? [
          `${outcomes.at.slice(0, 16)}  ${outcomes.run}  KS fell by ${outcomes.ksDrop.toFixed(3)} (standard error ${outcomes.ksDropSe.toFixed(3)})  ${outcomes.ks}`,
          `${outcomes.at.slice(0, 16)}  ${outcomes.run}  share of bads ${(100 * outcomes.badRate.before).toFixed(1)} %, now ${(100 * outcomes.badRate.now).toFixed(1)} %  ${outcomes.calibration}`,
        ]
      : []),
    ...decisions.map(({ at, note, why }) => `${at.slice(0, 16)}  accepted: ${note} (${why})`),
    '',
  ].join('\n')
}
