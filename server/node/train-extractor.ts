/** `yinxin provider train-extractor`: a small network of a provider's own, trained where its records are. */
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type ExclusionOp, trainFromSources } from '../../features/index.ts'
import { readEnvironment } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { readChecked } from './check-provider.ts'
import { exitOnSignal } from './exit-on-signal.ts'
import { today } from './today.ts'

export interface TrainOptions {
  readonly name: string
  readonly class: string
  /** Such as `arrears_days > 30`. */
  readonly event: string
  readonly earlier: string
  readonly later: string
  readonly seed: number
  readonly out: string
}

const EVENT = /^\s*([a-z][a-z0-9_]*)\s*(==|!=|<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$/

/** @throws NoDataSection, EventInvalid, and the errors of `trainFromSources` */
export async function trainProvider(file: string, options: TrainOptions): Promise<void> {
  exitOnSignal()
  const { config, folder } = readChecked(file)
  if (config.data === undefined) throw new serverErrors.NoDataSection(file)
  const event = EVENT.exec(options.event)
  if (event === null) throw new serverErrors.EventInvalid()
  const { quiet } = readEnvironment()
  const note = (text: string) => void (quiet || process.stderr.write(`${text}\n`))
  const { name, class: code, earlier, later, seed } = options
  const [, feature, op, value] = event
  const out = resolve(folder, options.out)
  await mkdir(out, { recursive: true, mode: 0o700 })
  const target = { feature, op: op as ExclusionOp, value: Number(value) }
  const trained = await trainFromSources(
    config.data,
    { name, class: code, event: target, earlier, later, seed },
    {
      folder,
      today: today(),
      out,
      note: ({ step, of }) => note(`${step} ${of} ...`),
      progress: ({ epoch, validationLoss }) =>
        note(`epoch ${epoch}: loss ${validationLoss.toFixed(4)} on the validation part`),
    },
  )
  const { enterprises, validation } = trained
  process.stdout.write(
    [
      `${name}: AUC ${validation.auc.toFixed(3)} on the validation part; ${enterprises.withEvent} of ${enterprises.withTarget} enterprises have the event`,
      `Folder ${options.out}/${name}; SHA-256 of the model ${trained.model}`,
      'Use it by an entry under data.features:',
      `    - neural: ${options.out}/${name}`,
      `      class: ${code}`,
      `      party: ${name}`,
      '',
    ].join('\n'),
  )
}
