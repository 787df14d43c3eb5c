/** Who has the last word on a plan that a party's own rules allow: the rules themselves, or a person. */

/** A plan that was checked and waits for a yes or no. */
export interface Proposal {
  readonly run: string
  readonly planHash: string
  /** What is signed, byte for byte. */
  readonly text: string
}

export interface Decision {
  readonly approved: boolean
  readonly by: 'policy' | 'person'
  /** In the words of whoever decided; other parties hear it when the plan is refused. */
  readonly reason: string
}

export interface Approver {
  /**
   * Decides, or says that the answer comes later: then `settle` is called once, and the node goes on meanwhile. Asked again after
   * a restart it answers the same.
   * @returns null where the answer comes later
   */
  ask(proposal: Proposal, settle: (decision: Decision) => void): Promise<Decision | null>
  /** A plan that waits needs no answer any more, because its run is over. */
  withdraw?(planHash: string): void
}

/** The party's rules alone decide. */
export const byPolicy: Approver = {
  ask: async () => ({ approved: true, by: 'policy', reason: '' }),
}
