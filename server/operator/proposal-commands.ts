/** `yinxin run proposals`, `run accept` and `run forget`: what the operator does when providers come and go. */
import type { Proposal } from '../platform/models/model-desk.ts'
import { type OperatorOptions, openOperator } from './commands.ts'

/** Prints how the served model stands, and the runs that are proposed. @throws PlatformUnreachable, OperatorRefused */
export async function listProposals(
  configFile: string,
  options: OperatorOptions & { readonly json?: boolean },
): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  const [model, proposals] = [await operator.model(), await operator.proposals()]
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ model, proposals }, null, 2)}\n`)
    return
  }
  const head = model ? `${model.model.run}  ${model.state}` : 'no model is served yet'
  process.stdout.write([head, ...(model?.says ?? []), ...proposals.map(lineOf), ''].join('\n'))
}

const lineOf = ({ id, made, state, run, request }: Proposal): string =>
  [id, made.slice(0, 19), state.padEnd(8), run ?? '', `with ${request.providers.join(', ')}`].join('  ')

/** Starts the run of a proposal and prints its id. @throws ProposalUnknown, ProposalClosed, RunInProgress */
export async function acceptProposal(
  configFile: string,
  id: string,
  options: OperatorOptions,
): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  process.stdout.write(`${await operator.acceptProposal(id)}\n`)
}

/** Deletes the last masked vectors of a provider that was removed. @throws ProviderStillMember, RunInProgress */
export async function forgetProvider(
  configFile: string,
  provider: string,
  options: OperatorOptions,
): Promise<void> {
  const { operator } = await openOperator(configFile, options)
  await operator.forgetProvider(provider)
}
