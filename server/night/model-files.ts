/** The platform's accepted models, as far as nights need them: signed plan, public scale, card. No weight is among it. */
import type { NightFiles, NightModel } from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'

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

export interface ModelStore {
  keep(model: KeptModel): Promise<void>
  /** @param planHash the newest one without it. @throws NightModelUnknown */
  find(planHash?: string): Promise<KeptModel>
}

const LIST = 'models.json'
const MOST = 3

export function modelFiles(files: NightFiles): ModelStore {
  const all = async (): Promise<KeptModel[]> => {
    const bytes = await files.read(LIST)
    try {
      return bytes ? (JSON.parse(Buffer.from(bytes).toString('utf8')) as KeptModel[]) : []
    } catch {
      throw new serverErrors.NodeFileUnreadable(LIST)
    }
  }
  return {
    async keep(model) {
      const others = (await all()).filter(({ planHash }) => planHash !== model.planHash)
      await files.write(LIST, Buffer.from(JSON.stringify([model, ...others].slice(0, MOST)), 'utf8'))
    },
    async find(planHash) {
      const models = await all()
      const found = models.find((one) => planHash === undefined || one.planHash.startsWith(planHash))
      if (!found)
        throw new serverErrors.NightModelUnknown(models.map((one) => one.planHash).join(', ') || 'none')
      return found
    },
  }
}
