/** How a process ended: the number and a short title. */
export interface ExitCode {
  readonly code: number
  readonly title: string
}

/**
 * Registry of exit codes: 10-19 data, 20-29 protocol and run, 30-39 node, 40-49 store. A number is never reused for another
 * meaning; each has its paragraph in docs/reference/exit-codes.md.
 */
export const exitCodes = {
  ok: { code: 0, title: 'Finished' },
  failure: { code: 1, title: 'Unexpected failure' },
  usage: { code: 2, title: 'Wrong command line' },
  badDataSet: { code: 10, title: 'The data set is not usable' },
  sourceSilent: { code: 11, title: 'A source of records does not answer' },
  columnHeld: { code: 12, title: 'A column is held until its provider approves it' },
  planRefused: { code: 20, title: 'The limits refuse the run plan' },
  partySilent: { code: 21, title: 'A party stopped answering' },
  partyRefused: { code: 22, title: 'A party refused or deviated' },
  modelRefused: { code: 23, title: 'The validation fold refused the model' },
  replayDiffers: { code: 24, title: 'A replay differs from what was sent' },
  budgetExhausted: { code: 25, title: 'The privacy budget is exhausted' },
  runStopped: { code: 26, title: 'The operator stopped the run' },
  rosterRefused: { code: 27, title: 'The roster is not usable' },
  modelStepRefused: { code: 28, title: 'The registry of models refused' },
  enrolmentRefused: { code: 29, title: 'An enrolment was refused' },
  badConfiguration: { code: 30, title: 'The configuration is not valid' },
  badIdentity: { code: 31, title: 'The identity or consortium file is not valid' },
  runUnrecorded: { code: 32, title: 'The run is not recorded at this node' },
  authorisationRefused: { code: 33, title: 'The authorisation list is not usable' },
  sharesRefused: { code: 34, title: 'The shares do not restore the keys' },
  doctorFound: { code: 35, title: 'The doctor found something wrong' },
  certificateRefused: { code: 36, title: 'A certificate was refused' },
  clockWrong: { code: 37, title: 'The clocks of party and platform differ' },
  versionDiffers: { code: 38, title: 'The platform speaks another version' },
  platformAway: { code: 39, title: 'The platform does not answer' },
  storeLocked: { code: 40, title: 'The store is in use by another process' },
  storeCannotOpen: { code: 41, title: 'The store cannot be opened' },
  ledgerRefused: { code: 42, title: 'The privacy ledger is not usable' },
  stateUnwritable: { code: 43, title: 'The disk takes no writes' },
  logRefused: { code: 44, title: "The node's log is not whole" },
  interrupted: { code: 130, title: 'Interrupted' },
} as const satisfies Record<string, ExitCode>

export type ExitCodeName = keyof typeof exitCodes
