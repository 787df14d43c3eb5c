/** A run is opened: first platform and key holder agree on their ledgers, then everybody is told. */
import { catchUp, lackedBy } from '../ledger-agreement.ts'
import { entriesText } from '../ledger-entry.ts'
import { KEY_HOLDER } from '../members.ts'
import type { PlatformRun } from '../roles/platform/run.ts'

/** @throws LedgerForked, LabelPeriodRefused, LedgerUnwritable, and whatever the key holder refuses */
export async function openRun(run: PlatformRun, labelSigma: number): Promise<object> {
  const { node, services, mailbox, options, ledger, snapshot, labelDigests, labelPeriods } = run
  const { providers, labelHolders, production, flags } = options
  const opened = () => ({
    memberList: node.membership.version,
    providers: [...providers],
    labelHolders: [...labelHolders],
    snapshot,
    labelDigests: [...labelDigests],
    labelPeriods: [...labelPeriods],
    ledger: ledger.head,
    authorisation: run.listIdentity,
    production,
    labelSigma,
    flags: [...flags],
  })
  await node.post(KEY_HOLDER, 'run.open', opened())
  const { body: other } = await mailbox.take('ledger.state', KEY_HOLDER)
  if (other.entries > ledger.head.entries) {
    const count = await catchUp(ledger, other, other.missing, options.run)
    node.onNotice(`the ledger lacked ${count} entries; they were taken over from the key holder`)
  }
  ledger.checkPeriods({ labelHolders, labelPeriods }, services.clock.now())
  const missing = lackedBy(ledger, other)
  if (missing.length > 0) {
    await node.post(KEY_HOLDER, 'ledger.missing', { missing: Buffer.from(entriesText(missing), 'utf8') })
  }
  for (const party of run.parties) if (party !== KEY_HOLDER) await node.post(party, 'run.open', opened())
  return {}
}
