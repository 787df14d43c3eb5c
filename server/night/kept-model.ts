/** The platform's models, as far as nights need them: signed plan, public scale, card. No weight is among it. */
import type { NightModel } from '../../federation/index.ts'
import type { Split } from './split.ts'

export interface KeptModel extends NightModel {
  /** Training run. */
  readonly run: string
  /** Public offset of the scale, hundredths of a point. */
  readonly offset: number
  readonly targetPd: number
  /** Part of the departments whose data are public. */
  readonly publicPart: number
  readonly card: Readonly<Record<string, unknown>>
}

/** A kept model under the version that its ratings carry. */
export interface VersionedModel extends KeptModel {
  readonly version: number
}

/** A second model, and whom it rates. */
export interface Challenger extends Split {
  readonly model: VersionedModel
}

/** Which models a night rates with. */
export interface NightModels {
  /** @param planHash of the champion, or its beginning; the champion without it. @throws NightModelUnknown */
  find(planHash?: string): Promise<VersionedModel>
  /** Null where there is none. */
  challenger(): Promise<Challenger | null>
}
