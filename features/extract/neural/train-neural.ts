import { featuresErrors } from '../../errors.ts'
import type { FeatureTable, IntegerColumn } from '../card-types.ts'
import { fitEncoding } from './encoding.ts'
import { loadNeuralLibrary } from './library.ts'
import type { Network } from './network.ts'
import { divideRows } from './parts.ts'
import { completeSettings, type NeuralSettings } from './settings.ts'
import { type EpochReport, TrainingJob } from './training-job.ts'

export interface NeuralTraining {
  /** Name for messages. */
  readonly name: string
  /** Features as of a day before the event. */
  readonly table: FeatureTable
  /** Features to learn from, default all of the table. */
  readonly inputs?: readonly string[]
  /** Per enterprise of the table: 1 event, 0 none, NaN unknown. */
  readonly target: Float64Array
  readonly settings: NeuralSettings
  readonly progress?: (report: EpochReport) => void
}

/** What a training came to. AUC is on the validation part, which also chose the epoch: a little better than on strangers. */
export interface NeuralReport {
  readonly enterprises: { readonly all: number; readonly withTarget: number; readonly withEvent: number }
  readonly rows: { readonly training: number; readonly validation: number }
  readonly epochs: { readonly run: number; readonly best: number }
  readonly validation: { readonly auc: number; readonly loss: number }
  readonly settings: Required<NeuralSettings>
  readonly library: { readonly backend: string; readonly version: string }
}

/**
 * Trains a small network on a provider's own target. With the `wasm` backend the same table, target and settings give the same
 * network, bit for bit.
 *
 * @throws YX_FEATURES_NEURAL_*
 */
export async function trainNeural(training: NeuralTraining): Promise<{
  network: Network
  report: NeuralReport
}> {
  const { name, table } = training
  const settings = completeSettings(name, training.settings)
  const columns = chooseInputs(training)
  const { rows, targets } = knownTargets(training, settings.fewest)
  const parts = divideRows(rows, targets, settings.validationShare, settings.seed)
  const encoding = fitEncoding(columns, parts.training)
  const library = await loadNeuralLibrary()
  const job = new TrainingJob(library, { encoding, columns, target: training.target, settings })
  try {
    const best = await job.fit(name, parts, training.progress)
    return {
      network: { encoding, layers: best.layers },
      report: {
        enterprises: {
          all: table.ids.length,
          withTarget: rows.length,
          withEvent: targets.reduce((sum, target) => sum + target, 0),
        },
        rows: { training: parts.training.length, validation: parts.validation.length },
        epochs: { run: best.run, best: best.epoch },
        validation: { auc: best.auc, loss: best.loss },
        settings,
        library: { backend: library.backend, version: library.version },
      },
    }
  } finally {
    job.dispose()
  }
}

function chooseInputs({ name, table, inputs }: NeuralTraining): readonly IntegerColumn[] {
  const refuse = (rule: string): never => {
    throw new featuresErrors.NeuralSettingInvalid(name, 'inputs', rule)
  }
  const names = inputs ?? table.columns.map(({ card }) => card.name)
  if (names.length === 0 || new Set(names).size !== names.length) {
    refuse('names of features, each once, at least one')
  }
  return names.map((input) => {
    const found = table.columns.filter(({ card }) => card.name === input)
    return found.length === 1 ? found[0] : refuse('features that stand once in the table')
  })
}

function knownTargets(
  { name, table, target }: NeuralTraining,
  fewest: number,
): { rows: Int32Array; targets: Uint8Array } {
  if (
    target.length !== table.ids.length ||
    target.some((value) => value !== 0 && value !== 1 && !Number.isNaN(value))
  ) {
    throw new featuresErrors.NeuralTargetInvalid(name, 'it is not 1, 0 or NaN for every enterprise')
  }
  const rows = Int32Array.from(target.keys()).filter((row) => !Number.isNaN(target[row]))
  const targets = Uint8Array.from(rows, (row) => target[row])
  const events = targets.reduce((sum, value) => sum + value, 0)
  if (events < fewest || rows.length - events < fewest) {
    throw new featuresErrors.NeuralTargetsTooFew(
      name,
      `${events} enterprises with the event and ${rows.length - events} without it, at least ${fewest} of each are needed`,
    )
  }
  return { rows, targets }
}
