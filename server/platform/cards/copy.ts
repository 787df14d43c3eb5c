/** A card as a reader may have it: whole, or with what was left out on its way. */
import type { BandMetrics, ModelCard } from '../../../models/index.ts'

type PartFolds = { readonly [Fold in keyof ModelCard['metrics']]?: Partial<BandMetrics> | null }

export type CardCopy = Partial<
  Omit<ModelCard, 'training' | 'metrics' | 'plan' | 'privacy' | 'whitelist' | 'stability'>
> & {
  readonly training?: Partial<ModelCard['training']>
  readonly metrics?: PartFolds
  readonly plan?: Partial<ModelCard['plan']>
  readonly privacy?: Partial<ModelCard['privacy']>
  readonly whitelist?: Partial<ModelCard['whitelist']>
  readonly stability?: Partial<ModelCard['stability']>
}
