import { featuresErrors } from '../../errors.ts'

/** How a network is trained; everything but the seed has a default. */
export interface NeuralSettings {
  /** Decides the parts, the first weights and the order of the batches; a whole number from 0 to 2^53 - 1. */
  readonly seed: number
  /** Sizes of the hidden layers, default [32, 16]; at most 3 of at most 256. */
  readonly hidden?: readonly number[]
  /** At most so many passes over the training part, default 50. */
  readonly epochs?: number
  /** Rows per step, default 256. */
  readonly batchRows?: number
  /** Of Adam, default 0.003. */
  readonly learningRate?: number
  /** Weight of the sum of squared weights in the loss, default 0.0001. */
  readonly weightDecay?: number
  /** Share of either class that is kept apart for validation, default 0.2. */
  readonly validationShare?: number
  /** Training stops after so many epochs without a better loss on the validation part, default 5. */
  readonly patience?: number
  /** Fewest enterprises of either class, default 50. */
  readonly fewest?: number
}

const DEFAULTS = {
  hidden: [32, 16],
  epochs: 50,
  batchRows: 256,
  learningRate: 0.003,
  weightDecay: 0.0001,
  validationShare: 0.2,
  patience: 5,
  fewest: 50,
} as const

const BOUNDS = [
  ['epochs', 1, 1000, true],
  ['batchRows', 8, 65_536, true],
  ['learningRate', 1e-6, 1, false],
  ['weightDecay', 0, 1, false],
  ['validationShare', 0.05, 0.5, false],
  ['patience', 1, 1000, true],
  ['fewest', 10, 1_000_000, true],
] as const

/**
 * Settings with their defaults.
 *
 * @param name of the model, for messages
 * @throws YX_FEATURES_NEURAL_SETTING_INVALID
 */
export function completeSettings(name: string, given: NeuralSettings): Required<NeuralSettings> {
  const settings: Required<NeuralSettings> = { ...DEFAULTS, ...given }
  const refuse = (setting: string, rule: string): never => {
    throw new featuresErrors.NeuralSettingInvalid(name, setting, rule)
  }
  const unknown = Object.keys(settings).find((key) => key !== 'seed' && !(key in DEFAULTS))
  if (unknown !== undefined) refuse(unknown, `only seed, ${Object.keys(DEFAULTS).join(', ')}`)
  if (!Number.isSafeInteger(settings.seed) || settings.seed < 0)
    refuse('seed', 'a whole number from 0 to 2^53 - 1')
  const { hidden } = settings
  const fits =
    Array.isArray(hidden) && hidden.length >= 1 && hidden.length <= 3 && hidden.every((size) => isSize(size))
  if (!fits) refuse('hidden', '1 to 3 whole numbers from 1 to 256')
  for (const [setting, least, most, whole] of BOUNDS) {
    const value = settings[setting]
    const inside = typeof value === 'number' && value >= least && value <= most
    if (!inside || (whole && !Number.isInteger(value))) {
      refuse(setting, `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`)
    }
  }
  return settings
}

function isSize(size: unknown): boolean {
  return Number.isInteger(size) && (size as number) >= 1 && (size as number) <= 256
}
