import { resolve } from 'node:path'
import { loadCatalogue } from './catalogue/load-catalogue.ts'
import { checkDataSection } from './check-data-section.ts'
import type { DataSection } from './data-section.ts'
import { featuresErrors } from './errors.ts'
import type { ExclusionOp } from './exclusion.ts'
import { loadBuiltinSets } from './extract/builtin-sets.ts'
import { extractFeatures } from './extract/extract-features.ts'
import { type TrainingNote, trainExtractor } from './extract/neural/train-extractor.ts'
import type { EpochReport } from './extract/neural/training-job.ts'
import { type ReadOptions, readSources } from './read-sources.ts'
import { openWorkSession } from './source/session.ts'

/** What a provider's own network learns to foresee, on that provider's own records. */
export interface OwnTarget {
  /** Name of the feature to be made, and of the model's folder. */
  readonly name: string
  /** The class whose built-in features it is fed with, and on which the event is read off. */
  readonly class: string
  /** The event: this feature, as of the later day. */
  readonly event: { readonly feature: string; readonly op: ExclusionOp; readonly value: number }
  readonly earlier: string
  readonly later: string
  readonly seed: number
}

/**
 * Trains a small network on a provider's own records: built-in features of a class as of an earlier day against an event as of a
 * later one. Nothing of it leaves the house; the model's folder is written beside the configuration.
 *
 * @param out parent of the model's folder
 * @throws the first fault of the sources; YX_FEATURES_BUILTIN_MISSING, _NEURAL_*
 */
export async function trainFromSources(
  data: DataSection,
  { name, class: code, event, earlier, later, seed }: OwnTarget,
  options: Pick<ReadOptions, 'folder' | 'today' | 'note'> & {
    readonly out: string
    readonly progress?: (report: EpochReport) => void
  },
): Promise<TrainingNote> {
  checkDataSection(data)
  const catalogue = await loadCatalogue(
    (data.catalogue ?? []).map((folder) => resolve(options.folder, folder)),
  )
  const builtin = await loadBuiltinSets(catalogue.classes)
  const set = builtin.get(code)
  const sources = data.sources.filter((source) => source.class === code)
  if (set === undefined || sources.length === 0) {
    const usable = [...builtin.keys()].filter((known) =>
      data.sources.some((source) => source.class === known),
    )
    throw new featuresErrors.BuiltinMissing(code, usable.join(', '))
  }
  const session = await openWorkSession({
    ...(data.threads !== undefined && { threads: data.threads }),
    ...(data.memoryMb !== undefined && { memoryMb: data.memoryMb }),
  })
  try {
    const { batches, tables } = await readSources(session, sources, { ...options, catalogue, asOf: later })
    for (const batch of batches) if ('fault' in batch) throw batch.fault
    const dated = async (asOf: string) => ({
      asOf,
      table: await extractFeatures(session, { set, records: tables, asOf }),
    })
    const what = `${event.feature} ${event.op} ${event.value}`
    return await trainExtractor(
      {
        card: {
          name,
          title: { zh: `${what} 的可能性`, en: `Likelihood of ${what}` },
          meaning: {
            zh: `用本单位记录训练的小型神经网络：由 ${earlier} 的特征预计 ${later} 是否 ${what}`,
            en: `Small network trained on the provider's own records: features of ${earlier} against ${what} as of ${later}`,
          },
          window: 'that of its inputs',
          unit: 'probability',
          direction: 'rising',
          kind: 'numeric',
          decimals: 4,
        },
        earlier: await dated(earlier),
        later: await dated(later),
        target: event,
        from: [set.identity],
        settings: { seed },
        ...(options.progress && { progress: options.progress }),
      },
      options.out,
    )
  } finally {
    session.close()
  }
}
