/** What of a node's work goes into its log. */
import type { Approver, Decision, Node, Proposal } from '../../federation/index.ts'
import type { NodeLogFile } from './log-file.ts'

/** The same approver, whose decisions are noted before they take effect. */
export function loggedApprover(approver: Approver, log: NodeLogFile): Approver {
  const noted = ({ run, planHash }: Proposal, { approved, by, reason }: Decision): void =>
    log.note({ kind: approved ? 'approved' : 'refused', run, plan: planHash, who: by, what: reason })
  return {
    async ask(proposal, settle) {
      log.note({ kind: 'proposed', run: proposal.run, plan: proposal.planHash })
      const decision = await approver.ask(proposal, (later) => {
        noted(proposal, later)
        settle(later)
      })
      if (decision) noted(proposal, decision)
      return decision
    },
    withdraw: (planHash) => approver.withdraw?.(planHash),
  }
}

/** Notes what arrives that opens or ends runs, every fault, and everything that leaves. */
export function keepLog(node: Node, log: NodeLogFile): void {
  const { onReceived, onFault, onLeft } = node
  node.onReceived = async (message) => {
    const { run, type } = message
    if (type === 'run.open') log.note({ kind: 'opened', run })
    if (type === 'run.finish') log.note({ kind: 'finished', run, plan: message.plan })
    if (type === 'run.abort')
      log.note({ kind: 'aborted', run, who: message.body.code, what: message.body.text })
    await onReceived(message)
  }
  const planOf = (run: string) => (run === node.current.run ? node.current.plan : '')
  node.onFault = (from, fault, run) => {
    const { code = 'unexpected', message } = fault as { code?: string; message: string }
    // The text of a fault that is not ours may carry data.
    log.note({
      kind: 'failed',
      run,
      plan: planOf(run),
      who: code,
      what: code.startsWith('YX_') ? message : '',
    })
    onFault(from, fault, run)
  }
  node.onLeft = (message, bytes, body) => {
    const { to, run, round, type } = message
    log.note({
      kind: 'left',
      run,
      plan: planOf(run),
      who: to,
      what: type,
      step: node.step,
      round,
      bytes,
      body,
    })
    onLeft(message, bytes, body)
  }
}
