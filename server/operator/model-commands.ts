/** `yinxin model ...`: what the operator of the platform does with the registry. */
import { readEnvironment } from '../config.ts'
import type { ModelAction } from '../store/index.ts'
import { type OperatorOptions, openOperator } from './commands.ts'
import { compareModels } from './compare-models.ts'
import { describeComparison, describeHistory, describeModels, type Language } from './describe-models.ts'
import { type CardOutput, writeCard } from './write-card.ts'

export interface ModelOptions extends OperatorOptions {
  readonly json?: boolean
  readonly lang?: Language
}

const print = (options: ModelOptions, value: object, words: (language: Language) => string): void => {
  const text = options.json
    ? `${JSON.stringify(value, null, 2)}\n`
    : words(options.lang ?? readEnvironment().language)
  process.stdout.write(text)
}

/** @throws PlatformUnreachable, OperatorRefused */
export async function listModels(configFile: string, options: ModelOptions): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  const registry = await operator.models()
  print(options, registry, (language) => describeModels(registry.models, registry.share, language))
}

/** @throws ModelHistoryBroken, PlatformUnreachable */
export async function showHistory(configFile: string, options: ModelOptions): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  const events = await operator.modelHistory()
  print(options, events, (language) => describeHistory(events, language))
}

/** @throws ModelUnknown, PlatformUnreachable */
export async function compareTwo(
  configFile: string,
  first: number,
  second: number,
  options: ModelOptions,
): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  const comparison = compareModels(await operator.registered(first), await operator.registered(second))
  print(options, comparison, (language) => describeComparison(comparison, language))
}

/** Prints a model's card, or writes it to a file: the very bytes that parties approve; and as a page for people. @throws ModelUnknown, PlatformUnreachable */
export async function showCard(
  configFile: string,
  version: number,
  options: OperatorOptions & CardOutput,
): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  await writeCard(await operator.registered(version), options)
}

/** Takes a step and prints where the model stands then. @throws what the registry refuses the step for, PlatformUnreachable */
export async function stepModel(
  action: ModelAction,
  configFile: string,
  version: number | undefined,
  options: ModelOptions & { readonly share?: number },
): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  const { share } = options
  const model = await operator.stepModel({
    action,
    ...(version !== undefined && { version }),
    ...(share !== undefined && { share }),
  })
  print(options, model, (language) => describeModels([model], share ?? 0, language))
}
