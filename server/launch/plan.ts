/** `yinxin plan`: what a run would cost in privacy and what its noise would hide, before it is started. */
import {
  advisedBins,
  MAX_COLUMNS,
  type Outlook,
  type OutlookInput,
  outlookOf,
  PRIVACY_STATEMENT,
  rowsOfFolds,
  trainFoldsOf,
} from '../../federation/index.ts'
import { buildBasis } from '../../models/index.ts'
import { readEnvironment } from '../config.ts'
import { serverErrors } from '../errors.ts'
import { type DataOptions, openData } from './open-data.ts'
import { providerRule, type SettingName, type StartOptions, settingsOf } from './options.ts'

export interface PlanOptions
  extends DataOptions,
    Pick<StartOptions, Exclude<SettingName, 'challenges' | 'bandwidth'>> {
  readonly allowTwo?: boolean
  /** In place of data: labelled and bad rows of the training folds, columns over all providers, label holders. */
  readonly labelled?: number
  readonly bads?: number
  readonly columns?: number
  readonly labelHolders?: number
  readonly json?: boolean
}

const DEFAULT_PROVIDERS = 6

export async function plan(options: PlanOptions): Promise<void> {
  const { quiet, state } = readEnvironment()
  const note = (text: string) => void (quiet || process.stderr.write(`${text}\n`))
  const input =
    options.labelled === undefined ? await inputOfData(options, state, note) : inputOfNumbers(options)
  const outlook = outlookOf(input)
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...outlook, statement: PRIVACY_STATEMENT }, null, 2)}\n`
      : printableOutlook(outlook),
  )
}

/** Columns and outcomes as the launcher of a consortium on one machine may count them, in the clear. */
async function inputOfData(
  options: PlanOptions,
  state: string,
  note: (text: string) => void,
): Promise<OutlookInput> {
  const { data } = await openData(options, state, note)
  const rows = rowsOfFolds(data.roster.folds, trainFoldsOf(!data.benchmark))
  let labelled = 0
  let bads = 0
  for (const holder of data.labelHolders) {
    const labels = await data.labels(holder)
    for (const row of rows) {
      labelled += labels.labelled[row]
      bads += labels.bad[row]
    }
  }
  const settings = settingsOf(options)
  const bins = advisedBins(bads, data.providers.length, settings)
  const providers: OutlookInput['providers'][number][] = []
  for (const { name, public: publicData } of data.providers) {
    const basis = buildBasis(await data.columns(name), { bins, rows, maxWidth: MAX_COLUMNS })
    const { width, columns: kept } = basis
    providers.push({ name, publicData, width, occupancy: kept.length, auditedOccupancy: null })
  }
  const counted = data.providers.filter((provider) => !provider.public).length
  return {
    ...{ providers, labelled, bads, settings, labelHolders: data.labelHolders.length },
    leastProviders: providerRule(counted, options).least,
  }
}

/** Columns dealt in blocks as `start` does it, each with all its bins and one for "not held". @throws PlanNumbersMissing */
function inputOfNumbers(options: PlanOptions): OutlookInput {
  const { labelled, bads, columns, providers: count = DEFAULT_PROVIDERS, labelHolders = 1 } = options
  if (
    labelled === undefined ||
    bads === undefined ||
    columns === undefined ||
    bads >= labelled ||
    columns < count
  )
    throw new serverErrors.PlanNumbersMissing()
  const settings = settingsOf(options)
  const bins = advisedBins(bads, count, settings)
  const providers = Array.from({ length: count }, (_, index) => {
    const occupancy = Math.floor(columns / count) + (index < columns % count ? 1 : 0)
    const width = Math.min(MAX_COLUMNS, occupancy * (bins + 1))
    return { name: `provider-${index + 1}`, publicData: false, width, occupancy, auditedOccupancy: null }
  })
  return {
    providers,
    labelHolders,
    labelled,
    bads,
    settings,
    leastProviders: providerRule(count, options).least,
  }
}

const epsilonText = (epsilon: number | null): string => (epsilon === null ? 'unbounded' : epsilon.toFixed(1))

function printableOutlook(outlook: Outlook): string {
  const { settings, privacy } = outlook
  const cells = (values: (string | number)[]) =>
    values.map((value, at) => (at === 0 ? String(value).padEnd(16) : String(value).padStart(10))).join(' ')
  const one = (value: number | null) => (value === null ? '-' : value.toFixed(1))
  return [
    '',
    `Plan: ${settings.model}, ${settings.bins} bins, ${settings.booster ? `${settings.rounds} rounds` : `${settings.rounds} linear and ${settings.logisticRounds} logistic rounds`}${settings.booster ? ` of trees of depth ${settings.booster.depth}` : ''}, ridge ${settings.lambda}, noise ${settings.sigma} per server`,
    `Labelled rows that train: ${outlook.labelled}, bads ${outlook.bads}; the limits ask for ${outlook.rowsNeeded} (10 * rounds * bins that the widest provider is asked for in a round)`,
    ...(outlook.refusal === null ? [] : [`Refused by the limits: ${outlook.refusal}`]),
    '',
    `Privacy at delta ${privacy.delta}, for one honest server's noise`,
    `  epsilon ${epsilonText(privacy.epsilon)} for providers that answer from their committed columns`,
    `  epsilon ${epsilonText(privacy.epsilonCounted)} as the budget counts: 128 columns for each provider that no auditor has confirmed`,
    `  ${PRIVACY_STATEMENT.en}`,
    `  ${PRIVACY_STATEMENT.zh}`,
    '',
    'One bin of each provider, on average: firms, bads, sd of its bads by chance and by noise, and what 1.5 times the mean bad rate would show',
    cells([
      '  provider',
      'columns',
      'bins',
      'labelled',
      'bads',
      'sd chance',
      'sd noise',
      'shift',
      'shift/sd',
    ]),
    ...outlook.providers.map((of) =>
      cells([
        ...[`  ${of.provider}`, of.columns, of.bins, Math.round(of.labelledPerBin), one(of.badsPerBin)],
        ...[one(of.samplingSd), one(of.noiseSd), one(of.shift), one(of.shiftToNoise)],
      ]),
    ),
    ...outlook.warnings.map((warning) => `Warning: ${warning}`),
    '',
  ].join('\n')
}
