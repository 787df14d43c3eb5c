import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { featuresErrors } from '../../errors.ts'
import { cardFault } from '../card-check.ts'
import type { ExtractorIdentity, FeatureCard } from '../card-types.ts'
import type { OnnxDeclaration } from '../onnx-declaration.ts'
import { DECLARATION_FILE, MODEL_FILE, NOTE_FILE, refuseExisting, writeModelFolder } from './model-folder.ts'
import { NETWORK_PORTS, networkToOnnx } from './network-graph.ts'
import type { NeuralSettings } from './settings.ts'
import { type DatedFeatures, laterEvents, type NeuralTarget } from './target.ts'
import { type NeuralReport, trainNeural } from './train-neural.ts'
import type { EpochReport } from './training-job.ts'

/** A network to be trained on an event in a provider's own records. */
export interface ExtractorTraining {
  /** Card of the feature that it will make, a probability; its name is the model's name and its folder's. */
  readonly card: FeatureCard
  /** What the network learns from, and later is fed. */
  readonly earlier: DatedFeatures
  /** Where the event is read off; the same extractors, run as of a later day. */
  readonly later: DatedFeatures
  readonly target: NeuralTarget
  /** Features of the earlier table, default all. */
  readonly inputs?: readonly string[]
  /** Extractors that made the tables. */
  readonly from: readonly ExtractorIdentity[]
  readonly settings: NeuralSettings
  readonly progress?: (report: EpochReport) => void
}

/** What stands beside a model for those who approve it: `training.json`. Counts and settings, no row. */
export interface TrainingNote extends NeuralReport {
  readonly name: string
  readonly target: NeuralTarget & { readonly window: string }
  readonly asOf: { readonly features: string; readonly target: string }
  readonly inputs: readonly string[]
  readonly from: readonly ExtractorIdentity[]
  /** SHA-256 of `model.onnx`. */
  readonly model: string
}

// Coarser would waste what the network learnt, finer would keep differences between processors.
const MOST_DECIMALS = 6

/**
 * Trains a network, and writes it as a folder named after its card: `model.onnx`, `declaration.json` for serving it, `training.json`
 * with what it was trained on. Whole or not at all.
 *
 * @param folder parent of the model's folder
 * @throws YX_FEATURES_NEURAL_*
 */
export async function trainExtractor(training: ExtractorTraining, folder: string): Promise<TrainingNote> {
  const { card, earlier, later, target, from } = training
  const name = checkedName(card)
  const place = join(folder, name)
  await refuseExisting(place)
  const events = laterEvents(name, earlier, later, target)
  const { network, report } = await trainNeural({
    name,
    table: earlier.table,
    target: events,
    settings: training.settings,
    ...(training.inputs && { inputs: training.inputs }),
    ...(training.progress && { progress: training.progress }),
  })
  const model = networkToOnnx(network)
  const inputs = network.encoding.features
  const declaration: OnnxDeclaration = {
    onnx: MODEL_FILE,
    inputs,
    missing: 'NaN',
    outputs: [{ name: NETWORK_PORTS.output, card }],
  }
  const told = later.table.columns.find((column) => column.card.name === target.feature)
  const note: TrainingNote = {
    name,
    target: { ...target, window: told?.card.window ?? '' },
    asOf: { features: earlier.asOf, target: later.asOf },
    inputs,
    from,
    ...report,
    model: createHash('sha256').update(model).digest('hex'),
  }
  await writeModelFolder(place, {
    [MODEL_FILE]: model,
    [DECLARATION_FILE]: `${JSON.stringify(declaration, null, 2)}\n`,
    [NOTE_FILE]: `${JSON.stringify(note, null, 2)}\n`,
  })
  return note
}

function checkedName(card: FeatureCard): string {
  const fault = cardFault(card)
  const name = typeof card?.name === 'string' ? card.name : ''
  if (fault !== null) throw new featuresErrors.NeuralSettingInvalid(name, `card.${fault[0]}`, fault[1])
  if (card.kind !== 'numeric' || card.decimals < 1 || card.decimals > MOST_DECIMALS) {
    throw new featuresErrors.NeuralSettingInvalid(
      name,
      'card',
      `numeric with 1 to ${MOST_DECIMALS} decimals, the feature is a probability`,
    )
  }
  return name
}
